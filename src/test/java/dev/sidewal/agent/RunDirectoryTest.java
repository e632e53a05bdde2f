package dev.sidewal.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.replica.Position;
import dev.sidewal.sqlite.FileStamp;
import dev.sidewal.sqlite.FollowMark;
import dev.sidewal.sqlite.WalHeader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs that share a state directory do not touch each other's files. */
class RunDirectoryTest {

  private static final String REPLICA = "file:///replica";

  @TempDir Path dir;

  /** Creates and removes a run directory: what another process does. */
  public static void main(String[] args) {
    RunDirectory.open(Path.of(args[0]), REPLICA).close();
  }

  @Test
  void twoRunsOfThisProcessStayLocked() throws Exception {
    try (RunDirectory first = RunDirectory.open(dir, REPLICA);
        RunDirectory second = RunDirectory.open(dir, REPLICA)) {
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
  void theRunOfAProcessThatIsGoneIsTakenOver() throws Exception {
    Path left = Files.createDirectory(dir.resolve("run-1"));
    Files.createFile(left.resolve("lock"));
    try (RunDirectory taken = RunDirectory.open(dir, REPLICA);
        RunDirectory other = RunDirectory.open(dir, REPLICA)) {
      assertThat(taken.path()).isEqualTo(left.toRealPath());
      assertThat(other.path()).isNotEqualTo(taken.path());
    }
  }

  @Test
  void theNewestStateIsGoneOnFrom() throws Exception {
    try (RunDirectory first = RunDirectory.open(dir, REPLICA);
        RunDirectory second = RunDirectory.open(dir, REPLICA)) {
      first.state().write(state(1, 7));
      second.state().write(state(1, 8));
    }
    try (RunDirectory next = RunDirectory.open(dir, REPLICA)) {
      assertThat(next.state().last()).contains(state(1, 8));
    }
    try (var left = Files.list(dir)) {
      assertThat(left).hasSize(1);
    }
  }

  @Test
  void aRunForAnotherReplicaIsLeftAlone() throws Exception {
    try (RunDirectory first = RunDirectory.open(dir, REPLICA)) {
      first.state().write(state(1, 7));
    }
    try (RunDirectory other = RunDirectory.open(dir, "file:///other")) {
      assertThat(other.state().last()).isEmpty();
    }
    try (RunDirectory again = RunDirectory.open(dir, REPLICA)) {
      assertThat(again.state().last()).contains(state(1, 7));
    }
  }

  /** Whatever byte of the file is lost, the state is the last one, the one before, or none. */
  @Test
  void aStateIsWholeOrNotThere() throws Exception {
    Path file = dir.resolve("state");
    try (StateFile states = StateFile.open(dir)) {
      assertThat(states.last()).isEmpty();
      states.write(state(1, 5));
      states.write(state(2, 6));
    }
    byte[] bytes = Files.readAllBytes(file);
    assertThat(bytes).hasSize(2 * SavedState.LENGTH);
    for (int i = 0; i < bytes.length; i++) {
      byte[] damaged = bytes.clone();
      damaged[i] ^= 0x10;
      Files.write(file, damaged);
      try (StateFile states = StateFile.open(dir)) {
        // The second state is in the first place.
        assertThat(states.last()).contains(i < SavedState.LENGTH ? state(1, 5) : state(2, 6));
      }
      Files.write(file, java.util.Arrays.copyOf(bytes, i));
      try (StateFile states = StateFile.open(dir)) {
        assertThat(states.last().filter(s -> !s.equals(state(2, 6)))).isEmpty();
        assertThat(states.last().isPresent()).isEqualTo(i >= SavedState.LENGTH);
      }
    }
  }

  private static SavedState state(long sequence, long generation) {
    return new SavedState(
        sequence,
        new UUID(1, 2),
        new Position(generation, 9, 10),
        Instant.ofEpochMilli(11),
        12,
        new FollowMark(
            512,
            13,
            14,
            Optional.of(new WalHeader(true, 512, 15, 16, 17, 18, 19)),
            20,
            21,
            22,
            true,
            new FileStamp(23, 24, 25, 26)));
  }
}
