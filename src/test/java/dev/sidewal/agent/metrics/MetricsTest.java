package dev.sidewal.agent.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sidewal.agent.Agent;
import dev.sidewal.agent.Replication;
import dev.sidewal.agent.ReplicationOptions;
import dev.sidewal.agent.ReplicationState;
import dev.sidewal.agent.ReplicationStatusSamples;
import dev.sidewal.agent.Sidewal;
import dev.sidewal.sqlite.FollowOptions;
import dev.sidewal.testing.Programs;
import dev.sidewal.testing.SettableClock;
import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The metrics of a database that another process writes. */
class MetricsTest {

  private static final Duration LONG = Duration.ofSeconds(30);

  @TempDir Path dir;
  private Path db;
  private final SettableClock clock = new SettableClock();
  private final AtomicReference<List<Agent.Replicated>> running = new AtomicReference<>(List.of());
  private final PrometheusMetrics metrics = new PrometheusMetrics(running::get, clock);

  @BeforeAll
  static void needsThatProgram() {
    Programs.assumeSqlite3();
  }

  @BeforeEach
  void createDatabase() throws Exception {
    db = dir.resolve("app \"1\".db");
    sql("PRAGMA journal_mode=WAL; CREATE TABLE t(a);");
  }

  private void sql(String sql) throws Exception {
    Process p = new ProcessBuilder("sqlite3", db.toString(), sql).redirectErrorStream(true).start();
    p.getInputStream().readAllBytes();
    assertThat(p.waitFor()).isZero();
  }

  private Replication start(ReplicationOptions.Builder options) {
    String url = "file:" + dir.resolve("replica");
    Replication replication =
        Sidewal.replicate(db, url, options.clock(clock).observer(metrics.observer()).build());
    running.set(List.of(new Agent.Replicated(db, url, replication)));
    return replication;
  }

