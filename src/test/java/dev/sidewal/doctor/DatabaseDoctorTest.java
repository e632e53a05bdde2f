package dev.sidewal.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.sqlite.FileUser;
import dev.sidewal.sqlite.FileUser.Lock;
import dev.sidewal.sqlite.FileUser.LockKind;
import dev.sidewal.sqlite.FileUser.Part;
import dev.sidewal.sqlite.FileUsers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Databases that nobody has open. */
final class DatabaseDoctorTest {

  private static final int STRANGER = 54_321;

  @TempDir Path dir;
  private Path db;

  @BeforeEach
  void database() throws SQLException {
    db = dir.resolve("app.db");
    make(db);
  }

  private static void make(Path path) throws SQLException {
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + path);
        Statement s = c.createStatement()) {
      s.execute("PRAGMA journal_mode=WAL");
      s.execute("CREATE TABLE t(x)");
      s.execute("INSERT INTO t VALUES(1)");
    }
  }

  private List<Finding> examine(Path path) {
    return examine(path, Optional.empty());
  }

  private List<Finding> examine(Path path, Optional<DatabaseDoctor.User> user) {
    return new DatabaseDoctor(path, Duration.ZERO, dir.resolve("state"), user).examine();
  }

  private List<Finding> as(int uid, int gid) {
    return examine(db, Optional.of(new DatabaseDoctor.User(uid, gid)));
  }

  private static void root() throws IOException {
    Assumptions.assumeTrue(
        Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0),
        "skipped: giving files to others takes root");
  }

  @Test
  void aHealthyDatabaseHasNothingBad() {
    List<Finding> findings = examine(db);
    assertThat(Ids.bad(findings)).isEmpty();
    assertThat(Ids.of(findings))
        .contains(
            "database-facts",
            "sqlite-version-good",
            "locks-free",
            "log-fine",
            "file-system-local",
            "room-enough",
            "permissions-fine")
        .doesNotContain(
            "opened-by-symlink",
            "unfinished-files",
            "log-left-behind",
            "database-empty",
            "container-layer");
    assertThat(Ids.text(findings, FileKind.DATABASE_FACTS))
        .contains("pages of 4096 bytes, WAL mode, UTF-8, auto_vacuum none");
  }

  @Test
  void aMissingDatabaseIsToldAndItsLoneLog() throws IOException {
    Path missing = dir.resolve("none.db");
    assertThat(Ids.bad(examine(missing))).containsExactly("database-missing");
    Files.write(dir.resolve("none.db-wal"), new byte[100]);
    assertThat(Ids.bad(examine(missing)))
        .containsExactly("database-missing", "log-without-database");
    assertThat(missing).doesNotExist();
  }

  @Test
  void whatIsNoDatabaseIsTold() throws IOException {
    Path file = Files.write(dir.resolve("x.db"), new byte[5000]);
    assertThat(Ids.bad(examine(file))).containsExactly("not-a-database");
    Path empty = Files.createFile(dir.resolve("empty.db"));
    assertThat(Ids.of(examine(empty))).contains("database-empty");
    assertThat(Ids.bad(examine(empty))).isEmpty();
    Path directory = Files.createDirectory(dir.resolve("d.db"));
    assertThat(Ids.bad(examine(directory))).containsExactly("database-missing");
  }

  @Test
  void namesAreTold() throws IOException {
    Path link = Files.createSymbolicLink(dir.resolve("link.db"), db);
    assertThat(Ids.of(examine(link))).contains("opened-by-symlink", "database-facts");
    Files.createLink(dir.resolve("second.db"), db);
    assertThat(Ids.bad(examine(db))).containsExactly("several-names");
  }

  @Test
  void leftoversAndOtherToolsAreTold() throws IOException, SQLException {
    Files.write(dir.resolve(".app.db.sidewal-restore-1a2b"), new byte[2048]);
    Files.write(dir.resolve(".other.db.sidewal-restore-1a2b"), new byte[2048]);
    assertThat(Ids.text(examine(db), FileKind.UNFINISHED_FILES)).contains("1 of them, 2.0 KiB");
    Files.createDirectory(dir.resolve(".app.db-litestream"));
    assertThat(Ids.text(examine(db), FileKind.ANOTHER_BACKUP_TOOL)).contains("state directory");
    Path second = dir.resolve("second.db");
    make(second);
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + second);
        Statement s = c.createStatement()) {
      s.execute("CREATE TABLE _litestream_seq(id INTEGER PRIMARY KEY, seq INTEGER)");
      assertThat(Ids.text(examine(second), FileKind.ANOTHER_BACKUP_TOOL))
          .contains("_litestream_seq");
    }
  }

  /** The header's number of the library that wrote last is overwritten. */
  @ParameterizedTest
  @CsvSource({
    "3006023, false", "3007000, true", "3040001, true", "3044005, true", "3044006, false",
    "3045000, true", "3050006, true", "3050007, false", "3051002, true", "3051003, false",
    "3052000, false", "3053004, false"
  })
  void theLastWriterWithTheResetBugIsTold(int version, boolean affected) throws IOException {
    Path other = Files.copy(db, dir.resolve("v.db"));
    try (var channel = java.nio.channels.FileChannel.open(other, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(4).putInt(0, version), 96);
    }
    assertThat(Ids.bad(examine(other)))
        .isEqualTo(affected ? List.of("sqlite-wal-reset-bug-last-writer") : List.of());
  }

  @Test
  void theDateOfABuildDecidesWhereThereIsNoNumber() {
    assertThat(SqliteVersion.isAffected(LocalDate.of(2022, 12, 28))).isTrue();
    assertThat(SqliteVersion.isAffected(LocalDate.of(2026, 1, 9))).isTrue();
    assertThat(SqliteVersion.isAffected(LocalDate.of(2026, 3, 13))).isFalse();
    assertThat(SqliteVersion.isAffected(LocalDate.of(2009, 1, 1))).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "ext4,",
    "xfs,",
    "zfs,",
    "btrfs,",
    "nfs4, NETWORK_FILE_SYSTEM",
    "nfs, NETWORK_FILE_SYSTEM",
    "cifs, NETWORK_FILE_SYSTEM",
    "9p, NETWORK_FILE_SYSTEM",
    "virtiofs, NETWORK_FILE_SYSTEM",
    "fuse.sshfs, NETWORK_FILE_SYSTEM",
    "fuse.bindfs, FUSE_FILE_SYSTEM",
    "fuseblk, FUSE_FILE_SYSTEM",
    "overlay, CONTAINER_LAYER",
    "tmpfs, MEMORY_FILE_SYSTEM"
  })
  void typesOfFileSystemsAreKnown(String type, MachineKind kind) {
    assertThat(FileSystemExamination.of(type)).isEqualTo(Optional.ofNullable(kind));
  }

  @Test
  void aFileSystemInMemoryThatIsFullIsTold() throws Exception {
    Path disk = Files.createDirectory(dir.resolve("disk"));
    mount(disk, "size=40m,nr_inodes=1000");
    try {
      Path onDisk = Files.copy(db, disk.resolve("app.db"));
      assertThat(Ids.bad(examine(onDisk))).containsExactly("memory-file-system");
      Files.write(disk.resolve("log"), new byte[16 << 20]);
      try (var file = java.nio.channels.FileChannel.open(onDisk, StandardOpenOption.WRITE)) {
        file.write(ByteBuffer.allocate(1), (26 << 20) - 1); // Holes take no room.
      }
      assertThat(Ids.bad(examine(onDisk))).containsExactly("memory-file-system", "little-room");
      Files.write(disk.resolve("more"), new byte[10 << 20]);
      assertThat(Ids.bad(examine(onDisk))).containsExactly("memory-file-system", "no-room");
      Files.delete(disk.resolve("more"));
      Files.delete(disk.resolve("log"));
      for (int i = 0; i < 992; i++) {
        Files.createFile(disk.resolve("f" + i));
      }
      assertThat(Ids.bad(examine(onDisk))).contains("few-inodes");
      run("mount", "-o", "remount,ro", disk.toString());
      assertThat(Ids.bad(examine(onDisk))).contains("read-only-file-system");
    } finally {
      run("umount", "--lazy", disk.toString());
    }
  }

  private static void mount(Path disk, String options) throws Exception {
    Assumptions.assumeTrue(
        run("mount", "-t", "tmpfs", "-o", options, "tmpfs", disk.toString()),
        "skipped: a small file system cannot be mounted here; it needs root on Linux");
  }

  private static boolean run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
  }

  @Test
  void aStrangerMayNotWrite() throws IOException {
    Files.setPosixFilePermissions(db, PosixFilePermissions.fromString("rw-r--r--"));
    Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertThat(Ids.bad(as(STRANGER, STRANGER)))
        .containsExactly("permission-database", "permission-directory");
    Files.setPosixFilePermissions(db, PosixFilePermissions.fromString("rw-rw-rw-"));
    Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThat(Ids.bad(as(STRANGER, STRANGER))).isEmpty();
  }

  @Test
  void aSidecarThatTheOwnerMayNotUseIsTold() throws IOException {
    root();
    Files.setAttribute(db, "unix:uid", STRANGER);
    Files.setAttribute(db, "unix:gid", STRANGER);
    Path shm = Files.write(dir.resolve("app.db-wal"), new byte[0]);
    Files.setPosixFilePermissions(shm, PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(Ids.text(examine(db), MachineKind.PERMISSION_SIDECAR))
        .contains("app.db-wal belongs to uid 0")
        .contains("uid " + STRANGER + ", the owner of the database");
    Files.setAttribute(shm, "unix:uid", STRANGER);
    assertThat(Ids.of(examine(db))).doesNotContain("permission-sidecar");
  }

  @Test
  void aSidecarThatAnotherUserWouldMakeIsTold() throws IOException {
    root();
    Files.setAttribute(db, "unix:uid", STRANGER);
    Files.setAttribute(db, "unix:gid", STRANGER);
    Files.setPosixFilePermissions(db, PosixFilePermissions.fromString("rw-rw----"));
    Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwxrwxrwx"));
    // In the group of the database, but what it makes is of the group that comes first to it.
    List<Finding> same = as(STRANGER + 1, STRANGER);
    assertThat(Ids.of(same)).doesNotContain("sidecar-would-be-foreign", "permission-database");
    Files.setPosixFilePermissions(db, PosixFilePermissions.fromString("rw-rw-rw-"));
    assertThat(Ids.of(as(STRANGER + 1, STRANGER + 1))).doesNotContain("sidecar-would-be-foreign");
    Files.setPosixFilePermissions(db, PosixFilePermissions.fromString("rw----rw-"));
    assertThat(Ids.of(as(STRANGER + 1, STRANGER))).contains("sidecar-would-be-foreign");
  }

  @Test
  void aStateDirectoryOfAnotherUserIsTold() throws IOException {
    Files.setPosixFilePermissions(db, PosixFilePermissions.fromString("rw-rw-rw-"));
    Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwxrwxrwx"));
    Path state = Files.createDirectory(dir.resolve("state"));
    Files.setPosixFilePermissions(state, PosixFilePermissions.fromString("rwx------"));
    assertThat(Ids.bad(as(STRANGER, STRANGER))).containsExactly("permission-state-directory");
  }

  @Test
  void whatTheAgentSaysIsJudged() {
    assertThat(Ids.of(new AgentExamination(Optional.empty(), "nobody").examine()))
        .containsExactly("agent-not-there");
    assertThat(agent(true, "following", true, "", 0)).containsExactly("agent-fine");
    assertThat(agent(false, "", true, "", 0)).containsExactly("agent-other-databases");
    assertThat(agent(true, "superseded", false, "", 0)).containsExactly("agent-superseded");
    assertThat(agent(true, "stopped", false, "", 0)).containsExactly("agent-not-alive");
    assertThat(agent(true, "following", true, "shipping fails", 61))
        .containsExactly("agent-trouble", "agent-lagging");
  }

  private static List<String> agent(
      boolean known, String state, boolean alive, String trouble, long lag) {
    AgentState said =
        new AgentState("http://x", known, state, alive, trouble, Duration.ofSeconds(lag));
    return Ids.of(new AgentExamination(Optional.of(said), "").examine());
  }

  /** It holds a read transaction all the time, and its SQLite cannot be found among its files. */
  @Test
  void theAgentIsNoReaderThatStays() {
    Lock mark = new Lock(LockKind.WAL_READ_1, false);
    for (boolean sidewal : new boolean[] {true, false}) {
      String command = sidewal ? "/usr/bin/java -jar /opt/sidewal.jar replicate" : "app";
      FileUser user =
          new FileUser(77, command, false, Set.of(Part.DATABASE, Part.SHM), List.of(mark));
      FileUsers use = new FileUsers(List.of(user), List.of());
      Subject subject = Subject.of(db);
      HeaderFacts facts = HeaderFacts.of(subject);
      LiveDatabase.Opened opened = new LiveDatabase.Opened(Optional.empty(), false, "");
      Look look = new Look(List.of(new HeldLock(77, mark)), Optional.empty(), "");
      Watch watch = new Watch(List.of(look, look), Duration.ofSeconds(1));
      List<Finding> findings =
          new ArrayList<>(new LockExamination(subject, facts, use, opened, watch).examine());
      findings.addAll(new SqliteExamination(subject, facts, use, dir).examine());
      assertThat(findings)
          .extracting(Finding::kind)
          .containsExactly(
              sidewal
                  ? new Kind[] {
                    UseKind.READER_IS_SIDEWAL, UseKind.LOCKS_FREE, FileKind.SQLITE_VERSION_GOOD
                  }
                  : new Kind[] {UseKind.READER_STAYS, FileKind.SQLITE_VERSION_UNKNOWN});
    }
  }
}
