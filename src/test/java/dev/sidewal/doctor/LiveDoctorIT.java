package dev.sidewal.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Databases that other processes have open, with real locks. */
final class LiveDoctorIT {

  private static final String WAL =
      "c.execute('PRAGMA journal_mode=WAL'); c.execute('CREATE TABLE IF NOT EXISTS t(x)')";

  @TempDir Path dir;
  private Path db;

  @BeforeEach
  void python() {
    Programs.assumePython();
    db = dir.resolve("app.db");
  }

  private List<Finding> examine() {
    return examine(db);
  }

  private List<Finding> examine(Path path) {
    return new DatabaseDoctor(path, Duration.ofMillis(300), dir.resolve("state"), Optional.empty())
        .examine();
  }

  @Test
  void aHealthyDatabaseInUseHasNothingBad() throws Exception {
    try (PythonWriter w = PythonWriter.run(db, WAL, "c.execute('INSERT INTO t VALUES(1)')")) {
      List<Finding> findings = examine();
      assertThat(Ids.of(findings))
          .contains("database-facts", "locks-free", "log-fine", "room-enough", "permissions-fine");
      // The Python of the machine may have an old SQLite; that is no fault of the setup.
      assertThat(Ids.bad(findings).stream().filter(id -> !id.contains("wal-reset-bug"))).isEmpty();
      assertThat(Ids.text(findings, UseKind.LOCKS_FREE)).contains("1 process has it open");
      assertThat(w.pid()).isPositive();
    }
  }

  @Test
  void aWriteTransactionThatStaysIsTold() throws Exception {
    try (PythonWriter w =
        PythonWriter.run(
            db, WAL, "c.execute('BEGIN IMMEDIATE')", "c.execute('INSERT INTO t VALUES(1)')")) {
      List<Finding> findings = examine();
      assertThat(Ids.text(findings, UseKind.WRITE_LOCK_HELD))
          .contains("process " + w.pid())
          .contains("python3");
      assertThat(Ids.of(findings)).doesNotContain("locks-free");
    }
  }

  @Test
  void aWriterThatCommitsAllTheTimeIsNotBlamed() throws Exception {
    Process writer =
        new ProcessBuilder(
                "python3",
                "-c",
                "import sqlite3, sys\n"
                    + "c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
                    + WAL
                    + "\nprint('ready', flush=True)\n"
                    + "while True: c.execute('INSERT INTO t VALUES(1)')\n",
                db.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      assertThat(writer.getInputStream().readNBytes(5)).hasSize(5);
      assertThat(Ids.of(examine())).doesNotContain("write-lock-held", "exclusive-lock");
    } finally {
      writer.destroyForcibly().onExit().join();
    }
  }

  @Test
  void aWriteTransactionInRollbackModeIsTold() throws Exception {
    try (PythonWriter w =
        PythonWriter.run(db, "c.execute('CREATE TABLE t(x)')", "c.execute('BEGIN IMMEDIATE')")) {
      List<Finding> findings = examine();
      assertThat(Ids.text(findings, UseKind.WRITE_LOCK_HELD)).contains("process " + w.pid());
      assertThat(Ids.of(findings)).contains("journal-mode-not-wal");
    }
  }

  @Test
  void exclusiveLockingModeIsTold() throws Exception {
    try (PythonWriter w =
        PythonWriter.run(
            db,
            "c.execute('PRAGMA locking_mode=EXCLUSIVE')",
            WAL,
            "c.execute('INSERT INTO t VALUES(1)')")) {
      assertThat(Ids.text(examine(), UseKind.EXCLUSIVE_LOCK)).contains("process " + w.pid());
    }
  }

  @Test
  void aHotJournalIsTold() throws Exception {
    try (PythonWriter w =
        PythonWriter.run(
            db,
            "c.execute('CREATE TABLE t(x)')",
            "c.execute('PRAGMA cache_size=1')",
            "c.execute('BEGIN')",
            "for i in range(2000): c.execute('INSERT INTO t VALUES(randomblob(500))')")) {
      assertThat(Ids.text(examine(), FileKind.HOT_JOURNAL)).contains("process " + w.pid());
    }
    byte[] before = Files.readAllBytes(dir.resolve("app.db-journal"));
    assertThat(Ids.text(examine(), FileKind.HOT_JOURNAL)).contains("no process");
    assertThat(Files.readAllBytes(dir.resolve("app.db-journal"))).isEqualTo(before);
  }

