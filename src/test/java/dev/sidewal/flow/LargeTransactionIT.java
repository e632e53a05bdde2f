package dev.sidewal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One transaction that is many times as large as the agent's heap. {@code
 * -Dsidewal.large.megabytes=5000} makes it larger than the default.
 */
class LargeTransactionIT {

  private static final long MEMORY = 256L << 20;

  @TempDir(factory = TargetDirectory.class)
  Path dir;

  @Test
  void passesThroughASmallHeap() throws Exception {
    int megabytes = Integer.getInteger("sidewal.large.megabytes", 800);
    Path database = dir.resolve("app.db");
    Path restored = dir.resolve("restored.db");
    String url = "file://" + dir.resolve("replica");
    try (Connection app = Databases.open(database);
        SidewalProcess agent =
            SidewalProcess.start(
                "replicate", database.toString(), url, "--shutdown-timeout", "120s")) {
      Databases.run(
          app,
          "PRAGMA page_size=4096",
          "PRAGMA journal_mode=WAL",
          "PRAGMA synchronous=OFF",
          "CREATE TABLE t(id INTEGER PRIMARY KEY, v BLOB)",
          "INSERT INTO t(v) VALUES('first')");
      agent.awaitFollowing();
      long begin = System.nanoTime();
      Databases.run(
          app,
          "BEGIN",
          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
              + megabytes
              + ") INSERT INTO t(v) SELECT zeroblob(1000000) || i FROM n",
          "UPDATE t SET v = v || 'x' WHERE id % 10 = 0",
          "COMMIT",
          "INSERT INTO t(v) VALUES('last')");
      Databases.run(app, "PRAGMA busy_timeout=1");
      agent.signal("TERM");
      SidewalProcess.Outcome outcome = agent.awaitExit(Duration.ofMinutes(3)).succeeded();
      System.out.printf(
          "large transaction: %d MB in %d ms, %d MiB of memory at most%n",
          megabytes,
          Duration.ofNanos(System.nanoTime() - begin).toMillis(),
          outcome.peakBytes() >> 20);
      assertThat(outcome.peakBytes()).as("the agent's peak memory").isLessThan(MEMORY);
      Databases.run(app, "PRAGMA wal_checkpoint(TRUNCATE)");
    }
    SidewalProcess.Outcome outcome =
        SidewalProcess.run("restore", url, "-o", restored.toString()).succeeded();
    assertThat(outcome.peakBytes()).as("the restore's peak memory").isLessThan(MEMORY);
    assertThat(Files.size(restored)).isGreaterThan(megabytes * 1_000_000L);
    Databases.assertSame(database, restored);
  }
}
