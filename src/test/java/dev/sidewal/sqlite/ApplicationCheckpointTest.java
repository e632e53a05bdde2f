package dev.sidewal.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.testing.Programs;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A checkpoint of the application that resets the log does not wait out its busy timeout. */
class ApplicationCheckpointTest {

  @BeforeAll
  static void needsThatProgram() {
    Programs.assumeSqlite3();
  }

  @TempDir Path dir;

  @ParameterizedTest
  @ValueSource(strings = {"RESTART", "TRUNCATE"})
  void completesWhileTheLogIsFollowed(String mode) throws Exception {
    Path db = dir.resolve("app.db");
    start(db, "PRAGMA journal_mode=WAL; CREATE TABLE t(a); INSERT INTO t VALUES(1);").waitFor();
    Files.createDirectories(dir.resolve("work"));
    try (LogFollower follower =
        LogFollower.attach(
            DatabaseFile.open(db).orElseThrow(),
            dir.resolve("work"),
            FollowOptions.DEFAULT,
            Clock.systemUTC())) {
      ImageScan scan = follower.newImage();
      scan.finish((page, source, offset) -> {});
      long begin = System.nanoTime();
      Process checkpoint =
          start(db, "INSERT INTO t VALUES(2); PRAGMA wal_checkpoint(" + mode + ");");
      while (checkpoint.isAlive()) {
        if (follower.mayHaveChanged()) {
          long before = follower.statistics().transactions();
          follower.copy(FrameSink.NOBODY, Long.MAX_VALUE);
          follower.keepLogShort(FrameSink.NOBODY, before == follower.statistics().transactions());
        }
        checkpoint.waitFor(5, TimeUnit.MILLISECONDS);
      }
      assertThat(new String(checkpoint.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .startsWith("0|");
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(10));
      assertThat(follower.statistics().transactions()).isEqualTo(1);
    }
  }

  private static Process start(Path db, String sql) throws Exception {
    return new ProcessBuilder("sqlite3", "-cmd", ".timeout 15000", db.toString(), sql)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }
}
