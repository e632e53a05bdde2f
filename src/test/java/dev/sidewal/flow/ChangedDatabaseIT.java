package dev.sidewal.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.sidewal.restore.RestoreTarget;
import dev.sidewal.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Somebody changes the database's files, while the agent runs and while it does not: each change is
 * noticed, the old transactions stay restorable, and none is of the old and the new content at
 * once.
 *
 * <p>The databases say themselves what they are: {@code meta} has a name and a number that goes up
 * by one with every transaction, and there is a row in {@code t} for each.
 */
class ChangedDatabaseIT {

  private static final Duration END = Duration.ofSeconds(60);

  /** So soon a change is noticed at the latest, on a busy machine. */
  private static final Duration NOTICED = Duration.ofSeconds(10);

  private static final int PAGES = 40;

  @TempDir Path dir;
  private final Random random = new Random(6);
  private Path database;
  private Path other;
  private Path older;
  private Path restored;
  private String url;

  /** What is done to the files. */
  private enum Change {
    /** Deleted, with all beside it, and made anew. */
    DELETED("the file was deleted or replaced"),
    /** Another one takes its place. */
    REPLACED("the file was deleted or replaced"),
    /** The bytes of another one are written over it. */
    COPIED_OVER("was overwritten past SQLite"),
    /** The bytes of an older copy of it, whose first page is the same, are written over it. */
    OLDER_COPY("was overwritten past SQLite"),
    /** Another one is copied under a log that is not empty, and again when it is. */
    COPIED_UNDER_THE_LOG("was overwritten past SQLite"),
    /** Another one is copied over it by SQLite itself, in a transaction. */
    BACKED_UP_OVER(""),
    /** It is cut off; then the bytes of another one are written over it. */
    CUT_OFF("was cut off"),
    /** The log is deleted. */
    LOG_DELETED("-wal was deleted");

    private final String message;

    Change(String message) {
      this.message = message;
    }
  }

  @BeforeEach
  void make() throws Exception {
    database = dir.resolve("app.db");
    other = dir.resolve("other.db");
    older = dir.resolve("older.db");
    restored = dir.resolve("restored.db");
    url = "file://" + dir.resolve("replica");
    create(database, "old");
    create(other, "new");
  }

  /** Makes a database; only when it is complete is it in WAL mode, and there is no log. */
  private static void create(Path file, String name) throws SQLException {
    Databases.run(
        file,
        "CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT, v BLOB)",
        "CREATE TABLE filler(v BLOB)",
        "CREATE TABLE meta(name TEXT, seq INTEGER)",
        "INSERT INTO meta VALUES('" + name + "', 0)",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
            + PAGES
            + ") INSERT INTO filler SELECT randomblob(4000) FROM n",
        "PRAGMA journal_mode=WAL");
  }

  /** Commits transactions, and leaves as the last connection of the application. */
  private static void write(Path file, int transactions) throws SQLException {
    try (Connection app = Databases.open(file)) {
      Databases.run(app, "PRAGMA wal_autocheckpoint=0");
      for (int i = 0; i < transactions; i++) {
        Databases.run(
            app,
            "BEGIN IMMEDIATE",
            "UPDATE meta SET seq=seq+1",
            "INSERT INTO t SELECT seq, name, randomblob(500) FROM meta",
            "UPDATE filler SET v=randomblob(4000) WHERE rowid=" + (1 + i % PAGES),
            "COMMIT");
      }
    }
  }

