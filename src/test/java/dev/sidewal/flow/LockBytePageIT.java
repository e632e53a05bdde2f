package dev.sidewal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A database across the page at 2^30 that SQLite leaves to locks, and the memory that it takes to
 * replicate and restore something large.
 */
class LockBytePageIT {

  private static final long LOCK_BYTE = 1L << 30;
  private static final long MEMORY = 256L << 20;

  @TempDir(factory = TargetDirectory.class)
  Path dir;

  @Test
  void isReplicatedAndRestoredWithoutIt() throws Exception {
    Path database = dir.resolve("app.db");
    Path restored = dir.resolve("restored.db");
    String url = "file://" + dir.resolve("replica");
    try (Connection app = Databases.open(database)) {
      Databases.run(
          app,
          "PRAGMA page_size=4096",
          "PRAGMA journal_mode=OFF",
          "PRAGMA synchronous=OFF",
          "CREATE TABLE t(id INTEGER PRIMARY KEY, v BLOB)");
      // Pages that all differ, and that cost next to nothing to compress.
      Databases.run(
          app,
          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1300)"
              + " INSERT INTO t SELECT i, CAST(replace(hex(zeroblob(10000)), '00',"
              + " printf('%050d', i)) AS BLOB) || zeroblob(500000) FROM n",
          "PRAGMA journal_mode=WAL");
      assertThat(Files.size(database)).isGreaterThan(LOCK_BYTE + (100L << 20));

      long begin = System.nanoTime();
      try (SidewalProcess agent =
          SidewalProcess.start(
              "replicate", database.toString(), url, "--shutdown-timeout", "60s")) {
        agent.awaitLog("attached");
        for (int i = 0; i < 50; i++) {
          Databases.run(
              app,
              "INSERT INTO t(v) VALUES(randomblob(100000))",
              "UPDATE t SET v = randomblob(5000) WHERE id = " + (1 + i * 26));
        }
        agent.awaitFollowing();
        Databases.run(app, "UPDATE t SET v = randomblob(100000) WHERE id > 1250");
        Databases.run(app, "INSERT INTO t(v) VALUES(randomblob(3000000))");
        SidewalProcess.Outcome outcome = agent.terminate().succeeded();
        report("replicate", outcome, begin);
        assertThat(outcome.peakBytes()).as("the agent's peak memory").isLessThan(MEMORY);
      }
      Databases.run(app, "PRAGMA wal_checkpoint(TRUNCATE)");
    }
    long begin = System.nanoTime();
    SidewalProcess.Outcome outcome =
        SidewalProcess.run("restore", url, "-o", restored.toString()).succeeded();
    report("restore", outcome, begin);
    assertThat(outcome.peakBytes()).as("the restore's peak memory").isLessThan(MEMORY);
    Databases.assertSame(database, restored);
  }

  private static void report(String what, SidewalProcess.Outcome outcome, long begin) {
    System.out.printf(
        "lock-byte page: %s took %d ms and %d MiB of memory at most%n",
        what, Duration.ofNanos(System.nanoTime() - begin).toMillis(), outcome.peakBytes() >> 20);
  }
}
