package dev.sidewal.forensics;

import dev.sidewal.error.DatabaseException;
import dev.sidewal.error.TargetUnavailableException;
import dev.sidewal.sqlite.Connections;
import dev.sidewal.sqlite.Sql;
import dev.sidewal.tables.Names;
import dev.sidewal.tables.Table;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What differs between two database files that nobody changes meanwhile: their schemas, and their
 * rows by table. Tables whose pages are all the same are passed over; others are compared by SQL
 * over both files, in bounded memory.
 */
public final class DatabaseDiff {

  private static final String LATER = "sidewal_later";

  private final Path from;
  private final Path to;

  /** Compares two files. */
  public DatabaseDiff(Path from, Path to) {
    this.from = from;
    this.to = to;
  }

  /** A table of either moment, or of both. */
  private record Pair(Optional<Table> before, Optional<Table> after) {
    Table any() {
      return after.or(this::before).orElseThrow();
    }
  }

  /**
   * Tells what differs.
   *
   * @return whether anything does, or a table could not be compared
   */
  public boolean run(DiffRequest request, DiffSink sink) {
    try (Connection c = Connections.immutable(from)) {
      try (Statement s = c.createStatement()) {
        s.execute("ATTACH " + Sql.text(Connections.immutableUri(to)) + " AS " + LATER);
      }
      return run(c, request, sink);
    } catch (SQLException e) {
      throw new DatabaseException(
          "The two moments could not be compared: "
              + e.getMessage()
              + ". If their encodings differ, restore both and compare what 'sidewal dump' says.",
          e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean run(Connection c, DiffRequest request, DiffSink sink)
      throws SQLException, IOException {
    List<Table> before = Table.all(c, "main");
    List<Table> after = Table.all(c, LATER);
    List<Pair> pairs = chosen(pairs(before, after), request.tables());
    boolean differs = false;
    for (SchemaChange change : new SchemaComparison(c, LATER).changes(before, after)) {
      if (concerns(c, change, request.tables())) {
        differs = true;
        sink.schema(change);
      }
    }
    DifferingPages pages =
        DifferingPages.of(from, to, (int) pageSize(c, "main"), (int) pageSize(c, LATER));
    List<Pair> changed = new ArrayList<>();
    for (Pair pair : pairs) {
      TableDiff diff = compare(c, pages, pair);
      sink.table(diff);
      if (diff.inserted() + diff.deleted() + diff.updated() > 0) {
        changed.add(pair);
      }
      // What could not be compared is not known to be the same.
      differs |=
          diff.outcome() == TableDiff.Outcome.SKIPPED
              ? pair.any().kind() != Table.Kind.VIRTUAL
              : diff.outcome() != TableDiff.Outcome.SAME;
    }
    if (request.rows() > 0) {
      for (Pair pair : changed) {
        rows(c, pair, request.rows(), sink);
      }
    }
    return differs;
  }

  private static List<Pair> pairs(List<Table> before, List<Table> after) {
    Map<String, Pair> pairs = new LinkedHashMap<>();
    for (Table table : before) {
      pairs.put(Names.fold(table.name()), new Pair(Optional.of(table), Optional.empty()));
    }
    for (Table table : after) {
      pairs.merge(
          Names.fold(table.name()),
          new Pair(Optional.empty(), Optional.of(table)),
          (a, b) -> new Pair(a.before(), b.after()));
    }
    return new ArrayList<>(pairs.values());
  }

  private static List<Pair> chosen(List<Pair> pairs, List<String> names) {
    if (names.isEmpty()) {
      return pairs;
    }
    List<Pair> chosen = new ArrayList<>();
    for (String name : names) {
      chosen.add(
          pairs.stream()
              .filter(p -> Names.same(p.any().name(), name))
              .findFirst()
              .orElseThrow(
                  () ->
                      new TargetUnavailableException(
                          "Neither moment has a table "
                              + name
                              + ". There are: "
                              + String.join(", ", pairs.stream().map(p -> p.any().name()).toList())
                              + ".")));
    }
    return chosen;
  }

  /** Returns whether a change is about one of the tables, its indexes or its triggers. */
  private static boolean concerns(Connection c, SchemaChange change, List<String> tables)
      throws SQLException {
    if (tables.isEmpty()) {
      return true;
    }
    for (String table : tables) {
      try (PreparedStatement s =
          c.prepareStatement(
              "SELECT 1 FROM (SELECT * FROM main.sqlite_schema UNION ALL SELECT * FROM "
                  + LATER
                  + ".sqlite_schema) WHERE type = ? AND name = ? AND tbl_name = ? COLLATE NOCASE")) {
        s.setString(1, change.type());
        s.setString(2, change.name());
        s.setString(3, table);
        try (ResultSet r = s.executeQuery()) {
          if (r.next()) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private static TableDiff compare(Connection c, DifferingPages pages, Pair pair) {
    String name = pair.any().name();
    if (pair.any().kind() == Table.Kind.VIRTUAL) {
      return TableDiff.skipped(
          name, "a virtual table; what it keeps is in its shadow tables " + name + "_...");
    }
    try {
      if (pair.before().isEmpty()) {
        long rows = count(c, LATER, name);
        return oneSided(name, TableDiff.Outcome.CREATED, 0, rows, pair.any());
      }
      if (pair.after().isEmpty()) {
        long rows = count(c, "main", name);
        return oneSided(name, TableDiff.Outcome.DROPPED, rows, 0, pair.any());
      }
      if (pages.isSame(c, name, LATER)) {
        return TableDiff.same(name);
      }
      return new TableComparison(c, LATER, pair.before().get(), pair.after().get()).totals();
    } catch (SQLException e) {
      return TableDiff.skipped(name, "it could not be compared: " + e.getMessage());
    }
  }

  private static TableDiff oneSided(
      String name, TableDiff.Outcome outcome, long before, long after, Table table) {
    return new TableDiff(
        name,
        outcome,
        before,
        after,
        after,
        before,
        0,
        table.rowid().map(List::of).orElse(List.of()),
        "");
  }

  private static void rows(Connection c, Pair pair, long limit, DiffSink sink) throws SQLException {
    String name = pair.any().name();
    if (pair.before().isPresent() && pair.after().isPresent()) {
      new TableComparison(c, LATER, pair.before().get(), pair.after().get())
          .rows(limit, row -> sink.row(name, row));
    } else {
      boolean created = pair.after().isPresent();
      TableComparison.allRows(
          c,
          created ? RowDiff.Change.INSERTED : RowDiff.Change.DELETED,
          pair.any(),
          created ? LATER : "main",
          limit,
          row -> sink.row(name, row));
    }
  }

  private static long count(Connection c, String schema, String table) throws SQLException {
    try (Statement s = c.createStatement();
        ResultSet r = s.executeQuery("SELECT count(*) FROM " + schema + "." + Sql.name(table))) {
      return r.next() ? r.getLong(1) : 0;
    }
  }

  private static long pageSize(Connection c, String schema) throws SQLException {
    try (Statement s = c.createStatement();
        ResultSet r = s.executeQuery("PRAGMA " + schema + ".page_size")) {
      return r.next() ? r.getLong(1) : 0;
    }
  }
}
