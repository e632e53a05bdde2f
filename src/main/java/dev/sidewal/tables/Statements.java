package dev.sidewal.tables;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Small questions and commands to a connection. */
final class Statements {

  private Statements() {}

  /** Runs a statement. */
  static void run(Connection connection, String sql) throws SQLException {
    try (Statement s = connection.createStatement()) {
      s.execute(sql);
    }
  }

  /** Runs a statement that changes rows, and returns how many. */
  static long change(Connection connection, String sql) throws SQLException {
    try (Statement s = connection.createStatement()) {
      return s.executeLargeUpdate(sql);
    }
  }

  /** Returns the first column of all rows. */
  static List<String> texts(Connection connection, String sql, String... parameters)
      throws SQLException {
    try (PreparedStatement s = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        s.setString(i + 1, parameters[i]);
      }
      try (ResultSet r = s.executeQuery()) {
        List<String> all = new ArrayList<>();
        while (r.next()) {
          all.add(r.getString(1));
        }
        return all;
      }
    }
  }

  /** Returns the first column of the first row; empty if there is none. */
  static Optional<String> text(Connection connection, String sql, String... parameters)
      throws SQLException {
    return texts(connection, sql, parameters).stream().findFirst();
  }

  /** Returns the number that a query has as its result. */
  static long number(Connection connection, String sql) throws SQLException {
    try (Statement s = connection.createStatement();
        ResultSet r = s.executeQuery(sql)) {
      return r.next() ? r.getLong(1) : 0;
    }
  }

  /**
   * Returns how many rows a table has.
   *
   * @param table with the name of its database, quoted
   */
  static long count(Connection connection, String table) throws SQLException {
    try {
      return number(connection, "SELECT count(*) FROM " + table);
    } catch (SQLException e) {
      // SQLite counts in the smallest index, which may have a collation of the application.
      return number(connection, "SELECT count(*) FROM " + table + " NOT INDEXED");
    }
  }
}
