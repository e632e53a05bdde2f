package dev.sidewal.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sidewal.error.NoRoomException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Temporary directories: private, found again after {@code kill -9}, never taken from the living.
 */
@Timeout(120)
class ScratchDirectoryTest {

  private static final Random RANDOM = new Random();

  @TempDir Path dir;

  @Test
  void isPrivateAndGoesWhenItIsClosed() throws IOException {
    Path inside = dir.resolve("made/here");
    try (ScratchDirectory scratch = ScratchDirectory.create(List.of(inside), 1000, RANDOM)) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(scratch.path())))
          .isEqualTo("rwx------");
      Files.writeString(scratch.resolve("copy.db"), "x");
      Files.createDirectory(scratch.resolve("more"));
      Files.writeString(scratch.resolve("more/copy.db-wal"), "x");
    }
    assertThat(names(inside)).isEmpty();
  }

  @Test
  void takesTheFirstDirectoryThatHasTheRoom() throws IOException {
    Path file = Files.createFile(dir.resolve("file"));
    Path second = dir.resolve("second");
    try (ScratchDirectory scratch =
        ScratchDirectory.create(List.of(file.resolve("no"), second), 10, RANDOM)) {
      assertThat(scratch.path()).hasParent(second.toRealPath());
    }
    assertThatThrownBy(
            () -> ScratchDirectory.create(List.of(file.resolve("no"), second), 1L << 60, RANDOM))
        .isInstanceOf(NoRoomException.class)
        .hasMessageContaining("none in " + file.resolve("no"))
        .hasMessageContaining("in " + second)
        .hasMessageContaining("--scratch");
    assertThat(names(second)).isEmpty();
  }

  @Test
  void whatOneOfTheLivingHoldsIsLeftAloneAndWhatTheDeadLeftIsRemoved() throws Exception {
    Process other = otherProcess();
    String held = new String(readLine(other), StandardCharsets.UTF_8);
    assertThat(Path.of(held).resolve("copy.db")).exists();
    try (ScratchDirectory scratch = ScratchDirectory.create(List.of(dir), 0, RANDOM)) {
      assertThat(Path.of(held).resolve("copy.db")).exists();
      // SQLite drops the locks on a database when it closes it; this one's lock is another file's.
      try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + scratch.resolve("copy.db"));
          Statement s = c.createStatement()) {
        s.execute("CREATE TABLE t(x)");
      }
      ScratchDirectory.create(List.of(dir), 0, RANDOM).close();
      Process third = otherProcess();
      String thirds = new String(readLine(third), StandardCharsets.UTF_8);
      assertThat(scratch.resolve("copy.db")).exists();
      assertThat(Path.of(held)).exists();

      other.destroyForcibly().waitFor();
      third.destroyForcibly().waitFor();
      assertThat(Path.of(held).resolve("copy.db")).exists();
      ScratchDirectory.create(List.of(dir), 0, RANDOM).close();
      assertThat(Path.of(held)).doesNotExist();
      assertThat(Path.of(thirds)).doesNotExist();
      assertThat(scratch.resolve("copy.db")).exists();
    }
    assertThat(names(dir)).isEmpty();
  }

  @Test
  void isRemovedWhenTheProcessIsToldToEnd() throws Exception {
    Process other = otherProcess();
    readLine(other);
    assertThat(names(dir)).hasSize(1);
    other.destroy();
    assertThat(other.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(names(dir)).isEmpty();
  }

  private static byte[] readLine(Process process) throws IOException {
    var line = new java.io.ByteArrayOutputStream();
    for (int b = process.getInputStream().read(); b >= 0 && b != '\n'; ) {
      line.write(b);
      b = process.getInputStream().read();
    }
    return line.toByteArray();
  }

  private Process otherProcess() throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx64m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            ScratchDirectoryTest.class.getName(),
            dir.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  /** Makes one, says where, and stays until it is ended: as another process. */
  public static void main(String[] args) throws Exception {
    ScratchDirectory scratch = ScratchDirectory.create(List.of(Path.of(args[0])), 0, RANDOM);
    Files.writeString(scratch.resolve("copy.db"), "x");
    System.out.write((scratch.path() + "\n").getBytes(StandardCharsets.UTF_8));
    System.out.flush();
    new java.util.concurrent.CountDownLatch(1).await();
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(p -> p.getFileName().toString()).sorted().toList();
    }
  }
}
