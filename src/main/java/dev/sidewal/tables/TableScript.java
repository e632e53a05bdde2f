package dev.sidewal.tables;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * The SQL that makes a table and what belongs to it.
 *
 * @param create makes the table
 * @param parts its indexes, then its triggers, as the moment has them; immutable
 */
record TableScript(String create, List<Part> parts) {

  /**
   * An index or a trigger.
   *
   * @param trigger whether it is a trigger
   * @param name its name
   * @param sql makes it
   */
  record Part(boolean trigger, String name, String sql) {}

  TableScript {
    parts = List.copyOf(parts);
  }

  /** Reads what a database has of a table; indexes that come with the table are not among it. */
  static TableScript read(Connection connection, String table) throws SQLException {
    String create =
        Statements.text(
                connection,
                "SELECT sql FROM main.sqlite_schema WHERE type = 'table'"
                    + " AND name = ? COLLATE NOCASE",
                table)
            .orElseThrow();
    List<Part> parts = new ArrayList<>();
    try (PreparedStatement s =
        connection.prepareStatement(
            "SELECT type = 'trigger', name, sql FROM main.sqlite_schema"
                + " WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
                + " AND tbl_name = ? COLLATE NOCASE ORDER BY type, rowid")) {
      s.setString(1, table);
      try (ResultSet r = s.executeQuery()) {
        while (r.next()) {
          parts.add(new Part(r.getBoolean(1), r.getString(2), r.getString(3)));
        }
      }
    }
    return new TableScript(create, parts);
  }
}
