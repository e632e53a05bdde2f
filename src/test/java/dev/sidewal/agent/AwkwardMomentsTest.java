package dev.sidewal.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sidewal.error.StoreException;
import dev.sidewal.restore.RestoreTarget;
import dev.sidewal.store.ObjectInfo;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ObjectStores;
import dev.sidewal.store.ReplicaUrl;
import dev.sidewal.testing.ForwardingObjectStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Restarts, claims and hands that meddle at the worst moment. */
@Timeout(120)
class AwkwardMomentsTest {

  private static final Duration LONG = Duration.ofSeconds(30);

  @TempDir Path dir;
  private Path db;
  private String url;

  @BeforeEach
  void place() throws Exception {
    db = dir.resolve("app.db");
    url = "file:" + dir.resolve("replica");
    create(db, "old");
  }

  private static Connection connect(Path file) throws Exception {
    return DriverManager.getConnection("jdbc:sqlite:" + file);
  }

  private static void create(Path file, String content) throws Exception {
    try (Connection app = connect(file)) {
      run(app, "PRAGMA journal_mode=WAL", "CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
      run(
          app,
          "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM c WHERE i<200)"
              + " INSERT INTO t SELECT i, '"
              + content
              + "' || hex(zeroblob(300)) FROM c",
          "PRAGMA wal_checkpoint(TRUNCATE)");
    }
  }

  private static void run(Connection c, String... statements) throws Exception {
    try (Statement s = c.createStatement()) {
      for (String statement : statements) {
        s.execute(statement);
      }
    }
  }

  private static String query(Path file, String sql) throws Exception {
    try (Connection c = connect(file);
        Statement s = c.createStatement();
        ResultSet r = s.executeQuery(sql)) {
      return r.next() ? r.getString(1) : "";
    }
  }

  private static final String ALL =
      "SELECT group_concat(id || substr(v,1,5)) FROM (SELECT * FROM t ORDER BY id)";

  private void restoreEqualsSource(String replica) throws Exception {
    Path out = Files.createTempDirectory(dir, "out").resolve("db");
    Sidewal.restore(replica, out);
    assertThat(query(out, "PRAGMA integrity_check")).isEqualTo("ok");
    assertThat(query(out, ALL)).isEqualTo(query(db, ALL));
  }

  /** A store whose first listing hangs until it is told to answer. */
  private static final class HangingStore extends ForwardingObjectStore {
    final AtomicInteger listings = new AtomicInteger();
    final CountDownLatch answer = new CountDownLatch(1);

    HangingStore(ObjectStore store) {
      super(store);
    }

    @Override
    public void list(String prefix, Consumer<ObjectInfo> visitor) {
      if (listings.incrementAndGet() == 1) {
        try {
          assertThat(answer.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
      super.list(prefix, visitor);
    }
  }

  /** Writes until the agent, which waits for the store, lets the log go. */
  private static void haveTheLogLetGo(Connection app) throws Exception {
    for (int i = 0; i < 100; i++) {
      run(app, "INSERT INTO t(v) VALUES('more' || hex(randomblob(5000)))");
    }
    await()
        .atMost(LONG)
        .until(
            () -> {
              try (Statement sql = app.createStatement();
                  ResultSet r = sql.executeQuery("PRAGMA wal_checkpoint(TRUNCATE)")) {
                return r.next() && r.getInt(1) == 0;
              }
            });
  }

  private static ReplicationOptions smallHold() {
    return ReplicationOptions.builder().maxHeldLogBytes(200_000).build();
  }

  private HangingStore hangingStore() {
    return new HangingStore(ObjectStores.openForWriting(ReplicaUrl.parse(url)));
  }

  @Test
  void aClaimThatWasGivenUpSupersedesNobody() throws Exception {
    try (Connection app = connect(db)) {
      try (Replication first = Sidewal.replicate(db, url)) {
        first.sync(LONG);
      }
      HangingStore store = hangingStore();
      Replication replication = Replication.start(db, store, smallHold());
      await().atMost(LONG).until(() -> store.listings.get() == 1);
      haveTheLogLetGo(app);
      store.answer.countDown();
      run(app, "INSERT INTO t(v) VALUES('acknowledged')");
      long txid = replication.sync(LONG);
      assertThat(replication.failure()).isEmpty();
      // The first run's, and one of this run: what hung was given up before it wrote.
      assertThat(replication.status().generation()).isEqualTo(2);
      Sidewal.restore(url, dir.resolve("out"), o -> o.target(RestoreTarget.txid(txid)));
      assertThat(replication.stop(LONG)).isTrue();
      assertThat(dir.resolve("replica/generations/00000003")).doesNotExist();
    }
    restoreEqualsSource(url);
  }

  /** Leaves a segment in the spool. */
  private void leaveSomething() throws Exception {
    GatedStore store =
        new GatedStore(
            ObjectStores.openForWriting(ReplicaUrl.parse(url)), k -> k.contains("/segments/"));
    Replication replication = Replication.start(db, store, ReplicationOptions.builder().build());
    replication.sync(LONG);
    try (Connection app = connect(db)) {
      run(app, "UPDATE t SET v='left' WHERE id=1");
      await().atMost(LONG).until(() -> replication.status().lastTxid() == 2);
    }
    assertThat(replication.stop(Duration.ofMillis(500))).isFalse();
  }

  @Test
  void whatIsLeftIsNotShippedToAnEmptyReplica() throws Exception {
    leaveSomething();
    String second = "file:" + dir.resolve("second");
    try (Replication replication = Sidewal.replicate(db, second)) {
      assertThat(replication.sync(LONG)).isEqualTo(1);
    }
    restoreEqualsSource(second);
  }

  /** The directory of the replica was emptied; the URL is the same. */
  @Test
  void whatIsLeftIsNotShippedToAReplicaThatWasEmptied() throws Exception {
    leaveSomething();
    delete(dir.resolve("replica/generations"));
    try (Replication replication = Sidewal.replicate(db, url)) {
      assertThat(replication.sync(LONG)).isEqualTo(1);
    }
    restoreEqualsSource(url);
  }

  @Test
  void whatIsLeftIsNotShippedToTheReplicaOfAnotherDatabase() throws Exception {
    leaveSomething();
    delete(dir.resolve("replica"));
    Path other = dir.resolve("other.db");
    create(other, "other");
    try (Replication replication = Sidewal.replicate(other, url)) {
      replication.sync(LONG);
    }
    try (Replication replication = Sidewal.replicate(db, url)) {
      assertThat(replication.sync(LONG)).isEqualTo(2);
    }
    restoreEqualsSource(url);
    Path out = dir.resolve("first");
    Sidewal.restore(url, out, o -> o.target(RestoreTarget.txid(1)));
    assertThat(query(out, ALL)).isEqualTo(query(other, ALL));
  }

  private static void delete(Path directory) throws Exception {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  @Test
  void twoReplicasOfOneDatabaseEachGoOnWithTheirOwn() throws Exception {
    String second = "file:" + dir.resolve("second");
    for (int i = 0; i < 3; i++) {
      try (Replication a = Sidewal.replicate(db, url);
          Replication b = Sidewal.replicate(db, second)) {
        a.sync(LONG);
        b.sync(LONG);
      }
    }
    try (Stream<Path> files = Files.walk(dir)) {
      assertThat(files.filter(f -> f.toString().endsWith(".snapshot")).count()).isEqualTo(2);
    }
  }

  @Test
  void theStateDirectoryIsRemoved() throws Exception {
    try (Replication replication = Sidewal.replicate(db, url)) {
      replication.sync(LONG);
      delete(dir.resolve(".app.db-sidewal"));
      try (Connection app = connect(db)) {
        run(app, "UPDATE t SET v='new' WHERE id=3");
        replication.sync(LONG);
      }
      assertThat(replication.status().generation()).isEqualTo(2);
    }
    restoreEqualsSource(url);
  }

  @Test
  void theReplicaIsEmptiedUnderARunningAgent() throws Exception {
    Clock[] clock = {Clock.systemUTC()};
    Clock moving =
        new Clock() {
          @Override
          public java.time.ZoneId getZone() {
            return java.time.ZoneOffset.UTC;
          }

          @Override
          public Clock withZone(java.time.ZoneId zone) {
            return this;
          }

          @Override
          public java.time.Instant instant() {
            return clock[0].instant();
          }
        };
    ReplicationOptions options = ReplicationOptions.builder().clock(moving).build();
    try (Replication replication = Sidewal.replicate(db, url, options);
        Connection app = connect(db)) {
      replication.sync(LONG);
      delete(dir.resolve("replica/generations"));
      // Later than the next look whether the claim is there.
      clock[0] = Clock.offset(Clock.systemUTC(), Duration.ofMinutes(1));
      run(app, "UPDATE t SET v='new' WHERE id=3");
      replication.sync(LONG);
      restoreEqualsSource(url);
    }
  }

  @Test
  void closeDoesNotThrowWhatSyncHasThrown() throws Exception {
    try (ObjectStore store = ObjectStores.openForWriting(ReplicaUrl.parse(url))) {
      ObjectStore failing =
          new ForwardingObjectStore(store) {
            @Override
            public void list(String prefix, Consumer<ObjectInfo> visitor) {
              throw new StoreException("refused", false, null);
            }
          };
      assertThatThrownBy(
              () -> {
                try (Replication replication =
                    Replication.start(db, failing, ReplicationOptions.builder().build())) {
                  replication.sync(LONG);
                }
              })
          .isInstanceOf(StoreException.class)
          .hasMessage("refused");
    }
  }

  /** As a person does it: another program copies a backup over the file. */
  private static void copyOver(Path from, Path to) throws Exception {
    assertThat(new ProcessBuilder("cp", from.toString(), to.toString()).start().waitFor()).isZero();
  }

  /** The state that is written when the change was noticed must not prove the changed file. */
  @Test
  void aBackupIsCopiedOverWhileASegmentIsOpen() throws Exception {
    Path backup = dir.resolve("backup.db");
    ReplicationOptions options =
        ReplicationOptions.builder().syncInterval(Duration.ofSeconds(3)).build();
    try (Connection idle = connect(db);
        Replication replication = Sidewal.replicate(db, url, options)) {
      run(idle, "SELECT count(*) FROM t");
      replication.sync(LONG);
      copyOver(db, backup);
      try (Connection app = connect(db)) {
        run(app, "UPDATE t SET v='new' || v");
        replication.sync(LONG);
        run(app, "UPDATE t SET v='newer' WHERE id=9");
        await()
            .atMost(LONG)
            .until(
                () -> {
                  try (Statement s = app.createStatement();
                      ResultSet r = s.executeQuery("PRAGMA wal_checkpoint(PASSIVE)")) {
                    return r.next() && r.getInt(1) == 0 && r.getInt(2) == r.getInt(3);
                  }
                });
      }
      copyOver(backup, db);
      await().atMost(LONG).until(() -> replication.status().counts().gaps().size() == 1);
      try (Connection app = connect(db)) {
        run(app, "UPDATE t SET v='last' WHERE id=3");
      }
      replication.sync(LONG);
    }
    restoreEqualsSource(url);
  }
}
