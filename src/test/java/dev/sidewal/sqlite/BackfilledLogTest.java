package dev.sidewal.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Clock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Attaching to a log whose frames are all in the file: SQLite looks at the file alone then. */
class BackfilledLogTest {

  private static final int PAGE = 512;

  @TempDir Path dir;

  @Test
  void theFirstImageIsTheFile() throws Exception {
    Path file = dir.resolve("app.db");
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement sql = c.createStatement()) {
      sql.execute("PRAGMA page_size=" + PAGE);
      sql.execute("PRAGMA journal_mode=WAL");
      sql.execute("PRAGMA wal_autocheckpoint=0");
      sql.execute("CREATE TABLE t(v)");
      String fill =
          "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM c WHERE i<100)"
              + " INSERT INTO t SELECT randomblob(300) FROM c";
      sql.execute(fill);
      // It shrinks and grows within this log.
      sql.execute("DELETE FROM t");
      sql.execute("VACUUM");
      sql.execute(fill);
      sql.execute("PRAGMA wal_checkpoint(PASSIVE)");
      byte[] expected = Files.readAllBytes(file);
      byte[] image = new byte[expected.length];
      try (LogFollower follower =
          LogFollower.attach(
              DatabaseFile.open(file).orElseThrow(),
              Files.createDirectory(dir.resolve("work")),
              FollowOptions.DEFAULT,
              Clock.systemUTC())) {
        follower
            .newImage()
            .finish(
                (page, source, offset) ->
                    System.arraycopy(
                        source, offset, image, Math.toIntExact((page - 1) * PAGE), PAGE));
        assertThat(follower.databasePages()).isEqualTo(expected.length / PAGE);
      }
      assertThat(image).isEqualTo(expected);
    }
  }
}
