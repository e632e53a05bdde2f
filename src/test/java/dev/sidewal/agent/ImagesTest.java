package dev.sidewal.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sidewal.replica.GenerationListing;
import dev.sidewal.replica.HistoryObject;
import dev.sidewal.replica.ReplicaListing;
import dev.sidewal.replica.StoredObject;
import dev.sidewal.restore.RestorePlan;
import dev.sidewal.restore.RestorePlanner;
import dev.sidewal.restore.RestoreTarget;
import dev.sidewal.segment.ObjectKind;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ObjectStores;
import dev.sidewal.store.ObjectUpload;
import dev.sidewal.store.ReplicaUrl;
import dev.sidewal.testing.FaultyObjectStore;
import dev.sidewal.testing.ForwardingObjectStore;
import dev.sidewal.testing.StandingClock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots and deltas of a running agent, by a clock that the test sets. */
class ImagesTest {

  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  @TempDir Path dir;
  private final StandingClock clock = new StandingClock(START);
  private Path db;
  private String url;
  private Connection app;

  @BeforeEach
  void createDatabase() throws Exception {
    db = dir.resolve("app.db");
    url = "file:" + dir.resolve("replica");
    app = DriverManager.getConnection("jdbc:sqlite:" + db);
    sql("PRAGMA journal_mode=WAL");
    sql("CREATE TABLE t(id INTEGER PRIMARY KEY, v BLOB)");
    sql(
        "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM c WHERE n<2000)"
            + " INSERT INTO t SELECT n, randomblob(500) FROM c");
  }

  @AfterEach
  void close() throws Exception {
    app.close();
  }

  private void sql(String statement) throws Exception {
    try (Statement s = app.createStatement()) {
      s.execute(statement);
    }
  }

  private ObjectStore store() {
    return ObjectStores.openForWriting(ReplicaUrl.parse(url));
  }

  private ReplicationOptions.Builder options() {
    return ReplicationOptions.builder().clock(clock).syncInterval(Duration.ZERO);
  }

  private List<HistoryObject> objects(ObjectKind kind) {
    try (ObjectStore store = store()) {
      return ReplicaListing.load(store).generations().stream()
          .map(GenerationListing::objects)
          .flatMap(List::stream)
          .map(StoredObject::name)
          .filter(name -> name.kind() == kind)
          .toList();
    }
  }

  private void awaitObjects(ObjectKind kind, int count) {
    Awaitility.await()
        .atMost(LONG)
        .pollInterval(Duration.ofMillis(10))
        .until(() -> objects(kind).size() == count);
  }

  /** Waits until the agent has looked at the clock a few times. */
  private void awaitLooks(Replication replication) throws Exception {
    replication.sync(LONG);
    replication.sync(LONG);
  }

