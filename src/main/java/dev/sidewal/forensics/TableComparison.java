package dev.sidewal.forensics;

import dev.sidewal.sqlite.Sql;
import dev.sidewal.tables.Names;
import dev.sidewal.tables.Table;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Compares the rows of one table that is in both moments. Values are the same only if their types
 * are as well ({@code 1}, {@code 1.0} and {@code '1'} differ), whatever the column's affinity and
 * collation. Everything is done by SQL that looks rows up by their key; nothing is collected here.
 */
final class TableComparison {

  /** How much of a value is shown. */
  private static final int SHOWN = 60;

  private final Connection connection;
  private final String later;
  private final Table a;
  private final Table b;
  private final RowKey key;

  /** The columns that both have, by their names in the one and the other. */
  private final List<String> before = new ArrayList<>();

  private final List<String> after = new ArrayList<>();

  TableComparison(Connection connection, String later, Table a, Table b) throws SQLException {
    this.connection = connection;
    this.later = later;
    this.a = a;
    this.b = b;
    this.key = RowKey.of(connection, later, a, b);
    for (Table.Column column : a.columns()) {
      Optional<Table.Column> other =
          b.columns().stream()
              .filter(c -> Names.same(c.name(), column.name()) && !c.generated())
              .findFirst();
      if (other.isPresent() && !column.generated()) {
        before.add(column.name());
        after.add(other.get().name());
      }
    }
  }

  private String from(String alias) {
    return alias.equals("a")
        ? "main." + Sql.name(a.name()) + " AS a"
        : later + "." + Sql.name(b.name()) + " AS b";
  }

  /** The unary plus takes a column's affinity away. */
  private String differs(int i) {
    String x = "a." + Sql.name(before.get(i));
    String y = "b." + Sql.name(after.get(i));
    return "(+"
        + x
        + " COLLATE BINARY IS NOT +"
        + y
        + " OR typeof("
        + x
        + ") <> typeof("
        + y
        + "))";
  }

  private String anyDiffers() {
    return before.isEmpty()
        ? "0"
        : IntStream.range(0, before.size())
            .mapToObj(this::differs)
            .collect(Collectors.joining(" OR "));
  }

  /** Counts what differs. */
  TableDiff totals() throws SQLException {
    long rowsBefore = number("SELECT count(*) FROM " + from("a"));
    long rowsAfter = number("SELECT count(*) FROM " + from("b"));
    long inserted;
    long deleted;
    long updated = 0;
    if (key.isNone()) {
      inserted = number("SELECT ifnull(sum(d), 0) FROM (" + multiset() + ") WHERE d > 0");
      deleted = number("SELECT ifnull(-sum(d), 0) FROM (" + multiset() + ") WHERE d < 0");
    } else {
      try (Statement s = connection.createStatement();
          ResultSet r =
              s.executeQuery(
                  "SELECT count(*), ifnull(sum("
                      + anyDiffers()
                      + "), 0) FROM "
                      + from("a")
                      + " CROSS JOIN "
                      + from("b")
                      + " ON "
                      + key.matches())) {
        r.next();
        inserted = rowsAfter - r.getLong(1);
        deleted = rowsBefore - r.getLong(1);
        updated = r.getLong(2);
      }
    }
    return new TableDiff(
        b.name(),
        inserted + deleted + updated == 0 ? TableDiff.Outcome.SAME : TableDiff.Outcome.CHANGED,
        rowsBefore,
        rowsAfter,
        inserted,
        deleted,
        updated,
        key.after(),
        key.note());
  }

