package dev.sidewal.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.replica.ReplicaListing;
import dev.sidewal.replica.Timeline;
import dev.sidewal.replica.UnrecordedSteps;
import dev.sidewal.restore.RestoreTarget;
import dev.sidewal.segment.ObjectKind;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ObjectStores;
import dev.sidewal.store.ReplicaUrl;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a restart begins with: nothing where it is proved that nothing was missed, a gap where the
 * application wrote past the log, a snapshot only where there is nothing to go on from.
 */
class ComingBackTest {

  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir Path dir;
  private Path db;
  private String url;

  @BeforeEach
  void place() throws Exception {
    db = dir.resolve("app.db");
    url = "file:" + dir.resolve("replica");
    try (Connection app = connect()) {
      run(app, "PRAGMA page_size=512", "PRAGMA journal_mode=WAL", "PRAGMA wal_autocheckpoint=0");
      run(app, "CREATE TABLE t(id INTEGER PRIMARY KEY, v BLOB)", "CREATE TABLE n(n INTEGER)");
      run(app, "INSERT INTO n VALUES(0)");
      run(
          app,
          "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM c WHERE i<200)"
              + " INSERT INTO t SELECT i, randomblob(300) FROM c");
    }
  }

  private Connection connect() throws Exception {
    return DriverManager.getConnection("jdbc:sqlite:" + db);
  }

  private static void run(Connection c, String... statements) throws Exception {
    try (Statement s = c.createStatement()) {
      for (String statement : statements) {
        s.execute(statement);
      }
    }
  }

