package dev.sidewal.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.testing.Programs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Clock;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Two writer processes of another SQLite do all that writers do; the rebuilt file must be equal.
 */
class LogFollowerTest {

  @TempDir Path dir;

  @ParameterizedTest
  @CsvSource({"512,0", "4096,2", "65536,1"})
  void followsTwoWriterProcesses(int pageSize, int autoVacuum) throws Exception {
    Path db = dir.resolve("app.db");
    long seed = Long.getLong("seed", System.nanoTime() & 0xffff);
    double seconds = Double.parseDouble(System.getProperty("sidewal.follower.seconds", "4"));
    System.out.println("seed " + seed);
    Programs.assumePython();
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + db);
        Statement sql = c.createStatement()) {
      sql.execute("PRAGMA page_size=" + pageSize);
      sql.execute("PRAGMA auto_vacuum=" + autoVacuum);
      sql.execute("PRAGMA journal_mode=WAL");
      sql.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, h INTEGER, v BLOB)");
      sql.execute("CREATE TABLE meta(seq INTEGER)");
      sql.execute("INSERT INTO meta VALUES(0)");
    }
    Path log = dir.resolve("log");
    Path script = Path.of("src/test/resources/writers/hammer.py");
    Process[] writers = new Process[2];
    for (int i = 0; i < 2; i++) {
      writers[i] =
          new ProcessBuilder(
                  "python3",
                  script.toString(),
                  db.toString(),
                  log.toString(),
                  "" + seed,
                  "" + seconds,
                  "" + i,
                  "10")
              .inheritIO()
              .start();
    }
    Files.createDirectories(dir.resolve("work"));
    try (RebuiltFile rebuilt = new RebuiltFile(dir.resolve("rebuilt.db"), pageSize)) {
      LogFollower follower =
          LogFollower.attach(
              DatabaseFile.open(db).orElseThrow(),
              dir.resolve("work"),
              FollowOptions.DEFAULT.withPauseBytes(2 << 20),
              Clock.systemUTC());
      try (follower) {
        ImageScan scan = follower.newImage();
        while (!scan.step(rebuilt, 64 * 1024)) {
          follower.copy(FrameSink.NOBODY, Long.MAX_VALUE);
          follower.keepLogShort(FrameSink.NOBODY, false);
        }
        scan.finish(rebuilt);
        rebuilt.file.setLength(follower.databasePages() * pageSize);
        while (writers[0].isAlive() || writers[1].isAlive()) {
          long before = rebuilt.commits;
          if (follower.copy(rebuilt, 1 << 20)) {
            follower.keepLogShort(rebuilt, before == rebuilt.commits);
          }
        }
        while (!follower.copy(rebuilt, Long.MAX_VALUE)) {}
        System.out.println(follower.statistics());
      }
    }
    assertThat(writers[0].exitValue() + writers[1].exitValue()).isZero();
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + db);
        Statement sql = c.createStatement()) {
      sql.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    assertThat(Files.mismatch(db, dir.resolve("rebuilt.db"))).isEqualTo(-1);
  }
}