  @Test
  void aReaderThatStaysIsTold() throws Exception {
    try (PythonWriter w = PythonWriter.run(db, WAL, "c.execute('INSERT INTO t VALUES(1)')");
        PythonWriter r =
            PythonWriter.run(db, "c.execute('BEGIN')", "c.execute('SELECT * FROM t').fetchall()")) {
      assertThat(Ids.text(examine(), UseKind.READER_STAYS)).contains("process " + r.pid());
      try (PythonWriter more =
          PythonWriter.run(
              db,
              "c.execute('BEGIN')",
              "for i in range(6000): c.execute('INSERT INTO t VALUES(randomblob(4000))')",
              "c.execute('COMMIT')")) {
        List<Finding> findings = examine();
        assertThat(Ids.text(findings, UseKind.LONG_READER))
            .contains("process " + r.pid())
            .doesNotContain("process " + w.pid())
            .doesNotContain("process " + more.pid());
        assertThat(Ids.of(findings))
            .contains("log-not-copied-back")
            .doesNotContain("checkpoints-off");
      }
    }
  }

  @Test
  void checkpointsThatAreOffAreTold() throws Exception {
    try (PythonWriter w =
        PythonWriter.run(
            db,
            WAL,
            "c.execute('PRAGMA wal_autocheckpoint=0')",
            "c.execute('BEGIN')",
            "for i in range(3000): c.execute('INSERT INTO t VALUES(randomblob(4000))')",
            "c.execute('COMMIT')")) {
      List<Finding> findings = examine();
      assertThat(Ids.of(findings)).contains("checkpoints-off").doesNotContain("log-large");
      assertThat(w.pid()).isPositive();
    }
  }

  @Test
  void aLargeLogIsTold() throws Exception {
    try (PythonWriter w =
        PythonWriter.run(
            db,
            WAL,
            "c.execute('PRAGMA wal_autocheckpoint=0')",
            "c.execute('PRAGMA synchronous=OFF')",
            "c.execute('INSERT INTO t VALUES(zeroblob(70000000))')")) {
      assertThat(Ids.text(examine(), UseKind.LOG_LARGE)).contains("MiB");
      assertThat(w.pid()).isPositive();
    }
  }

  @Test
  void aLogThatWasLeftBehindIsToldAndNotTouched() throws Exception {
    try (PythonWriter w = PythonWriter.run(db, WAL, "c.execute('INSERT INTO t VALUES(1)')")) {
      assertThat(Ids.of(examine())).doesNotContain("log-left-behind");
      assertThat(w.pid()).isPositive();
    }
    byte[] before = Files.readAllBytes(db);
    byte[] log = Files.readAllBytes(dir.resolve("app.db-wal"));
    assertThat(log).isNotEmpty();
    assertThat(Ids.of(examine())).contains("log-left-behind");
    assertThat(Files.readAllBytes(db)).isEqualTo(before);
    assertThat(Files.readAllBytes(dir.resolve("app.db-wal"))).isEqualTo(log);
  }

  @Test
  void withoutShmNothingIsMade() throws Exception {
    try (PythonWriter w = PythonWriter.run(db, WAL)) {
      assertThat(w.pid()).isPositive();
    }
    Files.deleteIfExists(dir.resolve("app.db-shm"));
    Files.deleteIfExists(dir.resolve("app.db-wal"));
    examine();
    assertThat(dir.resolve("app.db-shm")).doesNotExist();
    assertThat(dir.resolve("app.db-wal")).doesNotExist();
  }

  @Test
  void theLoadedSqliteIsFoundByItsSourceId() throws Exception {
    try (PythonWriter w = PythonWriter.run(db, WAL)) {
      List<Finding> findings = examine();
      Process ask =
          new ProcessBuilder(
                  "python3",
                  "-c",
                  "import sqlite3; print(sqlite3.connect(':memory:').execute('select sqlite_source_id()').fetchone()[0][:10])")
              .start();
      String source =
          new String(ask.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8)
              .strip();
      assertThat(ask.waitFor(30, TimeUnit.SECONDS)).isTrue();
      boolean affected = SqliteVersion.isAffected(java.time.LocalDate.parse(source));
      assertThat(
              Ids.text(
                  findings,
                  affected ? FileKind.SQLITE_WAL_RESET_BUG_LOADED : FileKind.SQLITE_VERSION_GOOD))
          .contains("process " + w.pid())
          .contains("a SQLite of " + source);
    }
  }

  @Test
  void aProgramWithoutAVisibleSqliteIsSaidToBeUnknown() throws Exception {
    try (PythonWriter w = PythonWriter.run(db, WAL)) {
      assertThat(w.pid()).isPositive();
    }
    Process tail = new ProcessBuilder("sleep", "60").redirectInput(db.toFile()).start();
    try {
      List<Finding> findings = awaitUser(tail.pid());
      assertThat(Ids.text(findings, FileKind.SQLITE_VERSION_UNKNOWN))
          .contains("process " + tail.pid());
    } finally {
      tail.destroyForcibly().onExit().join();
    }
  }

  /** The process is forked first, and becomes the program a little later. */
  private List<Finding> awaitUser(long pid) throws IOException {
    Path command = Path.of("/proc/" + pid + "/comm");
    while (!Files.readString(command).strip().equals("sleep")) {
      Thread.onSpinWait();
    }
    return examine();
  }
}