  private static String content(Path file) throws Exception {
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement s = c.createStatement();
        ResultSet r =
            s.executeQuery(
                "SELECT group_concat(id || hex(v)) FROM (SELECT * FROM t ORDER BY id)")) {
      return r.getString(1);
    }
  }

  private void assertRestoresTo(long txid, String content) throws Exception {
    Path out = dir.resolve("out.db");
    Files.deleteIfExists(out);
    Sidewal.restore(url, out, o -> o.target(RestoreTarget.txid(txid)));
    assertThat(content(out)).isEqualTo(content);
  }

  private RestorePlan plan(long txid) {
    try (ObjectStore store = store()) {
      return new RestorePlanner(store).plan(RestoreTarget.txid(txid));
    }
  }

  @Test
  void snapshotsAndDeltasComeByTheClockAndOnlyAfterCommits() throws Exception {
    try (Replication replication = Sidewal.replicate(db, url, options().build())) {
      assertThat(replication.sync(LONG)).isEqualTo(1);
      clock.pass(Duration.ofDays(30));
      awaitLooks(replication);
      assertThat(objects(ObjectKind.SNAPSHOT)).hasSize(1);

      sql("UPDATE t SET v=randomblob(400) WHERE id=7");
      String second = content(db);
      assertThat(replication.sync(LONG)).isEqualTo(2);
      awaitObjects(ObjectKind.SNAPSHOT, 2);
      assertThat(objects(ObjectKind.SNAPSHOT).get(1))
          .isEqualTo(HistoryObject.snapshot(1, 2, clock.instant()));

      sql("UPDATE t SET v=randomblob(400) WHERE id=8");
      replication.sync(LONG);
      clock.pass(Duration.ofMinutes(59));
      awaitLooks(replication);
      assertThat(objects(ObjectKind.DELTA)).isEmpty();
      clock.pass(Duration.ofMinutes(1));
      awaitObjects(ObjectKind.DELTA, 1);
      sql("DELETE FROM t WHERE id BETWEEN 100 AND 900");
      sql("INSERT INTO t VALUES(5000, zeroblob(100000))");
      sql("PRAGMA incremental_vacuum");
      String sixth = content(db);
      long last = replication.sync(LONG);
      clock.pass(Duration.ofHours(1));
      awaitObjects(ObjectKind.DELTA, 2);
      assertThat(objects(ObjectKind.DELTA))
          .allMatch(d -> d.firstTxid() == 3 && d.generation() == 1);

      assertThat(plan(last).objects()).hasSize(2);
      assertRestoresTo(last, sixth);
      assertRestoresTo(2, second);
      assertThat(replication.status().images().snapshots()).isEqualTo(2);
      assertThat(replication.status().images().deltas()).isEqualTo(2);
      clock.pass(Duration.ofHours(20));
      awaitLooks(replication);
      assertThat(objects(ObjectKind.DELTA)).hasSize(2);
    }
  }

  @Test
  void aSnapshotOnDemandIsOfWhatWasCommittedBefore() throws Exception {
    try (Replication replication = Sidewal.replicate(db, url, options().build())) {
      assertThat(replication.snapshot(LONG)).isEqualTo(1);
      sql("UPDATE t SET v=randomblob(400) WHERE id=7");
      String content = content(db);
      assertThat(replication.snapshot(LONG)).isEqualTo(2);
      assertThat(replication.snapshot(LONG)).isEqualTo(2);
      assertThat(objects(ObjectKind.SNAPSHOT)).hasSize(2);
      assertThat(plan(2).objects()).hasSize(1);
      assertRestoresTo(2, content);
    }
  }

  /** The hashes of the last snapshot survive a restart, and what was committed meanwhile. */
  @Test
  void deltasGoOnAfterARestart() throws Exception {
    try (Replication replication = Sidewal.replicate(db, url, options().build())) {
      replication.sync(LONG);
      sql("UPDATE t SET v=randomblob(400) WHERE id=7");
    }
    sql("UPDATE t SET v=randomblob(400) WHERE id BETWEEN 1000 AND 1200");
    sql("PRAGMA wal_checkpoint(TRUNCATE)");
    sql("UPDATE t SET v=randomblob(400) WHERE id=9");
    clock.pass(Duration.ofHours(2));
    try (Replication replication = Sidewal.replicate(db, url, options().build())) {
      long last = replication.sync(LONG);
      awaitObjects(ObjectKind.DELTA, 1);
      assertThat(objects(ObjectKind.SNAPSHOT)).hasSize(1);
      assertThat(objects(ObjectKind.DELTA).get(0).generation()).isEqualTo(2);
      assertThat(plan(last).objects()).hasSize(2);
      assertRestoresTo(last, content(db));
    }
  }

  /** A store that fails now and then takes images all the same, once each. */
  @Test
  void aFailingStoreTakesImagesAllTheSame() throws Exception {
    FaultyObjectStore faulty = new FaultyObjectStore(store());
    try (Replication replication = Replication.start(db, faulty, options().build())) {
      replication.sync(LONG);
      for (int i = 0; i < 4; i++) {
        faulty.failNext(
            3, i % 2 == 0 ? FaultyObjectStore.Fault.BEFORE : FaultyObjectStore.Fault.LOST_REPLY);
        sql("UPDATE t SET v=randomblob(400) WHERE id%7=" + i);
        clock.pass(Duration.ofHours(25));
        awaitObjects(ObjectKind.SNAPSHOT, 2 + i);
      }
      assertRestoresTo(replication.sync(LONG), content(db));
    }
  }

  /** Whoever asks for a snapshot does not make a full disk busy, nor fuller. */
  @Test
  void aSnapshotOnDemandThatFailsIsNotTriedAgainAtOnce() throws Exception {
    try (Replication replication = Sidewal.replicate(db, url, options().build())) {
      replication.sync(LONG);
      awaitObjects(ObjectKind.SNAPSHOT, 1);
      Path base;
      try (Stream<Path> files = Files.walk(dir)) {
        base = files.filter(f -> f.endsWith("base-1.hash")).findFirst().orElseThrow();
      }
      for (int i = 2; i < 200; i++) {
        // In the way of its work files.
        Files.createFile(base.resolveSibling("work-" + i));
      }
      sql("UPDATE t SET v=randomblob(400) WHERE id=7");
      replication.sync(LONG);
      assertThatThrownBy(() -> replication.snapshot(Duration.ofSeconds(2)))
          .isInstanceOf(TimeoutException.class);
      assertThat(replication.status().images().givenUp()).isEqualTo(1);
      try (Stream<Path> files = Files.list(base.getParent())) {
        assertThat(files).filteredOn(f -> f.toString().endsWith(".hash")).containsExactly(base);
      }
    }
  }

  /** A snapshot without its claim would make damage of what is just empty. */
  @Test
  void anEmptiedReplicaGetsNoImage() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch emptied = new CountDownLatch(1);
    ObjectStore slow =
        new ForwardingObjectStore(store()) {
          private int uploads;

          @Override
          public ObjectUpload newUpload(String key) {
            if (++uploads == 2) {
              begun.countDown();
              await(emptied);
            }
            return super.newUpload(key);
          }
        };
    try (Replication replication = Replication.start(db, slow, options().build());
        ObjectStore store = store()) {
      replication.sync(LONG);
      awaitObjects(ObjectKind.SNAPSHOT, 1);
      sql("UPDATE t SET v=randomblob(400) WHERE id=7");
      replication.sync(LONG);
      clock.pass(Duration.ofHours(25));
      await(begun);
      List<String> keys = new ArrayList<>();
      store.list("", o -> keys.add(o.key()));
      keys.forEach(store::delete);
      emptied.countDown();
      Awaitility.await()
          .atMost(LONG)
          .until(() -> replication.status().images().givenUp() > 0 || hasObjects(store));
      assertThat(hasObjects(store)).isFalse();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean hasObjects(ObjectStore store) {
    boolean[] any = {false};
    store.list("generations/", o -> any[0] = true);
    return any[0];
  }
}
