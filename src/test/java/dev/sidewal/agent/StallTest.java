package dev.sidewal.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The thread that follows stands still: the log is let go without it. */
@Timeout(120)
class StallTest {

  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir Path dir;

  /** A clock at which the following thread can be made to stand still. */
  private static final class Trap extends Clock {
    volatile CountDownLatch gate = new CountDownLatch(0);

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
      if (Thread.currentThread().getName().startsWith("sidewal-follow")) {
        try {
          gate.await();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
      return Clock.systemUTC().instant();
    }
  }

  private static String query(Path file, String sql) throws Exception {
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement s = c.createStatement();
        ResultSet r = s.executeQuery(sql)) {
      return r.next() ? r.getString(1) : "";
    }
  }

  @Test
  void theLogIsLetGoAndFollowingGoesOnAfterwards() throws Exception {
    Path db = dir.resolve("app.db");
    String url = "file:" + dir.resolve("replica");
    Trap clock = new Trap();
    ReplicationOptions options =
        ReplicationOptions.builder().stallTimeout(Duration.ofMillis(500)).clock(clock).build();
    try (Connection app = DriverManager.getConnection("jdbc:sqlite:" + db);
        Statement sql = app.createStatement()) {
      sql.execute("PRAGMA journal_mode=WAL");
      sql.execute("CREATE TABLE t(v)");
      try (Replication replication = Sidewal.replicate(db, url, options)) {
        replication.sync(LONG);
        assertThat(replication.isAlive()).isTrue();

        clock.gate = new CountDownLatch(1);
        // Frames that a held read transaction before them would keep from being checkpointed.
        sql.execute("INSERT INTO t VALUES(randomblob(100000))");
        await().atMost(LONG).until(() -> query(db, "PRAGMA wal_checkpoint(TRUNCATE)").equals("0"));
        assertThat(Files.size(dir.resolve("app.db-wal"))).isZero();
        await().atMost(LONG).until(() -> !replication.isAlive());
        sql.execute("INSERT INTO t VALUES('meanwhile')");

        clock.gate.countDown();
        await().atMost(LONG).until(replication::isAlive);
        sql.execute("INSERT INTO t VALUES('afterwards')");
        replication.sync(LONG);
        assertThat(replication.status().counts().gaps()).hasSize(1);
        assertThat(replication.status().counts().snapshots()).hasSize(1);
      }
    }
    Path out = dir.resolve("out");
    Sidewal.restore(url, out);
    assertThat(query(out, "SELECT count(*) FROM t")).isEqualTo("3");
  }
}