  private static String query(Path file, String sql) throws Exception {
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement s = c.createStatement();
        ResultSet r = s.executeQuery(sql)) {
      return r.next() ? r.getString(1) : "";
    }
  }

  /** One run of the agent. */
  private ReplicationCounts agent(AgentWork work) throws Exception {
    try (Replication replication = Sidewal.replicate(db, url)) {
      replication.sync(LONG);
      work.run();
      replication.sync(LONG);
      return replication.status().counts();
    }
  }

  private interface AgentWork {
    void run() throws Exception;
  }

  /** Restores the latest state, and compares every byte; returns its txid. */
  private long latestEqualsSource() throws Exception {
    Path out = Files.createTempDirectory(dir, "out").resolve("db");
    long txid = Sidewal.restore(url, out).txid();
    Path copy = out.resolveSibling("copy");
    try (Connection c = connect()) {
      run(c, "PRAGMA wal_checkpoint(TRUNCATE)");
      Files.copy(db, copy);
    }
    assertThat(Files.mismatch(out, copy)).isEqualTo(-1);
    return txid;
  }

  private long objects(ObjectKind kind) {
    try (ObjectStore store = ObjectStores.open(ReplicaUrl.parse(url))) {
      return ReplicaListing.load(store).generations().stream()
          .flatMap(g -> g.objects().stream())
          .filter(o -> o.name().kind() == kind)
          .count();
    }
  }

  /** Returns the transactions that the replica shows as standing for more than one commit. */
  private List<Long> unrecorded() {
    try (ObjectStore store = ObjectStores.open(ReplicaUrl.parse(url))) {
      return UnrecordedSteps.find(store, Timeline.of(ReplicaListing.load(store)));
    }
  }

  private static final ReplicationCounts CONTINUED = new ReplicationCounts(Map.of(), Map.of(), 1);

  @Test
  void nothingWasWritten() throws Exception {
    try (Connection app = connect()) {
      run(app, "UPDATE n SET n=n+1");
      agent(() -> run(app, "UPDATE n SET n=n+1"));
      long before = latestEqualsSource();
      assertThat(agent(() -> {})).isEqualTo(CONTINUED);
      assertThat(latestEqualsSource()).isEqualTo(before);
    }
  }

  @Test
  void theAgentWasTheLastConnectionAndTheLogIsGone() throws Exception {
    agent(
        () -> {
          try (Connection app = connect()) {
            run(app, "UPDATE n SET n=n+1");
          }
        });
    assertThat(dir.resolve("app.db-wal")).doesNotExist();
    assertThat(
            agent(
                () -> {
                  try (Connection app = connect()) {
                    run(app, "UPDATE n SET n=n+1");
                  }
                }))
        .isEqualTo(CONTINUED);
    assertThat(latestEqualsSource()).isEqualTo(3);
    assertThat(objects(ObjectKind.SNAPSHOT)).isEqualTo(1);
    assertThat(unrecorded()).isEmpty();
  }

  @Test
  void theLogHoldsWhatWasWritten() throws Exception {
    try (Connection app = connect()) {
      agent(() -> run(app, "UPDATE n SET n=1"));
      for (int n = 2; n <= 20; n++) {
        run(app, "UPDATE n SET n=" + n, "UPDATE t SET v=randomblob(300) WHERE id=" + n);
      }
      // Backfills what the earlier run never saw into the file.
      run(app, "PRAGMA wal_checkpoint(PASSIVE)");
      assertThat(agent(() -> run(app, "UPDATE n SET n=21"))).isEqualTo(CONTINUED);
      assertThat(latestEqualsSource()).isEqualTo(2 + 19 * 2 + 1);
      for (int n = 2; n <= 20; n++) {
        Path out = dir.resolve("at" + n);
        long txid = 1 + (n - 1) * 2L;
        Sidewal.restore(url, out, o -> o.target(RestoreTarget.txid(txid)));
        assertThat(query(out, "SELECT n FROM n")).isEqualTo("" + n);
      }
    }
    assertThat(objects(ObjectKind.SNAPSHOT)).isEqualTo(1);
  }

  @Test
  void theLogWasBegunAnewSeveralTimesAndLooksAsBefore() throws Exception {
    long length;
    try (Connection app = connect()) {
      agent(() -> run(app, "UPDATE n SET n=1"));
      length = Files.size(dir.resolve("app.db-wal"));
      for (int i = 0; i < 3; i++) {
        run(app, "UPDATE n SET n=n+1", "PRAGMA wal_checkpoint(TRUNCATE)");
      }
      // As many frames as the earlier run saw.
      run(app, "UPDATE n SET n=n+1");
      while (Files.size(dir.resolve("app.db-wal")) < length) {
        run(app, "UPDATE n SET n=n+1");
      }
      ReplicationCounts counts = agent(() -> run(app, "UPDATE n SET n=n+1"));
      assertThat(counts.gaps()).hasSize(1);
      assertThat(counts.snapshots()).isEmpty();
      assertThat(latestEqualsSource()).isEqualTo(4);
    }
    assertThat(objects(ObjectKind.SNAPSHOT)).isEqualTo(1);
  }

  @Test
  void aGapThatShrinksAndGrows() throws Exception {
    agent(() -> {});
    try (Connection app = connect()) {
      run(app, "DELETE FROM t WHERE id > 20", "VACUUM");
    }
    assertThat(agent(() -> {}).gaps()).hasSize(1);
    latestEqualsSource();
    try (Connection app = connect()) {
      run(
          app,
          "WITH RECURSIVE c(i) AS (SELECT 21 UNION ALL SELECT i+1 FROM c WHERE i<900)"
              + " INSERT INTO t SELECT i, randomblob(300) FROM c");
    }
    assertThat(agent(() -> {}).gaps()).hasSize(1);
    assertThat(latestEqualsSource()).isEqualTo(3);
    assertThat(unrecorded()).containsExactly(2L, 3L);
    assertThat(objects(ObjectKind.SNAPSHOT)).isEqualTo(1);
  }

  @Test
  void aFileWasCopiedOverTheDatabase() throws Exception {
    Path old = dir.resolve("old");
    Files.copy(db, old);
    agent(
        () -> {
          try (Connection app = connect()) {
            run(app, "UPDATE t SET v=randomblob(300) WHERE id=7", "UPDATE n SET n=1");
          }
        });
    Files.write(db, Files.readAllBytes(old), StandardOpenOption.TRUNCATE_EXISTING);
    assertThat(agent(() -> {}).gaps()).hasSize(1);
    latestEqualsSource();
    Path before = dir.resolve("before");
    Sidewal.restore(url, before, o -> o.target(RestoreTarget.txid(3)));
    assertThat(query(before, "SELECT n FROM n")).isEqualTo("1");
  }

  /** The log is the same, and proves nothing, because the file below it is another one. */
  @Test
  void aFileWasCopiedUnderTheLog() throws Exception {
    Path old = dir.resolve("old");
    try (Connection app = connect()) {
      Files.copy(db, old);
      run(app, "UPDATE t SET v=randomblob(300) WHERE id=7", "PRAGMA wal_checkpoint(TRUNCATE)");
      run(app, "UPDATE n SET n=1");
      agent(() -> {});
      byte[] log = Files.readAllBytes(dir.resolve("app.db-wal"));
      byte[] changed = Files.readAllBytes(old);
      try (RandomAccessFile file = new RandomAccessFile(db.toFile(), "rw")) {
        file.write(changed);
      }
      assertThat(Files.readAllBytes(dir.resolve("app.db-wal"))).isEqualTo(log);
      assertThat(agent(() -> {}).gaps()).hasSize(1);
    }
    latestEqualsSource();
  }

  @Test
  void anotherFileTookItsPlace() throws Exception {
    agent(() -> {});
    Path other = dir.resolve("other");
    Files.copy(db, other);
    try (Connection app = DriverManager.getConnection("jdbc:sqlite:" + other)) {
      run(app, "UPDATE n SET n=1");
    }
    Files.move(other, db, StandardCopyOption.REPLACE_EXISTING);
    ReplicationCounts counts = agent(() -> {});
    assertThat(counts.snapshots()).containsKey(BeginReason.OTHER_FILE);
    assertThat(counts.gaps()).isEmpty();
    assertThat(latestEqualsSource()).isEqualTo(2);
    assertThat(unrecorded()).containsExactly(2L);
    Path before = dir.resolve("before");
    Sidewal.restore(url, before, o -> o.target(RestoreTarget.txid(1)));
    assertThat(query(before, "SELECT n FROM n")).isEqualTo("0");
  }

  @Test
  void thePageSizeChanged() throws Exception {
    agent(() -> {});
    try (Connection app = connect()) {
      run(app, "PRAGMA journal_mode=DELETE", "PRAGMA page_size=4096", "VACUUM");
      run(app, "PRAGMA journal_mode=WAL");
    }
    assertThat(agent(() -> {}).snapshots()).containsKey(BeginReason.PAGE_SIZE);
    latestEqualsSource();
  }

  @Test
  void theJournalModeWasSwitchedAwayAndBack() throws Exception {
    agent(() -> {});
    try (Connection app = connect()) {
      run(app, "PRAGMA journal_mode=DELETE", "UPDATE n SET n=n+1", "PRAGMA journal_mode=WAL");
    }
    assertThat(agent(() -> {}).gaps()).hasSize(1);
    latestEqualsSource();
  }

  @Test
  void anotherAgentWroteToTheReplica() throws Exception {
    agent(() -> {});
    Path state = dir.resolve(".app.db-sidewal");
    Path aside = dir.resolve("aside");
    Files.move(state, aside);
    agent(
        () -> {
          try (Connection app = connect()) {
            run(app, "UPDATE n SET n=n+1");
          }
        });
    delete(state);
    Files.move(aside, state);
    assertThat(agent(() -> {}).snapshots()).containsKey(BeginReason.HISTORY_ENDS_ELSEWHERE);
    latestEqualsSource();
  }

  private static void delete(Path directory) throws Exception {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  @Test
  void thePageTableIsDamaged() throws Exception {
    agent(() -> {});
    try (Stream<Path> all = Files.walk(dir.resolve(".app.db-sidewal"))) {
      Path table = all.filter(p -> p.endsWith("pages.hash")).findFirst().orElseThrow();
      byte[] bytes = Files.readAllBytes(table);
      bytes[8 * 5]++;
      Files.write(table, bytes);
    }
    assertThat(agent(() -> {}).snapshots()).containsKey(BeginReason.STATE_UNUSABLE);
    latestEqualsSource();
  }

  /** Going on would build on what can never be restored. */
  @Test
  void theHistoryHasAHole() throws Exception {
    try (Connection app = connect()) {
      agent(() -> {});
      agent(() -> run(app, "UPDATE n SET n=n+1"));
      agent(() -> run(app, "UPDATE n SET n=n+1"));
      try (Stream<Path> all = Files.walk(dir.resolve("replica"))) {
        Files.delete(
            all.filter(p -> p.toString().endsWith(".segment")).sorted().findFirst().orElseThrow());
      }
      assertThat(agent(() -> {}).snapshots()).containsKey(BeginReason.HISTORY_ENDS_ELSEWHERE);
    }
    assertThat(latestEqualsSource()).isEqualTo(4);
  }

  @Test
  void theReplicaIsAnotherOne() throws Exception {
    agent(() -> {});
    url = "file:" + dir.resolve("second");
    assertThat(agent(() -> {}).snapshots()).hasSize(1);
    latestEqualsSource();
  }
}
