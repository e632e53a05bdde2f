package dev.sidewal.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.testing.Programs;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Frames that SQLite committed without salts and checksums are followed like all others. */
class UnsummedFramesTest {

  @BeforeAll
  static void needsThatProgram() {
    Programs.assumePython();
  }

  @TempDir Path dir;

  @Test
  void areFollowedAndScanned() throws Exception {
    Path db = dir.resolve("app.db");
    Process writer =
        new ProcessBuilder("python3", "src/test/resources/writers/savepoint.py", db.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader out = writer.inputReader()) {
      assertThat(out.readLine()).isEqualTo("ready");
      try (LogFollower follower = attach(db, "first")) {
        follower.newImage().finish((page, source, offset) -> {});
        writer.outputWriter().append('\n').flush();
        assertThat(out.readLine()).isEqualTo("ready");
        assertThat(follower.copy(FrameSink.NOBODY, Long.MAX_VALUE)).isTrue();
        assertThat(follower.statistics().transactions()).isEqualTo(5);
        try (LogFollower second = attach(db, "second")) {
          second.newImage().finish((page, source, offset) -> {});
          assertThat(second.checksum()).isEqualTo(follower.checksum());
        }
      }
    } finally {
      writer.destroy();
    }
  }

  private LogFollower attach(Path db, String work) throws Exception {
    return LogFollower.attach(
        DatabaseFile.open(db).orElseThrow(),
        Files.createDirectory(dir.resolve(work)),
        FollowOptions.DEFAULT,
        Clock.systemUTC());
  }
}
