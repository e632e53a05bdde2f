package dev.sidewal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.restore.RestoreTarget;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A database is the same file, byte for byte, whether the agent followed it or not. */
class UntouchedSourceIT {

  @TempDir Path dir;

  @Test
  void theFileIsTheSameWithAndWithoutTheAgent() throws Exception {
    Path alone = dir.resolve("alone.db");
    Path followed = dir.resolve("followed.db");
    Path restored = dir.resolve("restored.db");
    String url = "file://" + dir.resolve("replica");
    create(alone);
    write(alone);

    create(followed);
    try (SidewalProcess agent = SidewalProcess.start("replicate", followed.toString(), url)) {
      agent.awaitFollowing();
      write(followed);
      agent.terminate().succeeded();
    }
    Databases.checkpoint(alone);
    Databases.checkpoint(followed);
    assertThat(Files.mismatch(alone, followed)).as("first byte that differs").isEqualTo(-1);
    try (Replica replica = Replica.open(url, new Random(1))) {
      replica.restore(RestoreTarget.latest(), restored);
    }
    Databases.assertSame(alone, restored);
  }

  private static void create(Path database) throws Exception {
    Databases.run(
        database,
        "PRAGMA auto_vacuum=2",
        "PRAGMA journal_mode=WAL",
        "PRAGMA user_version=12",
        "CREATE TABLE t(id INTEGER PRIMARY KEY, v BLOB)",
        "CREATE INDEX i ON t(length(v))");
  }

  /** The same transactions every time. */
  private static void write(Path database) throws Exception {
    Random random = new Random(42);
    try (Connection app = Databases.open(database);
        PreparedStatement insert = app.prepareStatement("INSERT INTO t(v) VALUES(?)");
        PreparedStatement delete = app.prepareStatement("DELETE FROM t WHERE id % 37 = ?")) {
      for (int i = 0; i < 300; i++) {
        Databases.run(app, "BEGIN");
        for (int row = 0; row < 20; row++) {
          byte[] value = new byte[random.nextInt(5000)];
          random.nextBytes(value);
          insert.setBytes(1, value);
          insert.execute();
        }
        if (i % 3 == 0) {
          delete.setInt(1, random.nextInt(37));
          delete.execute();
        }
        Databases.run(app, i % 10 == 9 ? "ROLLBACK" : "COMMIT");
        if (i % 50 == 49) {
          Databases.run(app, "PRAGMA incremental_vacuum(20)");
        }
      }
    }
    Databases.run(database, "VACUUM", "CREATE TABLE late(x)");
  }
}
