package dev.sidewal.tables;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A row of a database's schema.
 *
 * @param type {@code table}, {@code index}, {@code view} or {@code trigger}
 * @param name the name
 * @param table the table or view that it belongs to, or itself
 * @param sql the statement that makes it, as SQLite keeps it; empty for what SQLite makes by itself
 * @see <a href="https://www.sqlite.org/schematab.html">The schema table</a>
 */
record SchemaEntry(String type, String name, String table, String sql) {

  /** Checks for absent values. */
  SchemaEntry {
    Objects.requireNonNull(type, "type");
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(table, "table");
    Objects.requireNonNull(sql, "sql");
  }

  /** Returns the schema of the main database, in its order. */
  static List<SchemaEntry> all(Connection connection) throws SQLException {
    List<SchemaEntry> entries = new ArrayList<>();
    try (Statement s = connection.createStatement();
        ResultSet r =
            s.executeQuery(
                "SELECT type, name, tbl_name, ifnull(sql, '') FROM main.sqlite_schema"
                    + " ORDER BY rowid")) {
      while (r.next()) {
        entries.add(
            new SchemaEntry(r.getString(1), r.getString(2), r.getString(3), r.getString(4)));
      }
    }
    return entries;
  }

  /** Returns whether it is one of those that SQLite keeps for itself. */
  boolean isInternal() {
    return name.regionMatches(true, 0, "sqlite_", 0, "sqlite_".length());
  }

  /** Returns the statement with its end, fit for the {@code sqlite3} program. */
  String statement() {
    return new StatementText(sql).toString();
  }
}
