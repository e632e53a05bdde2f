package dev.sidewal.forensics;

import dev.sidewal.tables.Names;
import dev.sidewal.tables.Table;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What differs in the schemas of two moments, and in the numbers that a database carries. */
final class SchemaComparison {

  private static final List<String> PRAGMAS =
      List.of("user_version", "application_id", "page_size", "auto_vacuum", "encoding");

  private final Connection connection;
  private final String later;

  SchemaComparison(Connection connection, String later) {
    this.connection = connection;
    this.later = later;
  }

  /** Returns all changes. */
  List<SchemaChange> changes(List<Table> before, List<Table> after) throws SQLException {
    List<SchemaChange> changes = new ArrayList<>();
    String rows =
        "SELECT x.type, x.name, y.sql FROM %s.sqlite_schema AS x LEFT JOIN %s.sqlite_schema AS y ON"
            + " x.type = y.type AND lower(x.name) = lower(y.name) WHERE x.name NOT LIKE"
            + " 'sqlite!_%%' ESCAPE '!' AND %s";
    add(changes, "dropped", rows.formatted("main", later, "y.name IS NULL"), before, after);
    add(changes, "created", rows.formatted(later, "main", "y.name IS NULL"), before, after);
    add(
        changes,
        "changed",
        rows.formatted("main", later, "y.name IS NOT NULL AND x.sql IS NOT y.sql"),
        before,
        after);
    for (String pragma : PRAGMAS) {
      String a = pragma("main", pragma);
      String b = pragma(later, pragma);
      if (!a.equals(b)) {
        changes.add(new SchemaChange("pragma", pragma, "changed", a + " -> " + b));
      }
    }
    return changes;
  }

  private void add(
      List<SchemaChange> changes, String change, String sql, List<Table> before, List<Table> after)
      throws SQLException {
    try (Statement s = connection.createStatement();
        ResultSet r = s.executeQuery(sql)) {
      while (r.next()) {
        String detail = "";
        if (change.equals("changed")) {
          detail =
              r.getString(1).equals("table")
                  ? columns(find(before, r.getString(2)), find(after, r.getString(2)))
                  : "";
          detail = detail.isEmpty() ? "its SQL is now: " + r.getString(3) : detail;
        }
        changes.add(new SchemaChange(r.getString(1), r.getString(2), change, detail));
      }
    }
  }

  private static Optional<Table> find(List<Table> tables, String name) {
    return tables.stream().filter(t -> Names.same(t.name(), name)).findFirst();
  }

  private static String columns(Optional<Table> a, Optional<Table> b) {
    if (a.isEmpty() || b.isEmpty()) {
      return "";
    }
    Stream<String> gone =
        a.get().columns().stream()
            .filter(c -> find(b.get(), c).isEmpty())
            .map(c -> "column " + c.name() + " dropped");
    Stream<String> more =
        b.get().columns().stream()
            .filter(c -> find(a.get(), c).isEmpty())
            .map(c -> "column " + c.name() + " added");
    Stream<String> other =
        b.get().columns().stream()
            .filter(c -> find(a.get(), c).filter(o -> !o.type().equals(c.type())).isPresent())
            .map(
                c ->
                    "column "
                        + c.name()
                        + " "
                        + find(a.get(), c).orElseThrow().type()
                        + " -> "
                        + c.type());
    return Stream.of(gone, more, other).flatMap(x -> x).collect(Collectors.joining(", "));
  }

  private static Optional<Table.Column> find(Table table, Table.Column column) {
    return table.columns().stream().filter(c -> Names.same(c.name(), column.name())).findFirst();
  }

  private String pragma(String schema, String name) throws SQLException {
    try (Statement s = connection.createStatement();
        ResultSet r = s.executeQuery("PRAGMA " + schema + "." + name)) {
      return r.next() ? r.getString(1) : "";
    }
  }
}
