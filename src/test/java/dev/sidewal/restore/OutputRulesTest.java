package dev.sidewal.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.sidewal.error.DatabaseException;
import dev.sidewal.error.UsageException;
import dev.sidewal.error.VerificationFailedException;
import dev.sidewal.error.WouldOverwriteException;
import dev.sidewal.testing.Programs;
import dev.sidewal.testing.PythonConnection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a restore does to the file system. */
class OutputRulesTest {

  @TempDir Path dir;

  private final MemoryObjectStore store = new MemoryObjectStore();
  private final Model model = new Model(512, 10).append(new Random(3), 3);

  OutputRulesTest() {
    write(model);
  }

  private void write(Model content) {
    ReplicaBuilder builder = new ReplicaBuilder(store, 4096);
    builder.claim(1, content.pageSize(), Optional.empty(), false);
    builder.snapshot(1, content, content.last());
  }

  @Test
  void existingFileIsKept() throws IOException {
    Path file = Files.writeString(dir.resolve("db"), "precious");
    assertThatThrownBy(() -> restore(file, false))
        .isInstanceOf(WouldOverwriteException.class)
        .hasMessageContaining(file.toString());
    assertThat(file).hasContent("precious");
    assertFiles("db");
  }

  @Test
  void fileThatAppearsWhileRestoringIsKept() throws IOException {
    Path file = dir.resolve("db");
    store.onGet =
        key -> {
          if (key.contains("snapshots")) {
            write(file, "precious");
          }
        };
    assertThatThrownBy(() -> restore(file, false)).isInstanceOf(WouldOverwriteException.class);
    assertThat(file).hasContent("precious");
    assertFiles("db");
  }

  @Test
  void logWithoutItsDatabase() throws IOException {
    for (String log : List.of("-wal", "-journal")) {
      Path file = dir.resolve("db" + log.length());
      Path left = Files.writeString(dir.resolve(file.getFileName() + log), "log");
      assertThatThrownBy(() -> restore(file, false))
          .isInstanceOf(WouldOverwriteException.class)
          .hasMessageContaining(left.toString());
      restore(file, true);
      assertThat(Files.readAllBytes(file)).isEqualTo(model.file(3));
      assertThat(left).doesNotExist();
      assertThat(aside(left)).hasContent("log");
    }
  }

  @Test
  void databaseInUseIsNotReplaced() throws Exception {
    Path file = dir.resolve("db");
    try (DatabaseProcess process = DatabaseProcess.open(file)) {
      assertThatThrownBy(() -> restore(file, true))
          .isInstanceOf(DatabaseException.class)
          .hasMessageContaining("in use");
      assertThat(rows(file)).isEqualTo(1);
      assertThat(dir.resolve("db-wal")).exists();
      assertThat(process.isAlive()).isTrue();
    }
    assertThat(rows(file)).isEqualTo(1);
    assertFiles("db");
  }

  /** An idle connection with a rollback journal holds no lock: only the system knows of it. */
  @Test
  void whoHasTheDatabaseOpenIsNamed() throws Exception {
    Programs.assumePython();
    for (String mode : List.of("DELETE", "WAL")) {
      Path file = dir.resolve(mode + ".db");
      byte[] before;
      try (PythonConnection c = PythonConnection.open(file)) {
        c.run("PRAGMA journal_mode=" + mode, "CREATE TABLE t(x)", "INSERT INTO t VALUES('old')");
        before = Files.readAllBytes(file);
        refused(file, c, "is in no transaction", "open and holds no lock");
        c.run("BEGIN", "SELECT * FROM t");
        refused(file, c, "read transaction", "shared lock");
        c.run("COMMIT", "BEGIN IMMEDIATE", "INSERT INTO t VALUES('new')");
        refused(file, c, "write transaction", "write transaction");
        c.run("COMMIT");
        assertThat(c.tell("SELECT * FROM t")).isEqualTo("ok [('old',), ('new',)]");
      }
      assertThat(rows(file)).isEqualTo(2);
      assertThat(before).isNotEmpty();
      restore(file, true);
      assertThat(Files.readAllBytes(file)).isEqualTo(model.file(3));
    }
  }

  /** Nothing is fetched for a restore that is refused in the end. */
  private void refused(Path file, PythonConnection c, String wal, String rollback) {
    store.onGet =
        key -> {
          throw new AssertionError("fetched " + key);
        };
    assertThatThrownBy(() -> restore(file, true))
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("is in use and was not replaced")
        .hasMessageContaining("process " + c.pid() + " (")
        .hasMessageContaining(file.toString().contains("WAL") ? wal : rollback);
    store.onGet = key -> {};
  }

