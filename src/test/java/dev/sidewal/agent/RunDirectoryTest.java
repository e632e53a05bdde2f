package dev.sidewal.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs that share a state directory do not remove each other's files. */
class RunDirectoryTest {

  @TempDir Path dir;

  /** Creates and removes a run directory: what another process does. */
  public static void main(String[] args) {
    RunDirectory.create(Path.of(args[0])).close();
  }

  @Test
  void twoRunsOfThisProcessStayLocked() throws Exception {
    try (RunDirectory first = RunDirectory.create(dir);
        RunDirectory second = RunDirectory.create(dir)) {
      Process other =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  RunDirectoryTest.class.getName(),
                  dir.toString())
              .inheritIO()
              .start();
      assertThat(other.waitFor()).isZero();
      assertThat(first.path()).exists();
      assertThat(second.path()).exists();
    }
    try (var left = Files.list(dir)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void theRunOfAProcessThatIsGoneIsRemoved() throws Exception {
    Path left = Files.createDirectory(dir.resolve("run-1"));
    Files.createFile(left.resolve("lock"));
    RunDirectory.create(dir).close();
    assertThat(left).doesNotExist();
  }
}
