package dev.sidewal.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sidewal.replica.Timeline;
import dev.sidewal.restore.RestoreTarget;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How the agent lives beside an application that comes, goes, and replaces its database. */
class LifecycleIT {

  private static final Duration END = Duration.ofSeconds(60);

  @TempDir Path dir;

  private final Random random = new Random(4);
  private Path database;
  private Path restored;
  private String url;

  @BeforeEach
  void names() {
    database = dir.resolve("app.db");
    restored = dir.resolve("restored.db");
    url = "file://" + dir.resolve("replica");
  }

  private static void create(Connection app) throws SQLException {
    Databases.run(
        app,
        "PRAGMA journal_mode=WAL",
        "CREATE TABLE t(id INTEGER PRIMARY KEY, v BLOB)",
        "INSERT INTO t VALUES(1, 'first')");
  }

  /** Commits rows one by one; ids go up by one. */
  private static void write(Connection app, int transactions) throws SQLException {
    try (Statement statement = app.createStatement()) {
      for (int i = 0; i < transactions; i++) {
        statement.execute("INSERT INTO t(v) VALUES(randomblob(300))");
      }
    }
  }

  private long rows(Path file) throws SQLException {
    return Databases.number(file, "SELECT count(*) FROM t");
  }

  private void assertLatestIsTheSource() throws Exception {
    Databases.checkpoint(database);
    try (Replica replica = Replica.open(url, random)) {
      replica.restore(RestoreTarget.latest(), restored);
      Databases.assertSame(database, restored);
    }
  }

  @Test
  void waitsForTheDatabaseAndForItsSwitchToWal() throws Exception {
    try (SidewalProcess agent = SidewalProcess.start("replicate", database.toString(), url)) {
      agent.awaitLog("waiting for the database");
      assertThat(database).doesNotExist();
      try (Connection app = Databases.open(database)) {
        Databases.run(app, "CREATE TABLE t(id INTEGER PRIMARY KEY, v BLOB)");
        write(app, 10);
        assertThat(agent.isAlive()).isTrue();
        assertThat(agent.count("claimed")).isZero();
        Databases.run(app, "PRAGMA journal_mode=WAL");
        write(app, 10);
        agent.awaitFollowing();
        write(app, 10);
      }
      agent.terminate().succeeded();
    }
    assertLatestIsTheSource();
    assertThat(rows(restored)).isEqualTo(30);
  }

