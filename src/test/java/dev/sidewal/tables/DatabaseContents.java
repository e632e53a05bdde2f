package dev.sidewal.tables;

import dev.sidewal.sqlite.Connections;
import dev.sidewal.sqlite.Sql;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * All that a database holds, in a form that shows every difference: schema texts, pragmas, and each
 * row with its rowid, storage classes, and bits. Read with plain JDBC and SQL, not with what is
 * tested.
 */
final class DatabaseContents {

  private DatabaseContents() {}

  /** Reads a database that nobody changes. */
  static Map<String, List<String>> of(Path database) throws SQLException {
    Map<String, List<String>> contents = new TreeMap<>();
    try (Connection c = Connections.readOnly(database, java.time.Duration.ofSeconds(5))) {
      contents.put(
          "schema",
          list(
              c,
              "SELECT type || ' ' || name || ' ' || tbl_name || ' ' || ifnull(sql, '') FROM"
                  + " sqlite_schema ORDER BY type, name"));
      for (String pragma :
          List.of("encoding", "page_size", "auto_vacuum", "user_version", "application_id")) {
        contents.put("PRAGMA " + pragma, list(c, "PRAGMA " + pragma));
      }
      contents.put("integrity", list(c, "PRAGMA integrity_check"));
      for (String table :
          list(
              c,
              "SELECT l.name FROM pragma_table_list AS l JOIN sqlite_schema AS m ON m.type ="
                  + " 'table' AND m.name = l.name WHERE l.schema = 'main' AND l.type <>"
                  + " 'virtual'")) {
        contents.put("rows of " + table, rows(c, table));
      }
    }
    return contents;
  }

  private static List<String> rows(Connection c, String table) throws SQLException {
    List<String> columns = new ArrayList<>();
    boolean withoutRowid;
    try (Statement s = c.createStatement()) {
      try (ResultSet r = s.executeQuery("PRAGMA table_xinfo(" + Sql.name(table) + ")")) {
        while (r.next()) {
          columns.add(r.getString("name"));
        }
      }
      try (ResultSet r =
          s.executeQuery(
              "SELECT wr FROM pragma_table_list WHERE schema='main' AND name=" + Sql.text(table))) {
        withoutRowid = r.next() && r.getBoolean(1);
      }
    }
    Optional<String> rowid =
        Stream.of("rowid", "_rowid_", "oid")
            .filter(n -> !withoutRowid && columns.stream().noneMatch(n::equalsIgnoreCase))
            .findFirst();
    List<String> rows = new ArrayList<>();
    for (int from = 0; from < columns.size(); from += 500) {
      List<String> some = columns.subList(from, Math.min(columns.size(), from + 500));
      StringBuilder query = new StringBuilder("SELECT ").append(rowid.orElse("'-'"));
      for (String column : some) {
        String name = Sql.name(column);
        query.append(", typeof(").append(name).append("), ").append(name);
        query.append(", hex(CAST(").append(name).append(" AS BLOB))");
      }
      query.append(" FROM ").append(Sql.name(table)).append(" NOT INDEXED");
      try (Statement s = c.createStatement();
          ResultSet r = s.executeQuery(query.toString())) {
        while (r.next()) {
          StringBuilder row = new StringBuilder(r.getString(1));
          for (int i = 0; i < some.size(); i++) {
            String type = r.getString(3 * i + 2);
            row.append(' ').append(type).append(' ');
            row.append(
                switch (type) {
                  case "real" ->
                      Long.toHexString(Double.doubleToRawLongBits(r.getDouble(3 * i + 3)));
                  case "integer" -> Long.toString(r.getLong(3 * i + 3));
                  case "null" -> "";
                  default -> r.getString(3 * i + 4);
                });
          }
          rows.add(row.toString());
        }
      }
    }
    return rows;
  }

  private static List<String> list(Connection c, String query) throws SQLException {
    List<String> values = new ArrayList<>();
    try (Statement s = c.createStatement();
        ResultSet r = s.executeQuery(query)) {
      while (r.next()) {
        values.add(r.getString(1));
      }
    }
    return values;
  }
}
