package dev.sidewal.restore;

import dev.sidewal.sqlite.Connections;
import dev.sidewal.sqlite.LiveImage;
import dev.sidewal.sqlite.Sql;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * Counts the rows of every table, in a restored database and in the live one.
 *
 * <p>Invariant: in the live database each table is counted in a read transaction of its own, so its
 * log can begin anew between two of them. So the live numbers are of different moments where others
 * write.
 */
final class RowCounts {

  private static final String TABLES =
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*'";

  private RowCounts() {}

  /** Returns a count for each table that is in either of them, by name. */
  static List<LiveVerdict.Rows> of(Path restored, Path live) {
    try (Connection then = Connections.immutable(restored);
        Connection now = Connections.readOnly(live, LiveImage.BUSY_TIMEOUT)) {
      TreeSet<String> tables = new TreeSet<>(names(then));
      tables.addAll(names(now));
      return tables.stream()
          .map(table -> new LiveVerdict.Rows(table, rows(then, table), rows(now, table)))
          .toList();
    } catch (SQLException e) {
      // What is not readable as a database has no tables; that is told by the check.
      return List.of();
    }
  }

  private static List<String> names(Connection connection) throws SQLException {
    List<String> names = new ArrayList<>();
    try (Statement s = connection.createStatement();
        ResultSet r = s.executeQuery(TABLES)) {
      while (r.next()) {
        names.add(r.getString(1));
      }
    }
    return names;
  }

  /** Returns how many rows a table has; -1 if it is no table, or cannot be counted. */
  static long rows(Connection connection, String table) {
    try (PreparedStatement is =
        connection.prepareStatement(
            "SELECT count(*) FROM sqlite_schema WHERE type='table' AND name=?")) {
      is.setString(1, table);
      try (ResultSet r = is.executeQuery()) {
        if (!r.next() || r.getLong(1) == 0) {
          return -1;
        }
      }
      try (Statement s = connection.createStatement();
          ResultSet r = s.executeQuery("SELECT count(*) FROM " + Sql.name(table))) {
        return r.next() ? r.getLong(1) : -1;
      }
    } catch (SQLException e) {
      return -1;
    }
  }
}
