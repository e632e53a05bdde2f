package dev.sidewal.forensics;

import dev.sidewal.sqlite.Sql;
import dev.sidewal.tables.Names;
import dev.sidewal.tables.Table;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * By what rows of two moments are the same row: the primary key, else the rowid.
 *
 * @param before the names of its columns in the earlier moment; empty if there is no usable key
 * @param after the same in the later one, in the same order
 * @param note why it is not the primary key, if there is one; may be empty
 */
record RowKey(List<String> before, List<String> after, String note) {

  RowKey {
    before = List.copyOf(before);
    after = List.copyOf(after);
  }

  /** Chooses the key of a table that is in both moments. */
  static RowKey of(Connection c, String later, Table a, Table b) throws SQLException {
    List<Table.Column> ka = primary(a);
    List<Table.Column> kb = primary(b);
    if (ka.isEmpty() && kb.isEmpty()) {
      return rowid(a, b, "");
    }
    boolean same =
        ka.size() == kb.size()
            && IntStream.range(0, ka.size()).allMatch(i -> same(ka.get(i), kb.get(i)))
            && collations(c, "main", a.name()).equals(collations(c, later, b.name()));
    if (!same) {
      return new RowKey(
          List.of(), List.of(), "its primary key was changed, so rows are compared as a whole");
    }
    if (hasNull(c, "main", a, ka) || hasNull(c, later, b, kb)) {
      return rowid(a, b, "its primary key has NULLs, so rows are compared by rowid");
    }
    return new RowKey(names(ka), names(kb), "");
  }

  private static RowKey rowid(Table a, Table b, String note) {
    if (a.rowid().isPresent() && b.rowid().isPresent()) {
      return new RowKey(List.of(a.rowid().get()), List.of(b.rowid().get()), note);
    }
    return new RowKey(
        List.of(), List.of(), "it has no key that can be named, so rows are compared as a whole");
  }

  private static List<Table.Column> primary(Table table) {
    return table.columns().stream()
        .filter(c -> c.keyPosition() > 0)
        .sorted(Comparator.comparingInt(Table.Column::keyPosition))
        .toList();
  }

  private static boolean same(Table.Column a, Table.Column b) {
    return Names.same(a.name(), b.name()) && Names.same(a.type(), b.type());
  }

  private static List<String> names(List<Table.Column> columns) {
    return columns.stream().map(Table.Column::name).toList();
  }

  /** An index of another collation finds no row; and what is one key there may be two here. */
  private static Optional<String> collations(Connection c, String schema, String table)
      throws SQLException {
    try (PreparedStatement s =
        c.prepareStatement(
            "SELECT group_concat(x.coll) FROM pragma_index_list(?1, ?2) AS l,"
                + " pragma_index_xinfo(l.name, ?2) AS x WHERE l.origin = 'pk' AND x.key = 1")) {
      s.setString(1, table);
      s.setString(2, schema);
      try (ResultSet r = s.executeQuery()) {
        return r.next() ? Optional.ofNullable(r.getString(1)) : Optional.empty();
      }
    }
  }

  private static boolean hasNull(Connection c, String schema, Table table, List<Table.Column> key)
      throws SQLException {
    if (table.withoutRowid()) {
      return false;
    }
    for (Table.Column column : key) {
      try (Statement s = c.createStatement();
          ResultSet r =
              s.executeQuery(
                  "SELECT 1 FROM "
                      + schema
                      + "."
                      + Sql.name(table.name())
                      + " WHERE "
                      + Sql.name(column.name())
                      + " IS NULL LIMIT 1")) {
        if (r.next()) {
          return true;
        }
      }
    }
    return false;
  }

  /** Returns whether rows have to be compared as a whole. */
  boolean isNone() {
    return before.isEmpty();
  }

  /** Returns the condition under which a row {@code a} and a row {@code b} are the same row. */
  String matches() {
    return IntStream.range(0, before.size())
        .mapToObj(i -> "b." + Sql.name(after.get(i)) + " = a." + Sql.name(before.get(i)))
        .collect(Collectors.joining(" AND "));
  }
}