  private Exposition page() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    metrics.write(out);
    return Exposition.parse(out.toByteArray());
  }

  private double value(String name, String... more) throws Exception {
    return page().value(name, more);
  }

  @Test
  void whatWasCommittedAndShippedIsCountedExactly() throws Exception {
    try (Replication replication = start(ReplicationOptions.builder())) {
      replication.sync(LONG);
      for (int i = 0; i < 5; i++) {
        sql("INSERT INTO t VALUES(" + i + ");");
      }
      assertThat(replication.sync(LONG)).isEqualTo(6);
      await().atMost(LONG).until(() -> value("sidewal_replication_lag_seconds") == 0);
      Exposition page = page();
      assertThat(page.value("sidewal_shipped_txid", "database", db.toString())).isEqualTo(6);
      assertThat(page.value("sidewal_copied_txid")).isEqualTo(6);
      assertThat(page.value("sidewal_copied_transactions_total")).isEqualTo(5);
      assertThat(page.value("sidewal_copied_bytes_total"))
          .isEqualTo(4096 * page.value("sidewal_copied_frames_total"));
      assertThat(page.value("sidewal_full_snapshots_total", "reason", "no_state")).isEqualTo(1);
      assertThat(page.value("sidewal_full_snapshots_total", "reason", "other_file")).isZero();
      assertThat(page.value("sidewal_state", "state", "following")).isEqualTo(1);
      assertThat(page.rows("sidewal_state")).hasSize(ReplicationState.values().length);
      assertThat(page.value("sidewal_ready")).isEqualTo(1);
      assertThat(
              page.value(
                  "sidewal_store_request_seconds_count", "operation", "put", "outcome", "ok"))
          .isGreaterThanOrEqualTo(2);
      assertThat(page.value("sidewal_upload_errors_total")).isZero();
      assertThat(page.value("sidewal_restorable_oldest_timestamp_seconds"))
          .isLessThanOrEqualTo(page.value("sidewal_restorable_latest_timestamp_seconds"));
    }
  }

  @Test
  void anIdleDatabaseAndOneThatIsNotThereHaveNoLag() throws Exception {
    try (Replication replication = start(ReplicationOptions.builder())) {
      replication.sync(LONG);
      clock.advance(Duration.ofHours(5));
      await().atMost(LONG).until(() -> value("sidewal_replication_lag_seconds") == 0);
    }
    db = dir.resolve("later.db");
    try (Replication replication = start(ReplicationOptions.builder())) {
      await().until(() -> replication.status().state() == ReplicationState.WAITING);
      clock.advance(Duration.ofHours(5));
      assertThat(value("sidewal_replication_lag_seconds")).isZero();
      assertThat(replication.status().state()).isEqualTo(ReplicationState.WAITING);
    }
  }

  /** The store is away: a file stands where its directory for segments is to be. */
  @Test
  void theLagIsTheAgeOfTheFirstTransactionThatWaits() throws Exception {
    try (Replication replication =
        start(ReplicationOptions.builder().syncInterval(Duration.ZERO))) {
      replication.sync(LONG);
      Path segments = dir.resolve("replica/generations/00000001/segments");
      Files.createDirectories(segments.getParent());
      Files.createFile(segments);
      Instant before = clock.instant();
      sql("INSERT INTO t VALUES(1);");
      await().atMost(LONG).until(() -> replication.status().lastTxid() == 2);
      await().atMost(LONG).until(() -> value("sidewal_upload_errors_total") > 0);
      Instant since = replication.status().unshippedSince().orElseThrow();
      assertThat(since).isBetween(before.minusMillis(100), clock.instant());
      clock.advance(Duration.ofHours(2));
      sql("INSERT INTO t VALUES(2);");
      await().atMost(LONG).until(() -> replication.status().lastTxid() == 3);
      assertThat(replication.status().unshippedSince()).contains(since);
      Instant a = clock.instant();
      double lag = value("sidewal_replication_lag_seconds");
      Instant b = clock.instant();
      assertThat(lag)
          .isBetween(
              Duration.between(since, a).toNanos() / 1e9,
              Duration.between(since, b).toNanos() / 1e9);
      assertThat(value("sidewal_trouble")).isEqualTo(1);
      assertThat(value("sidewal_shipped_txid")).isEqualTo(1);

      Files.delete(segments);
      assertThat(replication.sync(LONG)).isEqualTo(3);
      await().atMost(LONG).until(() -> value("sidewal_replication_lag_seconds") == 0);
      // What was shipped is dated by its own time, which is when it was seen.
      try (var files = Files.list(segments)) {
        assertThat(files.map(f -> f.getFileName().toString()).sorted().findFirst().orElseThrow())
            .contains("-" + since.toEpochMilli() + "-");
      }
    }
  }

  @Test
  void holdingCountsFromWhatWasKnownLast() throws Exception {
    try (Replication replication =
        start(ReplicationOptions.builder().spoolLimit(1).syncInterval(Duration.ZERO))) {
      replication.sync(LONG);
      Path segments = dir.resolve("replica/generations/00000001/segments");
      Files.createFile(segments);
      sql("INSERT INTO t VALUES(1);");
      await().atMost(LONG).until(() -> value("sidewal_state", "state", "holding") == 1);
      clock.advance(Duration.ofMinutes(10));
      assertThat(value("sidewal_replication_lag_seconds")).isBetween(600.0, 660.0);
      double log = value("sidewal_wal_bytes");
      sql("INSERT INTO t VALUES(randomblob(100000));");
      await().atMost(LONG).until(() -> value("sidewal_wal_bytes") > log + 100_000);
      assertThat(value("sidewal_replication_lag_seconds")).isGreaterThanOrEqualTo(600);
      Files.delete(segments);
      replication.sync(LONG);
      await().atMost(LONG).until(() -> value("sidewal_replication_lag_seconds") == 0);
    }
  }

  @Test
  void pausesAreCountedOneByOne() throws Exception {
    try (Replication replication =
        start(ReplicationOptions.builder().follow(FollowOptions.DEFAULT.withPauseBytes(50_000)))) {
      replication.sync(LONG);
      sql(
          "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n LIMIT 300)"
              + " INSERT INTO t SELECT randomblob(1000) FROM n;");
      await()
          .atMost(LONG)
          .pollInterval(Duration.ofMillis(50))
          .until(
              () -> {
                sql("INSERT INTO t VALUES(randomblob(60000));");
                return replication.status().totals().pauses() >= 3;
              });
      assertThat(replication.stop(LONG)).isTrue();
      Exposition page = page();
      double pauses = page.value("sidewal_pauses_total", "outcome", "done");
      assertThat(pauses).isEqualTo((double) replication.status().follow().orElseThrow().pauses());
      assertThat(page.value("sidewal_writer_pause_seconds_count", "outcome", "done"))
          .isEqualTo(pauses);
      assertThat(page.value("sidewal_writer_pause_seconds_count", "outcome", "vain"))
          .isLessThanOrEqualTo(page.value("sidewal_pauses_total", "outcome", "vain"));
    }
  }

  /** The state directory's log is lost: another session begins, and no counter falls. */
  @Test
  void countersGoOnOverSessions() throws Exception {
    try (Replication replication = start(ReplicationOptions.builder())) {
      replication.sync(LONG);
      sql("INSERT INTO t VALUES(1);");
      replication.sync(LONG);
      Exposition before = page();
      // Another file under the same name.
      Path other = dir.resolve("other.db");
      Files.copy(db, other);
      Files.move(other, db, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      Files.deleteIfExists(Path.of(db + "-wal"));
      Files.deleteIfExists(Path.of(db + "-shm"));
      await()
          .atMost(LONG)
          .until(() -> value("sidewal_full_snapshots_total", "reason", "other_file") == 1);
      replication.sync(LONG);
      Exposition after = page();
      before
          .families()
          .values()
          .forEach(
              f -> {
                for (Exposition.Row row :
                    f.type().equals("counter") ? f.rows() : List.<Exposition.Row>of()) {
                  String[] labels =
                      row.labels().entrySet().stream()
                          .flatMap(e -> java.util.stream.Stream.of(e.getKey(), e.getValue()))
                          .toArray(String[]::new);
                  assertThat(after.value(row.name(), labels))
                      .as(row.toString())
                      .isGreaterThanOrEqualTo(row.value());
                }
              });
      assertThat(after.value("sidewal_copied_transactions_total")).isEqualTo(1);
    }
  }

  /** A host application's Prometheus registry shows the same names, types and labels. */
  @Test
  void aHostsRegistryShowsTheSame() throws Exception {
    Observed fake = new Observed("/a.db", "/a.db", ReplicationStatusSamples::busy, () -> true);
    AtomicReference<List<Observed>> databases = new AtomicReference<>(List.of(fake));
    PrometheusMetrics own = new PrometheusMetrics(clock, databases::get);
    PrometheusMeterRegistry host =
        new PrometheusMeterRegistry(
            PrometheusConfig.DEFAULT, new PrometheusRegistry(), Clock.SYSTEM);
    SidewalMetrics bound = SidewalMetrics.bindObserved(host, databases::get, clock);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    own.write(out);
    assertThat(shape(Exposition.parse(host.scrape())))
        .isEqualTo(shape(Exposition.parse(out.toByteArray())));

    databases.set(
        List.of(fake, new Observed("/b.db", "/b.db", ReplicationStatusSamples::busy, () -> true)));
    host.scrape();
    assertThat(Exposition.parse(host.scrape()).rows("sidewal_shipped_txid")).hasSize(2);
    databases.set(List.of());
    host.scrape();
    assertThat(Exposition.parse(host.scrape()).rows("sidewal_shipped_txid")).isEmpty();
    bound.close();
    assertThat(host.getMeters()).isEmpty();
  }

  /** Nothing is registered again as long as the same replication is there. */
  @Test
  void metersStayWithTheirReplication() throws Exception {
    try (Replication replication = start(ReplicationOptions.builder())) {
      SimpleMeterRegistry host = new SimpleMeterRegistry();
      List<Meter> registered = new ArrayList<>();
      SidewalMetrics bound = SidewalMetrics.bind(host, running::get, clock);
      host.config().onMeterAdded(registered::add);
      assertThat(bound.refresh()).isEqualTo(1);
      assertThat(registered).isEmpty();
      replication.sync(LONG);
      await().atMost(LONG).until(() -> host.get("sidewal.shipped.txid").gauge().value() == 1);
      running.set(List.of());
      assertThat(bound.refresh()).isZero();
      assertThat(host.find("sidewal.shipped.txid").gauges()).isEmpty();
    }
  }

  private static Map<String, String> shape(Exposition page) {
    Map<String, String> shape = new TreeMap<>();
    page.families()
        .forEach(
            (name, family) -> {
              if (name.startsWith("sidewal_")) {
                TreeSet<String> rows = new TreeSet<>();
                family.rows().forEach(r -> rows.add(r.name() + r.labels()));
                shape.put(name, family.type() + " " + family.help() + " " + rows);
              }
            });
    return shape;
  }
}