  /** Whole rows with how many more of them there are after than before. */
  private String multiset() {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < before.size(); i++) {
      names.add("c" + i + " COLLATE BINARY, t" + i);
    }
    return "SELECT *, sum(w) AS d FROM (SELECT -1 AS w, "
        + tuple(before)
        + " FROM "
        + from("a")
        + " UNION ALL SELECT 1, "
        + tuple(after)
        + " FROM "
        + from("b")
        + ") GROUP BY "
        + String.join(", ", names)
        + " HAVING d <> 0";
  }

  private static String tuple(List<String> columns) {
    return IntStream.range(0, columns.size())
        .mapToObj(
            i ->
                "+%s AS c%d, typeof(%s) AS t%d"
                    .formatted(Sql.name(columns.get(i)), i, Sql.name(columns.get(i)), i))
        .collect(Collectors.joining(", "));
  }

  /** Tells rows that differ, at most so many. */
  void rows(long limit, Consumer<RowDiff> sink) throws SQLException {
    if (key.isNone()) {
      wholeRows(limit, sink);
      return;
    }
    long left = limit;
    left -= oneSided(RowDiff.Change.DELETED, left, sink);
    left -= updated(left, sink);
    oneSided(RowDiff.Change.INSERTED, left, sink);
  }

  private long oneSided(RowDiff.Change change, long limit, Consumer<RowDiff> sink)
      throws SQLException {
    boolean deleted = change == RowDiff.Change.DELETED;
    String here = deleted ? "a" : "b";
    String there = deleted ? "b" : "a";
    return oneSided(
        connection,
        change,
        deleted ? a : b,
        from(here),
        deleted ? key.before() : key.after(),
        " WHERE NOT EXISTS (SELECT 1 FROM " + from(there) + " WHERE " + key.matches() + ")",
        limit,
        sink);
  }

  /** Tells the rows of a table that is in one of the moments only. */
  static void allRows(
      Connection connection,
      RowDiff.Change change,
      Table table,
      String schema,
      long limit,
      Consumer<RowDiff> sink)
      throws SQLException {
    oneSided(
        connection,
        change,
        table,
        schema + "." + Sql.name(table.name()) + " AS t",
        table.rowid().map(List::of).orElse(List.of()),
        "",
        limit,
        sink);
  }

  private static long oneSided(
      Connection connection,
      RowDiff.Change change,
      Table table,
      String from,
      List<String> key,
      String where,
      long limit,
      Consumer<RowDiff> sink)
      throws SQLException {
    String alias = from.substring(from.length() - 1);
    List<String> columns =
        table.columns().stream()
            .filter(c -> !c.generated() && !c.hidden())
            .map(Table.Column::name)
            .toList();
    List<String> all = new ArrayList<>(key);
    all.addAll(columns);
    String list =
        all.stream().map(c -> shown(alias + "." + Sql.name(c))).collect(Collectors.joining(", "));
    long told = 0;
    try (Statement s = connection.createStatement();
        ResultSet r =
            s.executeQuery("SELECT " + list + " FROM " + from + where + " LIMIT " + limit)) {
      while (r.next()) {
        List<RowDiff.Value> keys = new ArrayList<>();
        List<RowDiff.Value> values = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
          Optional<String> value = Optional.of(r.getString(i + 1));
          (i < key.size() ? keys : values)
              .add(
                  change == RowDiff.Change.DELETED
                      ? new RowDiff.Value(all.get(i), value, Optional.empty())
                      : new RowDiff.Value(all.get(i), Optional.empty(), value));
        }
        sink.accept(new RowDiff(change, keys, values, 1));
        told++;
      }
    }
    return told;
  }

  private long updated(long limit, Consumer<RowDiff> sink) throws SQLException {
    List<String> list = new ArrayList<>();
    key.before().forEach(k -> list.add(shown("a." + Sql.name(k))));
    for (int i = 0; i < before.size(); i++) {
      list.add(differs(i));
      list.add(shown("a." + Sql.name(before.get(i))));
      list.add(shown("b." + Sql.name(after.get(i))));
    }
    long told = 0;
    try (Statement s = connection.createStatement();
        ResultSet r =
            s.executeQuery(
                "SELECT "
                    + String.join(", ", list)
                    + " FROM "
                    + from("a")
                    + " CROSS JOIN "
                    + from("b")
                    + " ON "
                    + key.matches()
                    + " WHERE "
                    + anyDiffers()
                    + " LIMIT "
                    + limit)) {
      while (r.next()) {
        List<RowDiff.Value> keys = new ArrayList<>();
        int at = 1;
        for (String k : key.before()) {
          keys.add(new RowDiff.Value(k, Optional.of(r.getString(at++)), Optional.empty()));
        }
        List<RowDiff.Value> values = new ArrayList<>();
        for (int i = 0; i < before.size(); i++, at += 3) {
          if (r.getBoolean(at)) {
            values.add(
                new RowDiff.Value(
                    after.get(i),
                    Optional.of(r.getString(at + 1)),
                    Optional.of(r.getString(at + 2))));
          }
        }
        sink.accept(new RowDiff(RowDiff.Change.UPDATED, keys, values, 1));
        told++;
      }
    }
    return told;
  }

  private void wholeRows(long limit, Consumer<RowDiff> sink) throws SQLException {
    String list =
        IntStream.range(0, before.size())
            .mapToObj(i -> shown("c" + i))
            .collect(Collectors.joining(", "));
    try (Statement s = connection.createStatement();
        ResultSet r =
            s.executeQuery(
                "SELECT d, " + list + " FROM (" + multiset() + ") ORDER BY d > 0 LIMIT " + limit)) {
      while (r.next()) {
        long d = r.getLong(1);
        List<RowDiff.Value> values = new ArrayList<>();
        for (int i = 0; i < before.size(); i++) {
          Optional<String> value = Optional.of(r.getString(i + 2));
          values.add(
              d < 0
                  ? new RowDiff.Value(after.get(i), value, Optional.empty())
                  : new RowDiff.Value(after.get(i), Optional.empty(), value));
        }
        sink.accept(
            new RowDiff(
                d < 0 ? RowDiff.Change.DELETED : RowDiff.Change.INSERTED,
                List.of(),
                values,
                Math.abs(d)));
      }
    }
  }

  private long number(String sql) throws SQLException {
    try (Statement s = connection.createStatement();
        ResultSet r = s.executeQuery(sql)) {
      return r.next() ? r.getLong(1) : 0;
    }
  }

  /** A value as a literal; of a long one the beginning and the length. */
  private static String shown(String value) {
    return ("CASE WHEN typeof(%1$s) = 'text' AND length(%1$s) > %2$d THEN"
            + " quote(substr(%1$s, 1, %2$d)) || '... (' || length(%1$s) || ' characters)'"
            + " WHEN typeof(%1$s) = 'blob' AND length(%1$s) > %3$d THEN"
            + " quote(substr(%1$s, 1, %3$d)) || '... (' || length(%1$s) || ' bytes)'"
            + " ELSE quote(%1$s) END")
        .formatted(value, SHOWN, SHOWN / 3);
  }
}