  /** The application may come up while the restore is under way. */
  @Test
  void whoOpensTheDatabaseMeanwhileIsSeen() throws Exception {
    Programs.assumePython();
    Path file = dir.resolve("db");
    try (PythonConnection first = PythonConnection.open(file)) {
      first.run("CREATE TABLE t(x)", "INSERT INTO t VALUES('old')");
    }
    List<PythonConnection> late = new ArrayList<>();
    store.onGet =
        key -> {
          try {
            if (late.isEmpty()) {
              late.add(PythonConnection.open(file).run("SELECT * FROM t"));
            }
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        };
    assertThatThrownBy(() -> restore(file, true))
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("process " + late.get(0).pid());
    late.get(0).close();
    assertThat(rows(file)).isEqualTo(1);
    assertFiles("db");
  }

  @Test
  void ownerAndGroupOfTheReplacedFileAreKept() throws IOException {
    assumeThat(System.getProperty("user.name")).isEqualTo("root");
    Path file = Files.writeString(dir.resolve("db"), "");
    Files.setAttribute(file, "unix:uid", 1234);
    Files.setAttribute(file, "unix:gid", 4321);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw----"));
    assertThat(restore(file, true).warnings()).isEmpty();
    assertThat(Files.getAttribute(file, "unix:uid")).isEqualTo(1234);
    assertThat(Files.getAttribute(file, "unix:gid")).isEqualTo(4321);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-rw----");
    // What is asked for beats that, and only that.
    restorer().restore(RestoreRequest.builder(store, file).force(true).owner("77").build());
    assertThat(Files.getAttribute(file, "unix:uid")).isEqualTo(77);
    assertThat(Files.getAttribute(file, "unix:gid")).isEqualTo(4321);
    restorer().restore(RestoreRequest.builder(store, file).force(true).owner(":88").build());
    assertThat(Files.getAttribute(file, "unix:uid")).isEqualTo(77);
    assertThat(Files.getAttribute(file, "unix:gid")).isEqualTo(88);
  }

  @Test
  void logOfKilledApplicationIsNotReplayedOntoTheNewFile() throws Exception {
    Path file = dir.resolve("db");
    try (DatabaseProcess process = DatabaseProcess.open(file)) {
      process.kill();
    }
    assertThat(dir.resolve("db-wal")).isNotEmptyFile();
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw----"));
    restore(file, true);
    assertThat(Files.readAllBytes(file)).isEqualTo(model.file(3));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-rw----");
    assertFiles("db");
  }

  @Test
  void crashBeforeTheRenameLeavesTheOldDatabaseWhole() throws Exception {
    Path file = dir.resolve("db");
    try (DatabaseProcess process = DatabaseProcess.open(file)) {
      process.kill();
    }
    try (ReplacedDatabase replaced = ReplacedDatabase.examine(file, true, new Random(1))) {
      replaced.prepare();
      assertFiles("db");
      // Nobody else can begin to use it until it is replaced.
      try (DatabaseProcess late = DatabaseProcess.open(file)) {
        assertThat(late).isNull();
      } catch (IOException refused) {
        assertThat(refused).hasMessageContaining("did not come up");
      }
    }
    assertThat(rows(file)).isEqualTo(1);
  }

  @Test
  void damagedOldDatabaseIsReplacedAndItsLogKept() throws IOException {
    Path file = Files.writeString(dir.resolve("db"), "not a database at all, ".repeat(100));
    Files.writeString(dir.resolve("db-wal"), "log");
    restore(file, true);
    assertThat(Files.readAllBytes(file)).isEqualTo(model.file(3));
    assertThat(aside(dir.resolve("db-wal"))).hasContent("log");
  }

  @Test
  void permissions() throws IOException {
    Path probe = Files.createFile(dir.resolve("probe"));
    Files.delete(probe);
    Path file = dir.resolve("db");
    restore(file, false);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .startsWith("rw-")
        .doesNotContain("x");
    Path other = dir.resolve("other");
    restorer()
        .restore(
            RestoreRequest.builder(store, other)
                .mode(PosixFilePermissions.fromString("rw-r-----"))
                .build());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(other)))
        .isEqualTo("rw-r-----");
    assertThatThrownBy(
            () ->
                restorer()
                    .restore(
                        RestoreRequest.builder(store, dir.resolve("third"))
                            .owner("nobody-of-that-name")
                            .build()))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("nobody-of-that-name");
    assertFiles("db", "other");
  }

  @Test
  void owner() throws IOException {
    assumeThat(System.getProperty("user.name")).isEqualTo("root");
    Path file = dir.resolve("db");
    restorer().restore(RestoreRequest.builder(store, file).owner("1234:4321").build());
    assertThat(Files.getAttribute(file, "unix:uid")).isEqualTo(1234);
    assertThat(Files.getAttribute(file, "unix:gid")).isEqualTo(4321);
  }

  @Test
  void leftoversOfKilledRestoresAreRemovedAndLivingOnesNot() throws IOException {
    Path file = dir.resolve("db");
    Files.writeString(dir.resolve(".db.sidewal-restore-1"), "left");
    Files.writeString(dir.resolve(".db2.sidewal-restore-1"), "of another file");
    try (OutputFile living = OutputFile.create(file, new Random(1))) {
      restore(file, false);
      assertThat(living.temporary()).exists();
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(living.temporary())))
          .isEqualTo("rw-------");
    }
    assertFiles(".db2.sidewal-restore-1", "db");
  }

  @Test
  void twoRestoresOfOneFileInOneProcessKeepTheirLocks() throws Exception {
    Programs.assumePython();
    Path file = dir.resolve("db");
    try (OutputFile first = OutputFile.create(file, new Random(1));
        OutputFile second = OutputFile.create(file, new Random(2))) {
      assertThat(canBeLocked(first.temporary())).isFalse();
      assertThat(canBeLocked(second.temporary())).isFalse();
    }
    assertFiles();
  }

  /** Asks from another process, as a restore does that looks for leftovers. */
  private static boolean canBeLocked(Path file) throws Exception {
    Process python =
        new ProcessBuilder(
                "python3",
                "-c",
                """
                import fcntl, sys
                try:
                    fcntl.lockf(open(sys.argv[1], "r+"), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 2**63 - 2)
                except OSError:
                    sys.exit(3)
                """,
                file.toString())
            .inheritIO()
            .start();
    int code = python.waitFor();
    assertThat(code).isIn(0, 3);
    return code == 0;
  }

  @Test
  void linkIsFollowed() throws IOException {
    Path real = Files.writeString(Files.createDirectory(dir.resolve("data")).resolve("db"), "");
    Path link = Files.createSymbolicLink(dir.resolve("link"), real);
    restore(link, true);
    assertThat(link).isSymbolicLink();
    assertThat(Files.readAllBytes(real)).isEqualTo(model.file(3));
  }

  @Test
  void notANameForAFile() {
    assertThatThrownBy(() -> restore(dir, true)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> restore(dir.resolve("missing/db"), false))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining(dir.resolve("missing").toString());
  }

  @Test
  void notEnoughSpace() throws IOException {
    try (OutputFile file = OutputFile.create(dir.resolve("db"), new Random(1))) {
      assertThatThrownBy(() -> file.setLength(1L << 60))
          .isInstanceOf(DatabaseException.class)
          .hasMessageContaining("" + (1L << 60))
          .hasMessageContaining(dir.toString());
    }
    assertFiles();
  }

  @Test
  void wrongContentIsNeverPutInPlace() throws IOException {
    Path file = Files.writeString(dir.resolve("db"), "");
    write(new Model(512, 10).append(new Random(3), 4).lying());
    assertThatThrownBy(() -> restore(file, true))
        .isInstanceOf(VerificationFailedException.class)
        .hasMessageContaining("transaction 4");
    assertThat(file).isEmptyFile();
    assertFiles("db");
  }

  @Test
  void sqliteChecksTheFile() throws Exception {
    Path source = dir.resolve("source?%20#.db");
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + dir.resolve("s"));
        Statement s = c.createStatement()) {
      s.execute("PRAGMA journal_mode=WAL");
      s.execute("CREATE TABLE t(x UNIQUE)");
      s.execute(
          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<3000)"
              + " INSERT INTO t SELECT hex(randomblob(20)) FROM n");
    }
    Files.move(dir.resolve("s"), source);
    byte[] good = Files.readAllBytes(source);
    Files.delete(source);
    Model database = new Model(4096, 1).append(good);
    for (RestoreCheck check : List.of(RestoreCheck.QUICK, RestoreCheck.FULL)) {
      MemoryObjectStore real = new MemoryObjectStore();
      ReplicaBuilder builder = new ReplicaBuilder(real, 1 << 20);
      builder.claim(1, 4096, Optional.empty(), false);
      builder.snapshot(1, database, 1);
      restorer().restore(RestoreRequest.builder(real, source).check(check).build());
      assertThat(Files.readAllBytes(source)).isEqualTo(good);
      assertFiles(source.getFileName().toString());
      Files.delete(source);

      byte[] bad = good.clone();
      java.util.Arrays.fill(bad, 4096 * 5, 4096 * 6, (byte) 7);
      database.append(bad);
      builder.snapshot(1, database, database.last());
      assertThatThrownBy(
              () -> restorer().restore(RestoreRequest.builder(real, source).check(check).build()))
          .isInstanceOf(VerificationFailedException.class)
          .hasMessageContaining(check == RestoreCheck.FULL ? "integrity_check" : "quick_check");
      assertFiles();
      database = new Model(4096, 1).append(good);
    }
  }

  private Restorer restorer() {
    return new Restorer(Clock.systemUTC(), new Random(2));
  }

  private RestoreResult restore(Path file, boolean force) {
    return restorer().restore(RestoreRequest.builder(store, file).force(force).build());
  }

  private static void write(Path file, String content) {
    try {
      Files.writeString(file, content, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static int rows(Path file) throws SQLException {
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement s = c.createStatement();
        ResultSet r = s.executeQuery("SELECT count(*) FROM t")) {
      return r.getInt(1);
    }
  }

  private static Path aside(Path log) throws IOException {
    try (var files = Files.newDirectoryStream(log.getParent(), log.getFileName() + ".replaced-*")) {
      return files.iterator().next();
    }
  }

  private void assertFiles(String... names) throws IOException {
    try (var files = Files.list(dir)) {
      assertThat(files.map(p -> p.getFileName().toString())).containsExactlyInAnyOrder(names);
    }
  }
}
