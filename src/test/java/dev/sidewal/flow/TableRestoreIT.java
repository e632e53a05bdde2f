package dev.sidewal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tables come back into a database that a Python application writes and an agent follows, all of
 * them processes; and nothing of them is there when it is killed.
 */
@EnabledIf(
    value = "dev.sidewal.testing.Programs#hasPython",
    disabledReason = "python3 with its sqlite3 module is not here, and the writer needs it")
class TableRestoreIT {

  private static final String ROWS =
      "SELECT count(*), sum(rowid), sum(length(v)), min(typeof(v)), max(typeof(k)) FROM ";
  private static final int KILLS = Integer.getInteger("sidewal.tables.kills", 2);

  @TempDir Path dir;

  @Test
  void besideAWriterAndKilled() throws Exception {
    Path database = dir.resolve("app.db");
    String url = "file://" + dir.resolve("replica");
    CountingWriter.create(database);
    Databases.run(
        database,
        "CREATE TABLE big(k TEXT, v BLOB)",
        "CREATE INDEX big_k ON big(k)",
        "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)"
            + " INSERT INTO big SELECT 'k' || i, randomblob(100) FROM n");
    List<String> good = Databases.query(database, ROWS + "big");
    try (SidewalProcess agent =
        SidewalProcess.start(
            "replicate", database.toString(), url, "--sync-interval=50ms", "--listen=off")) {
      agent.awaitFollowing();
      try (CountingWriter app =
          CountingWriter.start(database, CountingWriter.Options.DEFAULT.perSecond(100))) {
        app.awaitMore(5);
        agent.awaitLog("a snapshot of transaction ");
        // The first transaction has the table whole.
        Databases.run(database, "DELETE FROM big WHERE rowid % 3 = 0");
        List<String> spoiled = Databases.query(database, ROWS + "big");
        String[] command = {
          "restore", url, "--txid=1", "--table=big", "--replace", "--into=" + database
        };
        Random random = new Random();
        for (int i = 0; i < KILLS; i++) {
          try (SidewalProcess restore = SidewalProcess.start(command)) {
            Thread.sleep(300 + random.nextInt(700)); // any instant
            if (restore.isAlive()) {
              restore.signal("KILL");
            }
            restore.awaitExit(Duration.ofSeconds(60));
          }
          List<String> now = Databases.query(database, ROWS + "big");
          assertThat(now).isIn(spoiled, good);
        }
        SidewalProcess.Outcome outcome = SidewalProcess.run(command).succeeded();
        assertThat(outcome.out()).contains("big in its place: 60000 rows");
        assertThat(Databases.query(database, ROWS + "big")).isEqualTo(good);
        app.awaitMore(5);
        assertThat(app.end().failures()).isZero();
      }
      agent.terminate().succeeded();
    }
    assertThat(Databases.query(database, "PRAGMA integrity_check")).containsExactly("ok");
    Path restored = dir.resolve("restored.db");
    SidewalProcess.run("restore", url, "-o", restored.toString(), "--check=full").succeeded();
    Databases.checkpoint(database);
    Databases.assertSame(database, restored);
    SidewalProcess.Outcome diff = SidewalProcess.run("diff", url, "--from-txid=1").succeeded();
    assertThat(diff.out()).contains("  t\n").doesNotContain("  big\n");
  }

  @Test
  void killedWithARollbackJournal() throws Exception {
    Path database = dir.resolve("old.db");
    String url = "file://" + dir.resolve("replica");
    Databases.run(
        database,
        "PRAGMA journal_mode=DELETE",
        "CREATE TABLE big(k TEXT, v BLOB)",
        "CREATE INDEX big_k ON big(k)",
        "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)"
            + " INSERT INTO big SELECT 'k' || i, randomblob(100) FROM n");
    SidewalProcess.run("backup", database.toString(), url).succeeded();
    List<String> good = Databases.query(database, ROWS + "big");
    Databases.run(database, "DELETE FROM big WHERE rowid % 3 = 0");
    List<String> spoiled = Databases.query(database, ROWS + "big");
    String[] command = {"restore", url, "--table=big", "--replace", "--into=" + database};
    Random random = new Random();
    Path journal = dir.resolve("old.db-journal");
    for (int i = 0; i < KILLS; i++) {
      try (SidewalProcess restore = SidewalProcess.start(command)) {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (restore.isAlive() && !Files.exists(journal) && System.nanoTime() < end) {
          Thread.onSpinWait();
        }
        Thread.sleep(random.nextInt(100)); // any instant of the transaction
        if (restore.isAlive()) {
          restore.signal("KILL");
        }
        restore.awaitExit(Duration.ofSeconds(60));
      }
      assertThat(Databases.query(database, ROWS + "big")).isIn(spoiled, good);
      assertThat(Databases.query(database, "PRAGMA integrity_check")).containsExactly("ok");
    }
    SidewalProcess.run(command).succeeded();
    assertThat(Databases.query(database, ROWS + "big")).isEqualTo(good);
    assertThat(Databases.query(database, "PRAGMA journal_mode")).containsExactly("delete");
  }
}
