package dev.sidewal.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is not needed while nothing is committed is given up, and the log is held all the same. */
class LongRestTest {

  @TempDir Path dir;

  @Test
  void holdsTheLogWithOneConnectionAndGoesOnWithMore() throws Exception {
    Path db = dir.resolve("app.db");
    try (Connection app = DriverManager.getConnection("jdbc:sqlite:" + db);
        Statement s = app.createStatement()) {
      s.execute("PRAGMA journal_mode=WAL");
      s.execute("CREATE TABLE t(a)");
      try (ReadLockChain chain = ReadLockChain.open(db, Duration.ofSeconds(1), () -> true)) {
        chain.hold();
        chain.overlap();
        chain.progress();
        assertThat(chain.connections()).isEqualTo(3);
        chain.rest();
        assertThat(chain.connections()).as("nothing is given up while both hold").isEqualTo(3);
        chain.release();

        chain.rest();

        assertThat(chain.connections()).isEqualTo(1);
        assertThat(chain.isResting()).isTrue();
        // What was committed cannot be overwritten: the checkpoint comes no further than the hold.
        s.execute("INSERT INTO t VALUES(1)");
        s.execute("INSERT INTO t VALUES(2)");
        assertThat(chain.isResting()).isTrue();
        ReadLockChain.Checkpoint checkpoint = chain.checkpoint();
        assertThat(checkpoint.complete()).isFalse();
        chain.overlap();
        assertThat(chain.progress().orElseThrow().frames()).isEqualTo(checkpoint.frames());
        chain.release();
        assertThat(chain.checkpoint().complete()).isTrue();
      }
    }
  }

  @Test
  void asksNothingWhileTheLogIsUnchangedAndNobodyWaitsForIt() throws Exception {
    Path db = dir.resolve("app.db");
    try (Connection app = DriverManager.getConnection("jdbc:sqlite:" + db);
        Statement s = app.createStatement()) {
      s.execute("PRAGMA journal_mode=WAL");
      s.execute("CREATE TABLE t(a)");
      try (LogFollower follower =
          LogFollower.attach(
              DatabaseFile.open(db).orElseThrow(), dir, FollowOptions.DEFAULT, Clock.systemUTC())) {
        follower.newImage().finish((page, source, offset) -> {});
        s.execute("INSERT INTO t VALUES(1)");
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (true) {
          long before = follower.questions();
          if (!follower.mayHaveChanged() && follower.statistics().checkpoints() > 0) {
            assertThat(follower.questions()).isEqualTo(before);
            break;
          }
          assertThat(System.nanoTime() - end).as("time is up").isNegative();
          long transactions = follower.statistics().transactions();
          follower.copy(FrameSink.NOBODY, Long.MAX_VALUE);
          follower.keepLogShort(
              FrameSink.NOBODY, transactions == follower.statistics().transactions());
          Thread.onSpinWait();
        }
        assertThat(follower.statistics().transactions()).isEqualTo(1);
        s.execute("INSERT INTO t VALUES(2)");
        assertThat(follower.mayHaveChanged()).isTrue();
        follower.copy(FrameSink.NOBODY, Long.MAX_VALUE);
        assertThat(follower.statistics().transactions()).isEqualTo(2);
      }
    }
  }
}