  private static void run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).inheritIO().start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(String.join(" ", command)).isZero();
  }

  /** The application has come to rest: all is in the file, and the log is empty. */
  private void emptyLog() {
    await()
        .atMost(END)
        .ignoreExceptions()
        .until(
            () ->
                Databases.query(database, "PRAGMA wal_checkpoint(TRUNCATE)")
                    .equals(List.of("0|0|0")));
  }

  private void change(Change change) throws Exception {
    switch (change) {
      case DELETED -> {
        Replica.delete(database);
        create(database, "new");
      }
      case REPLACED -> {
        Files.deleteIfExists(Path.of(database + "-wal"));
        Files.deleteIfExists(Path.of(database + "-shm"));
        run("mv", other.toString(), database.toString());
      }
      case COPIED_UNDER_THE_LOG -> run("cp", other.toString(), database.toString());
      case COPIED_OVER -> {
        emptyLog();
        run("cp", other.toString(), database.toString());
      }
      case OLDER_COPY -> {
        emptyLog();
        run("cp", older.toString(), database.toString());
      }
      case BACKED_UP_OVER ->
          run(
              "python3",
              "-c",
              """
              import sqlite3, sys
              a = sqlite3.connect(sys.argv[1])
              b = sqlite3.connect(sys.argv[2], timeout=30)
              a.backup(b)
              """,
              other.toString(),
              database.toString());
      case CUT_OFF -> {
        emptyLog();
        run("truncate", "-s", "8192", database.toString());
      }
      case LOG_DELETED -> {
        emptyLog();
        run("rm", "-f", database + "-wal");
      }
    }
  }

  private long latest() {
    try (Replica replica = Replica.open(url, random)) {
      return replica.timeline().latest().orElse(0);
    }
  }

  /** What a database says that it is. */
  private record Content(String name, long seq) {
    static Content of(Path file) throws SQLException {
      assertThat(Databases.query(file, "PRAGMA integrity_check")).containsExactly("ok");
      String[] meta = Databases.query(file, "SELECT name, seq FROM meta").get(0).split("\\|", -1);
      long seq = Long.parseLong(meta[1]);
      assertThat(
              Databases.query(file, "SELECT name, min(id), max(id), count(*) FROM t GROUP BY name"))
          .isEqualTo(seq == 0 ? List.of() : List.of(meta[0] + "|1|" + seq + "|" + seq));
      return new Content(meta[0], seq);
    }
  }

  /**
   * Restores every transaction: up to the change each is of the old database and by itself, from
   * then on none is.
   *
   * @param before the last transaction before the change
   * @param first what the database held right after it
   */
  private void assertNotMixed(long before, Content first) throws Exception {
    try (Replica replica = Replica.open(url, random)) {
      long latest = replica.timeline().latest().orElseThrow();
      assertThat(replica.timeline().holes()).isEmpty();
      Content last = first;
      for (long txid = 1; txid <= latest; txid++) {
        replica.restore(RestoreTarget.txid(txid), restored);
        Content content = Content.of(restored);
        if (txid <= before) {
          assertThat(content).as("transaction %d", txid).isEqualTo(new Content("old", txid - 1));
          continue;
        }
        assertThat(content.name).as("transaction %d", txid).isEqualTo(first.name);
        assertThat(content.seq).isGreaterThanOrEqualTo(last.seq);
        last = content;
      }
      assertThat(last).isEqualTo(Content.of(database));
      Databases.checkpoint(database);
      Databases.assertSame(database, restored);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Change.class,
      names = {"OLDER_COPY", "LOG_DELETED"})
  void whileTheAgentRuns(Change change) throws Exception {
    changedWhileTheAgentRuns(change);
  }

  @ParameterizedTest
  @EnumSource(
      value = Change.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"OLDER_COPY", "LOG_DELETED"})
  @EnabledIfSystemProperty(named = "sidewal.faults", matches = "true")
  void moreWhileTheAgentRuns(Change change) throws Exception {
    changedWhileTheAgentRuns(change);
  }

  private void changedWhileTheAgentRuns(Change change) throws Exception {
    if (change == Change.BACKED_UP_OVER) {
      Programs.assumePython();
    }
    try (SidewalProcess agent =
        SidewalProcess.start("replicate", database.toString(), url, "--sync-interval=50ms")) {
      agent.awaitFollowing();
      write(database, 3);
      emptyLog();
      run("cp", database.toString(), older.toString());
      write(database, 2);
      await().atMost(END).until(() -> latest() == 6);
      change(change);
      long begin = System.nanoTime();
      agent.awaitLog(change.message);
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(NOTICED);
      if (change == Change.CUT_OFF) {
        // The administrator sees the damage and brings a good copy; the application rests.
        agent.awaitLog("is tried again");
        assertThat(agent.isAlive()).isTrue();
        run("cp", other.toString(), database.toString());
      }
      if (!change.message.isEmpty()) {
        agent.awaitLog("following from transaction", 2);
      }
      if (change == Change.COPIED_UNDER_THE_LOG) {
        change(Change.COPIED_OVER);
        agent.awaitLog("following from transaction", 3);
      }
      write(database, 5);
      await(agent.log()).atMost(END).until(() -> lastSeqInReplica() == Content.of(database).seq);
      agent.terminate().succeeded();
      if (change == Change.BACKED_UP_OVER) {
        assertThat(agent.count("claimed")).isEqualTo(1);
        assertThat(latest()).isEqualTo(6 + 1 + 5);
      }
    }
    switch (change) {
      case LOG_DELETED -> assertNotMixed(6, new Content("old", 5));
      case OLDER_COPY -> assertNotMixed(6, new Content("old", 3));
      // Between the two copies the application itself saw what the agent saw, whatever that was.
      case COPIED_UNDER_THE_LOG -> assertThat(lastSeqInReplica()).isEqualTo(5);
      default -> assertNotMixed(6, new Content("new", 0));
    }
  }

  private long lastSeqInReplica() throws Exception {
    try (Replica replica = Replica.open(url, random)) {
      replica.restore(RestoreTarget.latest(), restored);
      return Content.of(restored).seq;
    }
  }

  private void once() {
    SidewalProcess.run("replicate", "--once", database.toString(), url).succeeded();
  }

  @ParameterizedTest
  @EnumSource(
      value = Change.class,
      names = {"DELETED", "REPLACED", "COPIED_OVER", "LOG_DELETED"})
  @EnabledIfSystemProperty(named = "sidewal.faults", matches = "true")
  void whileTheAgentIsStopped(Change change) throws Exception {
    once();
    write(database, 5);
    once();
    long before = latest();
    write(database, 3);
    change(change);
    write(database, 5);
    once();
    assertThat(before).isGreaterThan(1);
    try (Replica replica = Replica.open(url, random)) {
      for (long txid = 1; txid <= replica.timeline().latest().orElseThrow(); txid++) {
        replica.restore(RestoreTarget.txid(txid), restored);
        Content content = Content.of(restored);
        if (txid <= before) {
          assertThat(content.name).isEqualTo("old");
        } else if (change != Change.LOG_DELETED) {
          assertThat(content.name).isEqualTo("new");
        }
      }
      assertThat(Content.of(restored)).isEqualTo(Content.of(database));
      Databases.checkpoint(database);
      Databases.assertSame(database, restored);
    }
  }

  /** SQLite lets nobody change the mode while the agent reads; after it, one gap has all. */
  @Test
  @EnabledIfSystemProperty(named = "sidewal.faults", matches = "true")
  void theJournalModeIsSwitchedAwayAndBack() throws Exception {
    try (SidewalProcess agent =
        SidewalProcess.start("replicate", database.toString(), url, "--sync-interval=50ms")) {
      agent.awaitFollowing();
      write(database, 2);
      assertThatThrownBy(
              () ->
                  Databases.run(database, "PRAGMA busy_timeout=100", "PRAGMA journal_mode=DELETE"))
          .hasMessageContaining("locked");
      write(database, 2);
      agent.terminate().succeeded();
      assertThat(agent.count("claimed")).isEqualTo(1);
    }
    Databases.run(database, "PRAGMA journal_mode=DELETE");
    write(database, 3);
    // Page size and all: nothing of the old file's pages is left as it was.
    Databases.run(database, "PRAGMA page_size=1024", "VACUUM");
    SidewalProcess.Outcome refused =
        SidewalProcess.run("replicate", "--once", database.toString(), url);
    assertThat(refused.code()).isEqualTo(10);
    assertThat(refused.err()).contains("is not in WAL mode");
    Databases.run(database, "PRAGMA journal_mode=WAL");
    write(database, 3);
    SidewalProcess.Outcome again =
        SidewalProcess.run("replicate", "--once", database.toString(), url).succeeded();
    assertThat(again.err()).contains("the page size is another one than before");
    assertNotMixed(5, new Content("old", 4));
  }

  @Test
  void permissionIsTaken() throws Exception {
    assumeFalse(
        System.getProperty("user.name").equals("root"),
        "skipped: root may read and write everything, so nothing can be denied");
    try (SidewalProcess agent =
        SidewalProcess.start("replicate", database.toString(), url, "--sync-interval=50ms")) {
      agent.awaitFollowing();
      write(database, 5);
      await().atMost(END).until(() -> latest() == 6);
      run("chmod", "000", database.toString());
      try {
        // What is open stays open: nothing is lost, and nobody else writes either.
        assertThat(agent.isAlive()).isTrue();
        SidewalProcess.Outcome second =
            SidewalProcess.run("replicate", "--once", database.toString(), url + "2");
        assertThat(second.code()).isEqualTo(10);
        assertThat(second.err()).contains("permission denied");
      } finally {
        run("chmod", "600", database.toString());
      }
      write(database, 5);
      await(agent.log()).atMost(END).until(() -> latest() == 11);
      agent.terminate().succeeded();
    }
    assertNotMixed(11, new Content("old", 10));
  }
}
