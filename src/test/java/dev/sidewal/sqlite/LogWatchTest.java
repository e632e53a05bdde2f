package dev.sidewal.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The closer look at a log, on a file system whose times mean little. */
class LogWatchTest {

  private static final Duration LONG = Duration.ofMinutes(5);

  @TempDir Path directory;
  private Instant now = Instant.now();

  private final Clock clock =
      new Clock() {
        @Override
        public ZoneId getZone() {
          return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
          return this;
        }

        @Override
        public Instant instant() {
          return now;
        }
      };

  @Test
  void aCommitThatOnlyTheBytesShowIsToldUntilSomebodyHasLooked() throws IOException, SQLException {
    Path database = directory.resolve("app.db");
    Path log = WalFile.pathOf(database);
    try (Connection application = DriverManager.getConnection("jdbc:sqlite:" + database);
        Statement sql = application.createStatement()) {
      sql.execute("PRAGMA journal_mode=WAL");
      sql.execute("CREATE TABLE t(a)");
      for (int i = 0; i < 9; i++) {
        sql.execute("INSERT INTO t VALUES(randomblob(9000))");
      }
      sql.execute("PRAGMA wal_checkpoint(RESTART)");
      sql.execute("INSERT INTO t VALUES(1)");
      try (WalFile file = new WalFile(log)) {
        LogCursor cursor = new LogCursor(file);
        cursor.enter(file.header().orElseThrow());
        cursor.advance(1, (frame, page, source, offset, pages) -> true);
        FileTime time = FileTime.from(now.minusSeconds(100));
        Files.setLastModifiedTime(log, time);
        LogWatch watch = new LogWatch(log, file, cursor, clock);
        watch.look();
        now = now.plusMillis(1100);
        assertThat(watch.mayHaveChanged(LONG)).as("nothing was noted before").isTrue();
        watch.look();
        now = now.plusMillis(1100);
        assertThat(watch.mayHaveChanged(LONG)).as("nothing has changed").isFalse();
        long length = Files.size(log);

        sql.execute("INSERT INTO t VALUES(2)");
        Files.setLastModifiedTime(log, time);
        assertThat(Files.size(log)).isEqualTo(length);
        now = now.plusMillis(1100);
        assertThat(watch.mayHaveChanged(LONG)).as("asked once").isTrue();
        assertThat(watch.mayHaveChanged(LONG)).as("asked again").isTrue();
        watch.look();
        now = now.plusMillis(100);
        assertThat(watch.mayHaveChanged(LONG)).as("looked at").isFalse();
      }
    }
  }
}
