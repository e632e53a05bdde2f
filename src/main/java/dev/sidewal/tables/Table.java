package dev.sidewal.tables;

import dev.sidewal.sqlite.Sql;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A table of a database.
 *
 * @param name its name
 * @param kind what it is
 * @param withoutRowid whether it was made WITHOUT ROWID
 * @param columns all of its columns, generated and hidden ones too; none if it is virtual and its
 *     module is not there; immutable
 * @param rowid a name by which its rowid can be read and written that is no column's; empty if
 *     there is none
 * @see <a href="https://www.sqlite.org/pragma.html#pragma_table_list">PRAGMA table_list</a>
 */
public record Table(
    String name, Kind kind, boolean withoutRowid, List<Column> columns, Optional<String> rowid) {

  private static final Logger LOG = LoggerFactory.getLogger(Table.class);

  /** What a table is. */
  public enum Kind {
    /** An ordinary table. */
    TABLE,
    /** A virtual table: a module makes up its rows. */
    VIRTUAL,
    /** An ordinary table in which a virtual table keeps its content. */
    SHADOW
  }

  /**
   * A column.
   *
   * @param name its name
   * @param type its declared type; may be empty
   * @param keyPosition its place in the primary key, from 1; 0 if it is not part of it
   * @param generated whether it is computed and cannot be written
   * @param hidden whether it is a hidden column of a virtual table
   */
  public record Column(
      String name, String type, int keyPosition, boolean generated, boolean hidden) {}

  /** Takes a copy of the list. */
  public Table {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(rowid, "rowid");
    columns = List.copyOf(columns);
  }

  /**
   * Returns the tables of a database in the order of its schema; those that SQLite keeps for itself
   * ({@code sqlite_sequence} and others) are not among them, nor views.
   *
   * @param schema the name of the database in the connection, such as {@code main}
   */
  public static List<Table> all(Connection connection, String schema) throws SQLException {
    List<Table> tables = new ArrayList<>();
    try (PreparedStatement s =
        connection.prepareStatement(
            "SELECT l.name, l.type, l.wr FROM pragma_table_list AS l JOIN "
                + Sql.name(schema)
                + ".sqlite_schema AS m ON m.type = 'table' AND m.name = l.name"
                + " WHERE l.schema = ? AND l.type IN ('table', 'virtual', 'shadow')"
                + " AND l.name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY m.rowid")) {
      s.setString(1, schema);
      try (ResultSet r = s.executeQuery()) {
        while (r.next()) {
          Kind kind = Kind.valueOf(r.getString(2).toUpperCase(Locale.ROOT));
          List<Column> columns =
              kind == Kind.VIRTUAL
                  ? columnsIfKnown(connection, schema, r.getString(1))
                  : columns(connection, schema, r.getString(1));
          boolean withoutRowid = r.getBoolean(3);
          tables.add(
              new Table(
                  r.getString(1),
                  kind,
                  withoutRowid,
                  columns,
                  withoutRowid ? Optional.empty() : rowid(columns)));
        }
      }
    }
    return tables;
  }

  /** A virtual table whose module is not there has columns that nobody can tell. */
  private static List<Column> columnsIfKnown(Connection connection, String schema, String table) {
    try {
      return columns(connection, schema, table);
    } catch (SQLException e) {
      LOG.debug("The columns of {} are not known.", table, e);
      return List.of();
    }
  }

  private static List<Column> columns(Connection connection, String schema, String table)
      throws SQLException {
    List<Column> columns = new ArrayList<>();
    try (PreparedStatement s =
        connection.prepareStatement(
            "SELECT name, type, pk, hidden FROM pragma_table_xinfo(?, ?) ORDER BY cid")) {
      s.setString(1, table);
      s.setString(2, schema);
      try (ResultSet r = s.executeQuery()) {
        while (r.next()) {
          // hidden: 0 ordinary, 1 hidden in a virtual table, 2 generated virtual, 3 stored
          int hidden = r.getInt(4);
          columns.add(
              new Column(r.getString(1), r.getString(2), r.getInt(3), hidden >= 2, hidden == 1));
        }
      }
    }
    return columns;
  }

  /**
   * Returns one of the tables that SQLite keeps for itself, such as {@code sqlite_sequence}; it
   * must be there.
   */
  static Table internal(Connection connection, String schema, String name) throws SQLException {
    List<Column> columns = columns(connection, schema, name);
    return new Table(name, Kind.TABLE, false, columns, rowid(columns));
  }

  private static Optional<String> rowid(List<Column> columns) {
    return Stream.of("rowid", "_rowid_", "oid")
        .filter(name -> columns.stream().noneMatch(c -> c.name().equalsIgnoreCase(name)))
        .findFirst();
  }
}