  @Test
  void endsWhileItWaits() {
    try (SidewalProcess agent = SidewalProcess.start("replicate", database.toString(), url)) {
      agent.awaitLog("waiting for the database").terminate().succeeded();
    }
    assertThat(database).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void shipsTheRestAtASignal(String signal) throws Exception {
    try (Connection app = Databases.open(database)) {
      create(app);
      try (SidewalProcess agent =
          SidewalProcess.start("replicate", database.toString(), url, "--sync-interval", "1h")) {
        agent.awaitFollowing();
        write(app, 1);
        // The first transaction after a quiet spell goes at once, the others wait for the hour.
        await().atMost(END).until(() -> latestShipped() >= 2);
        write(app, 100);
        assertThat(latestShipped()).isLessThan(102);
        agent.signal(signal);
        agent.awaitExit(END).succeeded();
      }
    }
    assertThat(latestShipped()).isEqualTo(102);
    assertLatestIsTheSource();
    assertThat(rows(restored)).isEqualTo(102);
  }

  private long latestShipped() {
    try (Replica replica = Replica.open(url, random)) {
      return replica.timeline().latest().orElse(0);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 7})
  void runsACommandAndShipsWhatItWrote(int code) throws Exception {
    try (Connection app = Databases.open(database)) {
      create(app);
    }
    Path done = dir.resolve("done");
    String command =
        "touch %s; while [ ! -e %s ]; do sleep 0.05; done; echo ended; exit %d"
            .formatted(dir.resolve("begun"), done, code);
    try (SidewalProcess agent =
        SidewalProcess.start(
            "replicate", database.toString(), url, "--sync-interval", "1h", "--exec", command)) {
      await().atMost(END).until(() -> Files.exists(dir.resolve("begun")));
      agent.awaitFollowing();
      try (Connection app = Databases.open(database)) {
        write(app, 100);
      }
      Files.createFile(done);
      SidewalProcess.Outcome outcome = agent.awaitExit(END);
      assertThat(outcome.code()).as(outcome.err()).isEqualTo(code);
      assertThat(outcome.out()).isEqualTo("ended");
    }
    assertLatestIsTheSource();
    assertThat(rows(restored)).isEqualTo(101);
  }

  @Test
  void handsSignalsOnToTheCommand() throws Exception {
    try (Connection app = Databases.open(database)) {
      create(app);
      try (SidewalProcess agent =
          SidewalProcess.start(
              "replicate",
              database.toString(),
              url,
              "--exec",
              "exec sh -c 'trap \"touch "
                  + dir.resolve("told")
                  + "; exit 5\" TERM; touch "
                  + dir.resolve("begun")
                  + "; while :; do sleep 0.05; done'")) {
        await().atMost(END).until(() -> Files.exists(dir.resolve("begun")));
        agent.awaitFollowing();
        write(app, 50);
        agent.signal("TERM");
        assertThat(agent.awaitExit(END).code()).as(agent.log()).isEqualTo(5);
      }
    }
    assertThat(dir.resolve("told")).exists();
    assertLatestIsTheSource();
    assertThat(rows(restored)).isEqualTo(51);
  }

  @Test
  void aRestartGoesOnWithTheTimeline() throws Exception {
    try (Connection app = Databases.open(database)) {
      create(app);
      try (SidewalProcess agent = SidewalProcess.start("replicate", database.toString(), url)) {
        agent.awaitFollowing();
        write(app, 20);
        agent.terminate().succeeded();
      }
      write(app, 5);
      try (SidewalProcess agent = SidewalProcess.start("replicate", database.toString(), url)) {
        agent.awaitLog("claimed generation 2");
        agent.awaitFollowing();
        write(app, 20);
        agent.terminate().succeeded();
      }
    }
    assertLatestIsTheSource();
    try (Replica replica = Replica.open(url, random)) {
      Timeline timeline = replica.timeline();
      assertThat(timeline.holes()).isEmpty();
      assertThat(timeline.generations()).hasSize(2);
      long latest = timeline.latest().orElseThrow();
      for (long txid = 1; txid <= latest; txid++) {
        replica.restore(RestoreTarget.txid(txid), restored);
        // The log had what was written while no agent ran.
        assertThat(rows(restored)).as("rows at transaction %d", txid).isEqualTo(txid);
      }
      assertThat(latest).isEqualTo(46);
    }
  }

  @Test
  void theApplicationComesAndGoes() throws Exception {
    try (Connection app = Databases.open(database)) {
      create(app);
    }
    try (SidewalProcess agent = SidewalProcess.start("replicate", database.toString(), url)) {
      agent.awaitFollowing();
      for (int i = 0; i < 10; i++) {
        try (Connection app = Databases.open(database)) {
          write(app, 10);
          if (i % 3 == 0) {
            Databases.run(app, "PRAGMA busy_timeout=1", "PRAGMA wal_checkpoint(TRUNCATE)");
          }
        }
      }
      SidewalProcess.Outcome outcome = agent.terminate().succeeded();
      assertThat(outcome.err().lines().filter(l -> l.contains("claimed"))).hasSize(1);
    }
    assertThat(Path.of(database + "-wal")).doesNotExist();
    assertLatestIsTheSource();
    try (Replica replica = Replica.open(url, random)) {
      for (long txid = 1; txid <= 101; txid += 10) {
        replica.restore(RestoreTarget.txid(txid), restored);
        assertThat(rows(restored)).isEqualTo(txid);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aNewDatabaseUnderTheNameIsAHistoryOfItsOwn(boolean renamed) throws Exception {
    Path copy = dir.resolve("old-copy.db");
    long oldTxid;
    try (SidewalProcess agent = SidewalProcess.start("replicate", database.toString(), url)) {
      try (Connection app = Databases.open(database)) {
        create(app);
        agent.awaitFollowing();
        write(app, 30);
        Databases.run(app, "VACUUM INTO '" + copy + "'");
      }
      await().atMost(END).until(() -> latestShipped() >= 31);
      oldTxid = latestShipped();
      if (renamed) {
        Files.move(database, dir.resolve("renamed.db"));
        Files.deleteIfExists(Path.of(database + "-wal"));
        Files.deleteIfExists(Path.of(database + "-shm"));
      } else {
        Replica.delete(database);
      }
      try (Connection app = Databases.open(database)) {
        Databases.run(app, "CREATE TABLE other(x)", "INSERT INTO other VALUES(1)");
        create(app);
        agent.awaitLog("the file was deleted or replaced");
        agent.awaitLog("a snapshot of transaction", 2);
        write(app, 30);
      }
      agent.terminate().succeeded();
    }
    assertLatestIsTheSource();
    assertThat(Databases.number(restored, "SELECT count(*) FROM other")).isEqualTo(1);
    try (Replica replica = Replica.open(url, random)) {
      replica.restore(RestoreTarget.txid(oldTxid), restored);
      assertThat(Databases.query(restored, "SELECT id, hex(v) FROM t"))
          .isEqualTo(Databases.query(copy, "SELECT id, hex(v) FROM t"));
      Timeline timeline = replica.timeline();
      for (long txid = oldTxid + 1; txid <= timeline.latest().orElseThrow(); txid++) {
        replica.restore(RestoreTarget.txid(txid), restored);
        assertThat(Databases.number(restored, "SELECT count(*) FROM other"))
            .as("transaction %d is of the new database", txid)
            .isEqualTo(1);
      }
    }
  }

  @Test
  void aDamagedLogIsNotShippedAndTheAgentGoesOnWhenItIsGone() throws Exception {
    try (Connection app = Databases.open(database)) {
      create(app);
      try (SidewalProcess agent =
          SidewalProcess.start("replicate", database.toString(), url, "--sync-interval", "1h")) {
        agent.awaitFollowing();
        write(app, 1);
        await().atMost(END).until(() -> latestShipped() >= 2);
        write(app, 3);
        agent.signal("STOP");
        Databases.run(app, "INSERT INTO t(v) VALUES(randomblob(400000))");
        try (RandomAccessFile log = new RandomAccessFile(database + "-wal", "rw")) {
          log.seek(log.length() - 50 * 4120);
          log.writeLong(random.nextLong());
        }
        long begin = System.nanoTime();
        agent.signal("CONT");
        agent.awaitLog("does not have the salts and checksum");
        agent.awaitLog("could not be read in");
        assertThat(Duration.ofNanos(System.nanoTime() - begin))
            .as("time in which nothing was followed")
            .isLessThan(Duration.ofSeconds(15));
        // The application's next reset of the log ends the trouble.
        await()
            .atMost(END)
            .until(
                () ->
                    Databases.query(database, "PRAGMA wal_checkpoint(TRUNCATE)")
                        .equals(List.of("0|0|0")));
        agent.awaitLog("is a gap");
        write(app, 10);
        agent.terminate();
      }
    }
    assertLatestIsTheSource();
    assertThat(rows(restored)).isEqualTo(16);
  }
}
