package dev.sidewal.examples;

import dev.sidewal.agent.Replication;
import dev.sidewal.agent.Sidewal;
import dev.sidewal.restore.RestoreResult;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;

/** An application that replicates its own database and restores a copy of it. */
public final class EmbeddedExample {

  private EmbeddedExample() {}

  /** Writes, waits until it is durable in the replica, and restores. */
  public static RestoreResult run(Path dir) throws Exception {
    Path db = dir.resolve("app.db");
    String replica = "file:" + dir.resolve("replica");
    try (Connection app = DriverManager.getConnection("jdbc:sqlite:" + db);
        Statement sql = app.createStatement()) {
      sql.execute("PRAGMA journal_mode=WAL");
      sql.execute("CREATE TABLE notes(text)");
      try (Replication replication = Sidewal.replicate(db, replica)) {
        replication.sync(Duration.ofSeconds(30)); // attached, and the snapshot is in the replica
        sql.execute("INSERT INTO notes VALUES('hello')");
        long txid = replication.sync(Duration.ofSeconds(30)); // the insert is durable there
        System.out.println("everything up to transaction " + txid + " is in " + replica);
      }
    }
    return Sidewal.restore(replica, dir.resolve("restored.db"));
  }
}
