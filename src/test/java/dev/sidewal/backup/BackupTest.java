package dev.sidewal.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.github.luben.zstd.ZstdInputStream;
import dev.sidewal.cli.CliRun;
import dev.sidewal.error.DatabaseException;
import dev.sidewal.error.UsageException;
import dev.sidewal.error.VerificationFailedException;
import dev.sidewal.error.WouldOverwriteException;
import dev.sidewal.flow.Databases;
import dev.sidewal.replica.GenerationClaim;
import dev.sidewal.replica.Timeline;
import dev.sidewal.restore.MomentFile;
import dev.sidewal.restore.RestoreProgress;
import dev.sidewal.restore.RestoreTarget;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ObjectStores;
import dev.sidewal.store.ReplicaUrl;
import dev.sidewal.testing.Programs;
import dev.sidewal.testing.SettableClock;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Copies of databases that other processes write, hold or have left, and where copies go. */
final class BackupTest {

  private static final int ACCOUNTS = 500;
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @TempDir Path dir;

  private final SettableClock clock = new SettableClock();

  @BeforeEach
  void itIsOneInTheMorning() {
    clock.advance(Duration.between(clock.instant(), Instant.parse("2026-11-22T01:00:00Z")));
  }

  private BackupResult backUp(Path db, BackupDestination to) {
    return new Backup(clock, new Random()).run(request(db, to).build());
  }

  private BackupRequest.Builder request(Path db, BackupDestination to) {
    return BackupRequest.builder(db, to, List.of(dir.resolve("scratch")));
  }

  private static BackupDestination file(Path path) {
    return new BackupDestination.ToFile(path, false);
  }

  private Path ledger(String mode, int pageSize) throws Exception {
    Path db = dir.resolve("app.db");
    Databases.run(
        db,
        "PRAGMA page_size=" + pageSize,
        "PRAGMA journal_mode=" + mode,
        "CREATE TABLE account(id INTEGER PRIMARY KEY, v INTEGER, pad BLOB)",
        "CREATE TABLE chain(link INTEGER PRIMARY KEY, h TEXT)",
        "INSERT INTO account WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n"
            + " < "
            + ACCOUNTS
            + ") SELECT n, 100, randomblob(200) FROM c");
    return db;
  }

  /** Checks that a copy is one state that the writer has committed, and returns its last link. */
  private static long assertOneState(Path copy) throws Exception {
    assertThat(Path.of(copy + "-wal")).doesNotExist();
    try (Connection c = dev.sidewal.sqlite.Connections.immutable(copy);
        Statement s = c.createStatement()) {
      try (ResultSet r = s.executeQuery("PRAGMA integrity_check")) {
        assertThat(r.getString(1)).isEqualTo("ok");
      }
      try (ResultSet r = s.executeQuery("SELECT sum(v) FROM account")) {
        assertThat(r.getLong(1))
            .as("the sum that every transaction keeps")
            .isEqualTo(100L * ACCOUNTS);
      }
      long link = 0;
      String last = "";
      try (ResultSet r = s.executeQuery("SELECT link, h FROM chain ORDER BY link")) {
        while (r.next()) {
          assertThat(r.getLong(1)).isEqualTo(++link);
          last =
              HexFormat.of()
                  .formatHex(
                      MessageDigest.getInstance("SHA-256")
                          .digest((last + link).getBytes(StandardCharsets.UTF_8)));
          assertThat(r.getString(2)).isEqualTo(last);
        }
      }
      return link;
    }
  }

  private long status() throws IOException {
    Path status = dir.resolve("status");
    String text = Files.exists(status) ? Files.readString(status).strip() : "";
    return text.isEmpty() ? 0 : Long.parseLong(text);
  }

