package dev.sidewal.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.sqlite.FileUser.LockKind;
import dev.sidewal.sqlite.FileUser.Part;
import dev.sidewal.testing.Programs;
import dev.sidewal.testing.PythonConnection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Who is seen with a database, against processes of which it is known what they do. */
@EnabledOnOs(OS.LINUX)
final class FileUsersTest {

  @TempDir Path dir;
  private Path file;

  @BeforeEach
  void python() {
    Programs.assumePython();
    file = dir.resolve("app.db");
  }

  private FileUser only() {
    List<FileUser> users = FileUsers.of(file).others();
    assertThat(users).hasSize(1);
    return users.get(0);
  }

  @Test
  void nobody() throws IOException {
    assertThat(FileUsers.of(file).users()).isEmpty();
    Files.writeString(file, "x");
    assertThat(FileUsers.of(file).users()).isEmpty();
  }

  @Test
  void inRollbackJournalMode() throws IOException {
    try (PythonConnection c = PythonConnection.open(file)) {
      c.run("CREATE TABLE t(x)", "INSERT INTO t VALUES(1)");
      FileUser user = only();
      assertThat(user.pid()).isEqualTo(c.pid());
      assertThat(user.self()).isFalse();
      assertThat(user.command()).contains("python3");
      assertThat(user.open()).containsExactly(Part.DATABASE);
      assertThat(user.locks()).isEmpty();
      assertThat(user.text()).contains("" + c.pid(), "python3", "open and holds no lock");

      c.run("BEGIN", "SELECT * FROM t");
      assertThat(only().locks()).containsExactly(new FileUser.Lock(LockKind.SHARED, false));
      c.run("UPDATE t SET x=2");
      assertThat(only().locks())
          .containsExactlyInAnyOrder(
              new FileUser.Lock(LockKind.RESERVED, true),
              new FileUser.Lock(LockKind.SHARED, false));
      assertThat(only().open()).containsExactlyInAnyOrder(Part.DATABASE, Part.JOURNAL);
      assertThat(only().writes()).isTrue();
      c.run("COMMIT", "BEGIN EXCLUSIVE");
      assertThat(only().locks())
          .containsExactlyInAnyOrder(
              new FileUser.Lock(LockKind.PENDING, true),
              new FileUser.Lock(LockKind.RESERVED, true),
              new FileUser.Lock(LockKind.SHARED, true));
      assertThat(only().text()).contains("write transaction");
    }
    assertThat(FileUsers.of(file).users()).isEmpty();
  }

  @Test
  void inWalMode() throws IOException {
    try (PythonConnection c = PythonConnection.open(file)) {
      c.run("PRAGMA journal_mode=WAL", "CREATE TABLE t(x)", "INSERT INTO t VALUES(1)");
      FileUser user = only();
      assertThat(user.open()).containsExactlyInAnyOrder(Part.DATABASE, Part.WAL, Part.SHM);
      assertThat(user.readsWal()).isFalse();
      assertThat(user.writes()).isFalse();
      assertThat(user.holds(LockKind.WAL_CONNECTED)).isTrue();
      assertThat(user.holds(LockKind.SHARED)).isTrue();
      assertThat(user.text()).contains("is in no transaction");

      c.run("BEGIN", "SELECT * FROM t");
      user = only();
      assertThat(user.readsWal()).isTrue();
      assertThat(user.holds(LockKind.WAL_READ_1)).isTrue();
      assertThat(user.writes()).isFalse();
      assertThat(user.text()).contains("read transaction");

      c.run("COMMIT", "BEGIN IMMEDIATE");
      user = only();
      assertThat(user.holds(LockKind.WAL_WRITE)).isTrue();
      assertThat(user.writes()).isTrue();
      c.run("COMMIT", "PRAGMA wal_checkpoint", "BEGIN", "SELECT * FROM t");
      assertThat(only().holds(LockKind.WAL_READ_0)).isTrue();
    }
  }

  @Test
  void byAnotherNameAndTwoOfThem() throws IOException {
    Files.createSymbolicLink(dir.resolve("link.db"), file);
    try (PythonConnection a = PythonConnection.open(file);
        PythonConnection b = PythonConnection.open(dir.resolve("link.db"))) {
      a.run("PRAGMA journal_mode=WAL", "CREATE TABLE t(x)");
      b.run("SELECT * FROM t");
      for (Path name : List.of(file, dir.resolve("link.db"))) {
        assertThat(FileUsers.of(name).others())
            .extracting(FileUser::pid)
            .containsExactlyInAnyOrder(a.pid(), b.pid());
      }
    }
  }

  /** The options with which the launcher starts the JVM are longer than what is shown. */
  @Test
  void aJavaProgramIsNamedByWhatItIs() throws Exception {
    Files.createFile(file);
    Path proc = dir.resolve("proc");
    Files.createDirectories(proc.resolve("self/fd"));
    Files.createDirectories(proc.resolve("77/fd"));
    Files.createSymbolicLink(proc.resolve("77/fd/3"), file);
    Files.createFile(proc.resolve("locks"));
    List<String> words =
        List.of(
            "/usr/lib/jvm/java-17/bin/java",
            "-Xlog:all=warning:stderr",
            "-XX:OnOutOfMemoryError=" + "x".repeat(100),
            "-cp",
            "/opt/other.jar",
            "-jar",
            "/opt/sidewal/sidewal.jar",
            "replicate",
            "/srv/app.db");
    Files.writeString(proc.resolve("77/cmdline"), String.join("\0", words) + "\0");
    assertThat(FileUsers.of(file, proc).users())
        .singleElement()
        .extracting(FileUser::command)
        .isEqualTo(
            "/usr/lib/jvm/java-17/bin/java -jar /opt/sidewal/sidewal.jar replicate /srv/app.db");
  }

  @Test
  void thisProcessIsToldApart() throws Exception {
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + file)) {
      try (var s = c.createStatement()) {
        s.execute("CREATE TABLE t(x)");
      }
      FileUsers users = FileUsers.of(file);
      assertThat(users.others()).isEmpty();
      assertThat(users.users()).hasSize(1);
      assertThat(users.users().get(0).self()).isTrue();
    }
  }

  @Test
  void whatCannotBeSeenIsSaid() throws IOException {
    Files.writeString(file, "x");
    FileUsers elsewhere = FileUsers.of(file, dir.resolve("no-proc"));
    assertThat(elsewhere.users()).isEmpty();
    assertThat(elsewhere.unseen()).hasSize(1);
  }
}
