package dev.sidewal.bench.scenario;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * What a database holds, apart from how it lies in the file: the schema, and every row of every
 * table, in order. The tables that Litestream makes in the application's database do not count.
 */
final class Content {

  private static final String TABLES =
      "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE"
          + " '\\' AND name NOT LIKE '\\_litestream\\_%' ESCAPE '\\' ORDER BY name";

  private Content() {}

  /** Returns a hash of all of it. Nobody may write the database meanwhile. */
  static String hash(Path database) throws IOException, SQLException {
    try (Connection connection = open(database);
        Statement statement = connection.createStatement()) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      List<String> tables = new ArrayList<>();
      try (ResultSet names = statement.executeQuery(TABLES)) {
        while (names.next()) {
          tables.add(names.getString(1));
          digest.update(names.getString(2).getBytes(StandardCharsets.UTF_8));
        }
      }
      for (String table : tables) {
        String all = "SELECT * FROM \"" + table + "\" ORDER BY rowid";
        try (ResultSet rows = statement.executeQuery(all)) {
          while (rows.next()) {
            row(digest, rows);
          }
        }
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // Every Java has it.
    }
  }

  private static void row(MessageDigest digest, ResultSet rows) throws SQLException {
    for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
      byte[] value = rows.getBytes(i);
      if (value == null) {
        digest.update((byte) 'n');
      } else {
        digest.update((byte) 'v');
        digest.update(ByteBuffer.allocate(4).putInt(value.length).array());
        digest.update(value);
      }
    }
  }

  /** Returns how many rows the table of the writers has. */
  static long rows(Path database) throws IOException, SQLException {
    try (Connection connection = open(database);
        Statement statement = connection.createStatement();
        ResultSet count = statement.executeQuery("SELECT count(*) FROM t")) {
      count.next();
      return count.getLong(1);
    }
  }

  /** Fails unless SQLite finds a database in order. */
  static void check(Path database) throws IOException, SQLException {
    try (Connection connection = open(database);
        Statement statement = connection.createStatement();
        ResultSet verdict = statement.executeQuery("PRAGMA integrity_check")) {
      if (!verdict.next() || !verdict.getString(1).equals("ok")) {
        throw new IOException(database + " is damaged: " + verdict.getString(1));
      }
    }
  }

  private static Connection open(Path database) throws IOException, SQLException {
    if (!Files.exists(database)) {
      throw new IOException(database + " is not there");
    }
    return DriverManager.getConnection("jdbc:sqlite:" + database);
  }
}
