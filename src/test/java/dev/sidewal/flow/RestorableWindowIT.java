package dev.sidewal.flow;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.agent.ImageOptions;
import dev.sidewal.agent.PackOptions;
import dev.sidewal.agent.Replication;
import dev.sidewal.agent.ReplicationOptions;
import dev.sidewal.agent.ReplicationStatus;
import dev.sidewal.agent.Sidewal;
import dev.sidewal.replica.Timeline;
import dev.sidewal.restore.RestoreCheck;
import dev.sidewal.restore.RestoreRequest;
import dev.sidewal.restore.RestoreTarget;
import dev.sidewal.restore.Restorer;
import dev.sidewal.retention.RetentionPass;
import dev.sidewal.retention.RetentionPolicy;
import dev.sidewal.retention.RetentionReport;
import dev.sidewal.retention.RetireMode;
import dev.sidewal.segment.ObjectKind;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.testing.S3MockServer;
import dev.sidewal.testing.S3ProxyServer;
import dev.sidewal.testing.S3Server;
import dev.sidewal.testing.StandingClock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * Every transaction of the window can be restored, to the byte of each row, over HTTP: after twenty
 * hours by a clock that the test sets, of packs, deltas, snapshots, a restart in the middle, and
 * retention that has made everything older go. {@code -Dsidewal.window.transactions} and {@code
 * -Dsidewal.window.restores} make it longer; {@code -Dseed} repeats one.
 */
class RestorableWindowIT {

  private static final Duration LONG = Duration.ofSeconds(60);
  private static final int TRANSACTIONS = Integer.getInteger("sidewal.window.transactions", 300);
  private static final int RESTORES = Integer.getInteger("sidewal.window.restores", 15);
  private static final Duration TIME = Duration.ofHours(20);
  private static final RetentionPolicy POLICY =
      new RetentionPolicy(
          Duration.ofHours(8), Duration.ofHours(12), Optional.of(Duration.ofDays(2)));

  /** What the database was after a transaction, and when that was. */
  private record State(String content, Instant time) {}

  @TempDir Path dir;
  private final long seed = Long.getLong("seed", System.nanoTime() & 0xffffff);
  private final Random random = new Random(seed);
  private final StandingClock clock = new StandingClock(Instant.parse("2026-01-01T00:30:00Z"));
  private final NavigableMap<Long, State> states = new TreeMap<>();
  private S3Server server;
  private RetireMode mode;
  private Connection app;

  @Test
  void whereRetentionDeletes() throws Exception {
    try (S3Server proxy = S3ProxyServer.start()) {
      server = proxy;
      mode = RetireMode.DELETE;
      run(TRANSACTIONS, RESTORES);
    }
  }

  @Test
  void whereRetentionTagsAndTheStoreDeletes() throws Exception {
    try (S3Server mock = S3MockServer.start()) {
      server = mock;
      mode = RetireMode.TAG;
      run(TRANSACTIONS / 4, RESTORES / 4);
    }
  }

  private void run(int transactions, int restores) throws Exception {
    System.out.println("RestorableWindowIT, " + mode + ": seed " + seed);
    server.useInThisJvm();
    Path db = dir.resolve("app.db");
    app = DriverManager.getConnection("jdbc:sqlite:" + db);
    sql("PRAGMA page_size=1024");
    sql("PRAGMA auto_vacuum=INCREMENTAL");
    sql("PRAGMA journal_mode=WAL");
    sql("CREATE TABLE t(id INTEGER PRIMARY KEY, v BLOB)");
    sql(
        "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM c WHERE n<200)"
            + " INSERT INTO t SELECT n, randomblob(200) FROM c");
    note(1);
    long packs = live(db, 2, transactions / 2);
    packs += live(db, states.lastKey() + 1, transactions);
    app.close();
    try (ObjectStore store = server.open("window")) {
      RetentionPass pass = new RetentionPass(store, POLICY, mode, clock, "test");
      RetentionReport report = pass.run();
      assertThat(report.failures()).isEmpty();
      assertThat(packs).as("packs").isGreaterThan(4);
      if (mode == RetireMode.TAG) {
        assertThat(deleteTagged()).as("objects deleted by tag").isGreaterThan(4);
      }
      check(store, restores);
    }
  }

  /** Runs an agent for a part of the history; returns how many packs it made. */
  private long live(Path db, long first, long last) throws Exception {
    ReplicationOptions options =
        ReplicationOptions.builder()
            .clock(clock)
            .syncInterval(Duration.ofDays(1))
            .images(
                new ImageOptions(
                    Optional.of(Duration.ofHours(3)),
                    Optional.of(Duration.ofMinutes(40)),
                    OptionalLong.empty()))
            .pack(new PackOptions(15_000, Duration.ofMinutes(15)))
            .retention(POLICY)
            .retire(mode)
            .build();
    try (Replication agent = Sidewal.replicate(db, server.url("window").toString(), options)) {
      assertThat(agent.sync(LONG)).isEqualTo(first - 1);
      for (long txid = first; txid <= last; txid++) {
        clock.pass(TIME.dividedBy(last * 2).multipliedBy(1 + random.nextInt(3)));
        commit(txid);
        note(txid);
        if (random.nextInt(3) > 0 || txid == last) {
          assertThat(agent.sync(LONG)).isEqualTo(txid);
          settle(agent);
        }
      }
      clock.pass(Duration.ofMinutes(16));
      settle(agent);
      clock.pass(Duration.ofMinutes(3));
      settle(agent);
      ReplicationStatus status = agent.status();
      assertThat(status.images().deltas()).as("deltas").isPositive();
      assertThat(status.images().snapshots()).as("snapshots").isPositive();
      return status.packs().packs();
    }
  }

