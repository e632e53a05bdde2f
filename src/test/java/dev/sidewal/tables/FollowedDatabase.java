package dev.sidewal.tables;

import dev.sidewal.agent.Replication;
import dev.sidewal.agent.ReplicationOptions;
import dev.sidewal.agent.Sidewal;
import dev.sidewal.flow.Databases;
import dev.sidewal.restore.RestoreTarget;
import dev.sidewal.sqlite.Sql;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A live database in WAL mode that an agent in this process follows all the while. */
public final class FollowedDatabase implements AutoCloseable {

  private static final Duration LONG = Duration.ofSeconds(60);

  private final Path dir;
  private final Path database;
  private final Connection app;
  private final Replication replication;

  private FollowedDatabase(Path dir, Path database, Connection app, Replication replication) {
    this.dir = dir;
    this.database = database;
    this.app = app;
    this.replication = replication;
  }

  /** Makes a database by some statements, and begins to follow it. */
  public static FollowedDatabase create(Path dir, String... statements) throws Exception {
    Path database = dir.resolve("app.db");
    Connection app = Databases.open(database);
    Databases.run(app, "PRAGMA journal_mode=WAL");
    Databases.run(app, "PRAGMA synchronous=OFF", "BEGIN");
    Databases.run(app, statements);
    Databases.run(app, "COMMIT");
    Replication replication =
        Sidewal.replicate(
            database,
            "file:" + dir.resolve("replica"),
            ReplicationOptions.builder().syncInterval(Duration.ofMillis(20)).build());
    return new FollowedDatabase(dir, database, app, replication);
  }

  /** Runs statements of the application. */
  public void run(String... statements) throws Exception {
    Databases.run(app, statements);
  }

  /** Waits until the replica has all, and returns the last transaction. */
  public long shipped() throws Exception {
    return replication.sync(LONG);
  }

  /** Returns the application's connection. */
  public Connection connection() {
    return app;
  }

  /** Returns the live database. */
  public Path path() {
    return database;
  }

  /** Returns the replica's URL. */
  public String url() {
    return "file:" + dir.resolve("replica");
  }

  /** Restores a transaction to a file for looking at. */
  public Path restored(long txid) {
    Path file = dir.resolve("txid-" + txid + ".db");
    Sidewal.restore(url(), file, r -> r.target(RestoreTarget.txid(txid)).force(true));
    return file;
  }

  /** Returns every row of a table with the type and the exact form of each value, and its rowid. */
  public static List<String> exact(Connection c, String table) throws Exception {
    Table found =
        Table.all(c, "main").stream().filter(t -> t.name().equals(table)).findFirst().orElseThrow();
    List<String> parts = new ArrayList<>();
    found.rowid().ifPresent(parts::add);
    for (Table.Column column : found.columns()) {
      if (!column.hidden()) {
        parts.add("typeof(" + Sql.name(column.name()) + ")");
        parts.add("quote(" + Sql.name(column.name()) + ")");
      }
    }
    List<String> rows = new ArrayList<>();
    try (Statement s = c.createStatement();
        ResultSet r =
            s.executeQuery("SELECT " + String.join(", ", parts) + " FROM " + Sql.name(table))) {
      while (r.next()) {
        StringBuilder row = new StringBuilder();
        for (int i = 1; i <= parts.size(); i++) {
          row.append(r.getString(i)).append('|');
        }
        rows.add(row.toString());
      }
    }
    return rows;
  }

  /** Returns the same of a file. */
  public static List<String> exact(Path database, String table) throws Exception {
    try (Connection c = Databases.open(database)) {
      return exact(c, table);
    }
  }

  @Override
  public void close() throws SQLException {
    replication.close();
    app.close();
  }
}
