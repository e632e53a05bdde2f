package dev.sidewal.bench.scale;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;

/** Makes databases of a given size, and writes them. */
final class Databases {

  private static final int ROW = 1000;

  private Databases() {}

  /** Makes a database in WAL mode of about so many bytes; its text halves when compressed. */
  static void create(Path file, long bytes) throws SQLException {
    try (Connection connection = open(file);
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA journal_mode=WAL");
      statement.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT)");
      long rows = Math.max(1, bytes / 1024); // Four rows of this length fit on a page.
      long step = 20_000;
      for (long done = 0; done < rows; done += step) {
        statement.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
                    .formatted(Math.min(step, rows - done))
                + "INSERT INTO t(v) SELECT hex(randomblob(%d)) FROM n".formatted(ROW / 2));
      }
      statement.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    }
  }

  /** Changes so many rows, one a commit, all over the database. */
  static void update(Path file, int commits) throws SQLException {
    try (Connection connection = open(file);
        Statement statement = connection.createStatement()) {
      for (int i = 0; i < commits; i++) {
        statement.execute(
            "UPDATE t SET v = hex(randomblob(%d)) WHERE id = 1 + abs(random() %% (SELECT max(id) FROM t))"
                .formatted(ROW / 2));
      }
    }
  }

  private static Connection open(Path file) throws SQLException {
    Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA synchronous=NORMAL");
      statement.execute("PRAGMA busy_timeout=5000");
    }
    return connection;
  }
}