  /** Waits until the agent has looked at the clock and has nothing more to do. */
  private static void settle(Replication agent) throws Exception {
    agent.sync(LONG);
    agent.sync(LONG);
    Awaitility.await()
        .atMost(LONG)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(1))
        .until(() -> !agent.status().busyBeside());
  }

  /** Commits exactly one transaction, which says its number. */
  private void commit(long txid) throws Exception {
    sql("BEGIN");
    switch (random.nextInt(12)) {
      case 0 -> sql("DELETE FROM t WHERE id%17=" + random.nextInt(17));
      case 1 -> sql("INSERT INTO t(v) SELECT randomblob(150) FROM t LIMIT 30");
      case 2 -> {
        sql("DELETE FROM t WHERE id>150");
        sql("PRAGMA incremental_vacuum");
      }
      default -> sql("UPDATE t SET v=randomblob(200) WHERE id%50=" + random.nextInt(50));
    }
    sql("PRAGMA user_version=" + txid);
    sql("COMMIT");
  }

  private void sql(String statement) throws Exception {
    try (Statement s = app.createStatement()) {
      s.execute(statement);
    }
  }

  private void note(long txid) throws Exception {
    states.put(txid, new State(content(app), clock.instant()));
  }

  private static String content(Connection c) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    try (Statement s = c.createStatement()) {
      try (ResultSet r = s.executeQuery("SELECT id || ' ' || hex(v) FROM t ORDER BY id")) {
        while (r.next()) {
          digest.update((r.getString(1) + "\n").getBytes(UTF_8));
        }
      }
      try (ResultSet r = s.executeQuery("PRAGMA user_version")) {
        digest.update(r.getString(1).getBytes(UTF_8));
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Does what a lifecycle rule does; returns how many objects went. */
  private long deleteTagged() {
    try (S3Client client = server.client()) {
      List<String> retired =
          client.listObjectsV2Paginator(r -> r.bucket(server.bucket())).contents().stream()
              .map(o -> o.key())
              .filter(
                  key ->
                      client
                          .getObjectTagging(r -> r.bucket(server.bucket()).key(key))
                          .tagSet()
                          .stream()
                          .anyMatch(t -> t.key().equals("sidewal") && t.value().equals("retired")))
              .toList();
      retired.forEach(key -> client.deleteObject(r -> r.bucket(server.bucket()).key(key)));
      return retired.size();
    }
  }

  private void check(ObjectStore store, int restores) throws Exception {
    Timeline timeline = Timeline.load(store);
    Instant from = clock.instant().minus(POLICY.window());
    List<Long> window = new ArrayList<>();
    long gone = 0;
    for (Map.Entry<Long, State> entry : states.entrySet()) {
      long txid = entry.getKey();
      if (entry.getValue().time().isAfter(from)) {
        assertThat(timeline.isRestorable(txid)).as("seed %d: %d", seed, txid).isTrue();
        window.add(txid);
      } else if (!timeline.isRestorable(txid)) {
        gone++;
      }
    }
    assertThat(gone).as("transactions before the window that are gone").isGreaterThan(10);
    long last = states.lastKey();
    assertThat(timeline.latestRestorable()).hasValue(last);
    Collections.shuffle(window, random);
    List<Long> chosen = new ArrayList<>(window.subList(0, Math.min(restores, window.size())));
    chosen.add(Collections.min(window));
    chosen.add(last);
    for (long txid : chosen) {
      restore(store, txid);
    }
    System.out.println(
        states.size()
            + " transactions, "
            + window.size()
            + " in the window, "
            + gone
            + " gone, "
            + chosen.size()
            + " restored, "
            + timeline.listing().objects()
            + " objects left: "
            + kinds(timeline));
  }

  private static String kinds(Timeline timeline) {
    StringBuilder text = new StringBuilder();
    for (ObjectKind kind : ObjectKind.values()) {
      long count =
          timeline.listing().generations().stream()
              .flatMap(g -> g.objects().stream())
              .filter(o -> o.name().kind() == kind)
              .count();
      text.append(count).append(' ').append(kind).append(' ');
    }
    return text.toString().strip();
  }

  private void restore(ObjectStore store, long txid) throws Exception {
    Path out = dir.resolve("out.db");
    Files.deleteIfExists(out);
    new Restorer(clock, random)
        .restore(
            RestoreRequest.builder(store, out)
                .target(RestoreTarget.txid(txid))
                .check(RestoreCheck.CHECKSUM)
                .build());
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + out)) {
      assertThat(content(c))
          .as("seed %d: transaction %d", seed, txid)
          .isEqualTo(states.get(txid).content());
    }
  }
}