  @ParameterizedTest
  @CsvSource({
    "wal,512",
    "wal,4096",
    "wal,65536",
    "delete,512",
    "truncate,4096",
    "persist,65536",
  })
  void copiesAreStatesThatWereCommittedWhileWritersGoOn(String mode, int pageSize)
      throws Exception {
    Programs.assumePython();
    Path db = ledger(mode, pageSize);
    long seed = Long.getLong("seed", System.nanoTime() & 0xffff);
    System.out.println("seed " + seed);
    Process writer =
        new ProcessBuilder(
                "python3",
                "src/test/resources/writers/ledger.py",
                db.toString(),
                dir.resolve("status").toString(),
                "" + seed)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      await().atMost(LIMIT).until(() -> status() > 0);
      int rounds = Integer.getInteger("sidewal.backup.rounds", 1);
      for (int i = 0; i < rounds; i++) {
        Path copy = dir.resolve("copy-" + i + ".db");
        long before = status();
        BackupResult result = backUp(db, file(copy));
        long after = status();
        assertThat(assertOneState(copy)).isBetween(before, after + 1);
        assertThat(result.copied().orElseThrow().way())
            .isEqualTo(mode.equals("wal") ? Copied.Way.LOG : Copied.Way.JOURNAL);
        long next = status();
        await().atMost(LIMIT).until(() -> status() > next);
      }
      backUp(db, file(dir.resolve("small.db")), BackupMethod.VACUUM);
      assertOneState(dir.resolve("small.db"));
    } finally {
      writer.getOutputStream().close();
      assertThat(writer.waitFor()).isZero();
    }
    backUp(db, file(dir.resolve("last.db")));
    Databases.assertSame(db, dir.resolve("last.db"));
    assertThat(dir.resolve("scratch")).isEmptyDirectory();
  }

  /** The commands that work on a copy of a live database see one state, too. */
  @ParameterizedTest
  @CsvSource({"wal", "delete"})
  void aDumpIsAStateThatWasCommittedWhileWritersGoOn(String mode) throws Exception {
    Programs.assumePython();
    Programs.assumeSqlite3();
    Path db = ledger(mode, 4096);
    Process writer =
        new ProcessBuilder(
                "python3",
                "src/test/resources/writers/ledger.py",
                db.toString(),
                dir.resolve("status").toString(),
                "1")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      await().atMost(LIMIT).until(() -> status() > 0);
      Path text = dir.resolve("dump.sql");
      long before = status();
      CliRun.live("dump", db.toString(), "-o", text.toString()).succeeded();
      long after = status();
      CliRun.live("check", db.toString()).succeeded();
      Path loaded = dir.resolve("loaded.db");
      Process load =
          new ProcessBuilder("sqlite3", "-bail", loaded.toString())
              .redirectInput(text.toFile())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      assertThat(load.waitFor()).isZero();
      assertThat(assertOneState(loaded)).isBetween(before, after + 1);
    } finally {
      writer.getOutputStream().close();
      assertThat(writer.waitFor()).isZero();
    }
  }

  private void backUp(Path db, BackupDestination to, BackupMethod method) {
    new Backup(clock, new Random()).run(request(db, to).method(method).build());
  }

  /** Runs Python until it has said that it is ready; it holds what it holds until it is closed. */
  private Process holder(Path db, String... statements) throws IOException {
    StringBuilder script =
        new StringBuilder(
            "import sqlite3,sys,os\nc=sqlite3.connect(sys.argv[1],isolation_level=None)\n");
    for (String sql : statements) {
      script.append("c.execute(\"").append(sql).append("\").fetchall()\n");
    }
    script.append("print('ready',flush=True)\nsys.stdin.read()\n");
    Process p =
        new ProcessBuilder("python3", "-c", script.toString(), db.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    assertThat(p.inputReader().readLine()).isEqualTo("ready");
    return p;
  }

  @ParameterizedTest
  @CsvSource({"wal", "delete"})
  void whatAnotherProgramHoldsForItselfIsCopiedByItsFiles(String mode) throws Exception {
    Programs.assumePython();
    Path db = ledger(mode, 4096);
    Process holder =
        holder(
            db,
            "PRAGMA locking_mode=EXCLUSIVE",
            "PRAGMA cache_size=5",
            "INSERT INTO chain VALUES(1, 'in the log')",
            "BEGIN",
            "UPDATE account SET v = v + 1, pad = randomblob(200)");
    try {
      List<Path> before = names();
      BackupResult result = backUp(db, file(dir.resolve("copy.db")));
      assertThat(result.copied().orElseThrow().way()).isEqualTo(Copied.Way.FILES);
      assertThat(Databases.query(dir.resolve("copy.db"), "SELECT h FROM chain"))
          .containsExactly("in the log");
      assertThat(Databases.number(dir.resolve("copy.db"), "SELECT sum(v) FROM account"))
          .as("what is not committed is not in the copy")
          .isEqualTo(100L * ACCOUNTS);
      assertThat(names()).containsAll(before).doesNotContain(Path.of(db + "-shm"));
    } finally {
      holder.destroyForcibly().waitFor();
    }
  }

  private List<Path> names() throws IOException {
    try (Stream<Path> files = Files.list(dir)) {
      return files.filter(f -> f.getFileName().toString().startsWith("app.db")).toList();
    }
  }

  @Test
  void whatACrashedWriterLeftIsRolledBack() throws Exception {
    Programs.assumePython();
    Path db = ledger("delete", 1024);
    Process writer =
        holder(
            db,
            "PRAGMA cache_size=5",
            "BEGIN",
            "UPDATE account SET v = v + 1, pad = randomblob(200)");
    writer.destroyForcibly().waitFor();
    assertThat(Path.of(db + "-journal")).isNotEmptyFile();
    backUp(db, file(dir.resolve("copy.db")));
    assertThat(assertOneState(dir.resolve("copy.db"))).isZero();
  }

  @Test
  void aFileIsReplacedOnlyWhenToldAndNeverTheDatabaseItself() throws Exception {
    Path db = ledger("wal", 4096);
    Path copy = dir.resolve("copy ü.db");
    backUp(db, file(copy));
    assertThatThrownBy(() -> backUp(db, file(copy))).isInstanceOf(WouldOverwriteException.class);
    backUp(db, new BackupDestination.ToFile(copy, true));
    assertThatThrownBy(() -> backUp(db, new BackupDestination.ToFile(db, true)))
        .isInstanceOf(UsageException.class);
    for (String suffix : List.of("-wal", "-shm", "-journal")) {
      assertThatThrownBy(() -> backUp(db, file(Path.of(db + suffix))))
          .isInstanceOf(UsageException.class);
    }
    Path link = Files.createSymbolicLink(dir.resolve("link.db"), db);
    backUp(link, file(dir.resolve("linked.db")));
    assertOneState(dir.resolve("linked.db"));
  }

  @Test
  void whatIsNoDatabaseIsSaidSoAndAnEmptyOneIsCopied() throws Exception {
    Path text = Files.writeString(dir.resolve("text.db"), "no database ".repeat(100));
    Path empty = Files.createFile(dir.resolve("empty.db"));
    Path out = dir.resolve("out.db");
    assertThatThrownBy(() -> backUp(dir.resolve("none.db"), file(out)))
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("There is no database");
    assertThatThrownBy(() -> backUp(text, file(out)))
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("not a SQLite database");
    assertThat(out).doesNotExist();
    backUp(empty, file(out));
    assertThat(out).isEmptyFile();
  }

  private interface Meanwhile {
    void run() throws Exception;
  }

  /** Does something once, when the first pages have been copied. */
  private BackupResult backUp(Path db, Path to, Meanwhile meanwhile) {
    boolean[] done = {false};
    return new Backup(clock, new Random())
        .run(
            request(db, file(to))
                .progress(
                    (pages, of, pageSize) -> {
                      if (!done[0]) {
                        done[0] = true;
                        assertThatCode(meanwhile::run).doesNotThrowAnyException();
                      }
                    },
                    RestoreProgress.NONE)
                .build());
  }

  /** More than is read in one step. */
  private Path large() throws Exception {
    Path db = ledger("delete", 4096);
    Databases.run(db, "CREATE TABLE big(b)", "INSERT INTO big VALUES(zeroblob(5000000))");
    return db;
  }

  @Test
  void whatGetsAnotherPageSizeMeanwhileIsCopiedAnew() throws Exception {
    Path db = large();
    Path copy = dir.resolve("copy.db");
    BackupResult result =
        backUp(db, copy, () -> Databases.run(db, "PRAGMA page_size=1024", "VACUUM"));
    assertThat(result.pages().orElseThrow().pageSize()).isEqualTo(1024);
    assertOneState(copy);
    Databases.assertSame(db, copy);
  }

  @Test
  void whatIsReplacedMeanwhileIsCopiedAnew() throws Exception {
    Path db = large();
    Path other = dir.resolve("other.db");
    Databases.run(
        other, "PRAGMA page_size=512", "CREATE TABLE new(x)", "INSERT INTO new VALUES(1)");
    Path copy = dir.resolve("copy.db");
    backUp(db, copy, () -> Files.move(other, db, StandardCopyOption.REPLACE_EXISTING));
    assertThat(Databases.number(copy, "SELECT x FROM new")).isEqualTo(1);
    assertThat(copy).hasSameBinaryContentAs(db);
  }

  @Test
  void rowsThatBreakRulesOfTheirTablesAreNoReasonToHaveNoBackup() throws Exception {
    Path db = dir.resolve("app.db");
    Databases.run(
        db,
        "CREATE TABLE t(x CHECK(x > 0))",
        "PRAGMA ignore_check_constraints=1",
        "INSERT INTO t VALUES(-1)");
    backUp(db, file(dir.resolve("copy.db")));
    assertThat(dir.resolve("copy.db")).hasSameBinaryContentAs(db);
  }

  @Test
  void aDamagedDatabaseIsNotPutInPlaceAndRemovesNothing() throws Exception {
    Path db = ledger("delete", 1024);
    Path directory = dir.resolve("d");
    KeepRule one = new KeepRule(Optional.empty(), OptionalInt.of(1));
    backUp(db, new BackupDestination.ToDirectory(directory, one));
    try (RandomAccessFile f = new RandomAccessFile(db.toFile(), "rw")) {
      f.seek(10 * 1024);
      f.write(new byte[2048]);
    }
    clock.advance(Duration.ofSeconds(60));
    assertThatThrownBy(() -> backUp(db, new BackupDestination.ToDirectory(directory, one)))
        .isInstanceOf(VerificationFailedException.class)
        .hasMessageContaining("is damaged")
        .hasMessageContaining("older backups are kept");
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .containsExactly("app-20261122T010000Z.db");
    }
  }

  @Test
  void aDirectoryKeepsWhatEitherRuleKeeps() throws Exception {
    Path db = ledger("delete", 4096);
    Path directory = dir.resolve("d");
    Files.createDirectories(directory);
    Files.createFile(directory.resolve("app-b-20200101T000000Z.db"));
    Files.createFile(directory.resolve("app-20200101T000000Z.db-wal"));
    for (int day = 1; day <= 5; day++) {
      clock.advance(
          Duration.between(clock.instant(), Instant.parse("2026-11-0" + day + "T00:00:00Z")));
      backUp(db, new BackupDestination.ToDirectory(directory, KeepRule.ALL));
    }
    // Twice in one second: a name of its own.
    Path second =
        backUp(db, new BackupDestination.ToDirectory(directory, KeepRule.ALL))
            .output()
            .orElseThrow();
    assertThat(second.getFileName()).hasToString("app-20261105T000001Z.db");
    clock.advance(Duration.between(clock.instant(), Instant.parse("2026-11-06T00:00:00Z")));
    KeepRule rule = new KeepRule(Optional.of(Duration.ofHours(60)), OptionalInt.of(2));
    BackupResult result =
        new Backup(clock, new Random())
            .run(
                request(db, new BackupDestination.ToDirectory(directory, rule))
                    .compression(Compression.ZSTD, OptionalInt.of(1))
                    .build());
    assertThat(result.removed().stream().map(p -> p.getFileName().toString()))
        .containsExactly(
            "app-20261101T000000Z.db", "app-20261102T000000Z.db", "app-20261103T000000Z.db");
    KeepRule last = new KeepRule(Optional.of(Duration.ZERO), OptionalInt.of(3));
    clock.advance(Duration.between(clock.instant(), Instant.parse("2026-11-07T00:00:00Z")));
    backUp(db, new BackupDestination.ToDirectory(directory, last));
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "app-b-20200101T000000Z.db",
              "app-20200101T000000Z.db-wal",
              "app-20261105T000001Z.db",
              "app-20261106T000000Z.db.zst",
              "app-20261107T000000Z.db");
    }
  }

  @ParameterizedTest
  @CsvSource({"NONE", "ZSTD", "GZIP"})
  void aStreamHasTheBytesOfTheDatabase(Compression compression) throws Exception {
    Path db = ledger("wal", 4096);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new Backup(clock, new Random())
        .run(
            request(db, new BackupDestination.ToStream(out))
                .compression(compression, OptionalInt.empty())
                .build());
    InputStream bytes = new java.io.ByteArrayInputStream(out.toByteArray());
    InputStream in =
        switch (compression) {
          case NONE -> bytes;
          case ZSTD -> new ZstdInputStream(bytes);
          case GZIP -> new GZIPInputStream(bytes);
        };
    Path copy = dir.resolve("copy.db");
    Files.copy(in, copy);
    Databases.assertSame(db, copy);
  }

  @Test
  void aReplicaGetsOneMomentForEachBackup() throws Exception {
    Path db = ledger("wal", 4096);
    try (ObjectStore store = ObjectStores.open(ReplicaUrl.parse("file:" + dir.resolve("r")))) {
      BackupDestination to = new BackupDestination.ToReplica(store, false, "test");
      for (int i = 1; i <= 3; i++) {
        clock.advance(Duration.ofSeconds(60));
        Databases.run(db, "INSERT INTO chain VALUES(" + i + ", 'h')");
        backUp(db, to);
      }
      Instant second = Instant.parse("2026-11-22T01:02:30Z");
      try (MomentFile moment =
          MomentFile.restore(
              new MomentFile.Source(
                  store, List.of(dir.resolve("scratch")), 1, RestoreProgress.NONE, new Random()),
              RestoreTarget.at(second))) {
        assertThat(moment.transaction().txid()).isEqualTo(2);
        assertThat(Databases.number(moment.path(), "SELECT count(*) FROM chain")).isEqualTo(2);
      }
      GenerationClaim.claim(
          store,
          () -> GenerationClaim.HistoryEnd.of(Timeline.load(store)),
          UUID.randomUUID(),
          Optional.empty(),
          4096,
          "sidewal 1",
          Clock.systemUTC());
      assertThatThrownBy(() -> backUp(db, to))
          .isInstanceOf(WouldOverwriteException.class)
          .hasMessageContaining("sidewal snapshot DB");
      BackupResult taken = backUp(db, new BackupDestination.ToReplica(store, true, "test"));
      assertThat(taken.snapshot().orElseThrow().generation()).isEqualTo(5);
    }
  }

  @Test
  void theHeaderCanSayThatThereIsNoLog() throws Exception {
    Path db = ledger("wal", 4096);
    Path copy = dir.resolve("copy.db");
    new Backup(clock, new Random()).run(request(db, file(copy)).rollbackJournal(true).build());
    assertThat(Databases.query(copy, "PRAGMA journal_mode")).containsExactly("delete");
    assertThat(assertOneState(copy)).isZero();
    assertThat(Files.getPosixFilePermissions(copy)).isEqualTo(Files.getPosixFilePermissions(db));
  }
}
