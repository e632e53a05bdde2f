package dev.sidewal.tables;

import dev.sidewal.sqlite.RawRows;
import dev.sidewal.sqlite.Sql;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the rows of tables as INSERT statements, one a line, in the order of their keys.
 *
 * <p>Invariant: loaded in this order into an empty table, each row has the rowid that it had. One
 * that SQLite would give by itself (one more than the largest before, from 1) is not named.
 *
 * <p>Invariant: no more than a row without its large values is held in memory (of a table without
 * rowid: with one of them).
 */
final class TableRows {

  private static final Logger LOG = LoggerFactory.getLogger(TableRows.class);

  /** SQLite's default, which the programs that load have as well. */
  private static final int MAX_COLUMNS = 2000;

  private static final int PIECE = 8 << 20;

  /** How many rows are written between two calls of the progress. */
  private static final int STEP = 1000;

  private final Connection connection;
  private final SqlWriter out;
  private final ValueText values;
  private final boolean mayBeLarge;
  private final LongConsumer progress;
  private long changed;

  /**
   * Writes from a connection to a writer.
   *
   * @param mayBeLarge false if the database is so small that no value can be large
   * @param progress is told how many bytes were written in all
   */
  TableRows(
      Connection connection,
      SqlWriter out,
      ValueText values,
      boolean mayBeLarge,
      LongConsumer progress) {
    this.connection = connection;
    this.out = out;
    this.values = values;
    this.mayBeLarge = mayBeLarge;
    this.progress = progress;
  }

  /** What is the same for all rows of a table. */
  private record Shape(
      Table table,
      List<Table.Column> columns,
      List<Affinity> affinities,
      boolean aliased,
      String insert,
      String insertWithRowid) {

    String from() {
      return " FROM main." + Sql.name(table.name()) + " AS d";
    }

    Optional<String> rowid() {
      return table.rowid().map(name -> "d." + name);
    }
  }

  /**
   * Writes rows of a table; see {@link #changed}.
   *
   * @param strict whether the table is STRICT, so that columns change nothing
   * @param where a condition with its WHERE, or nothing
   * @return how many rows
   */
  long write(Table table, boolean strict, String where) throws SQLException, IOException {
    changed = 0;
    Shape shape = shape(table, strict);
    List<String> columns = shape.columns().stream().map(c -> "d." + Sql.name(c.name())).toList();
    String rowid = shape.rowid().orElse("NULL");
    String large = mayBeLarge && hasLargeRow(table) ? anyLarge(columns) : "0";
    String rest =
        shape.from()
            + " NOT INDEXED"
            + where
            + shape.rowid().map(name -> " ORDER BY " + name).orElse("");
    String list = String.join(", ", columns);
    if (columns.size() + 2 <= MAX_COLUMNS) {
      String query = "SELECT " + rowid + ", " + large + ", " + list + rest;
      try (RawRows rows = RawRows.of(connection, query)) {
        return rows(shape, rows, rows, 2);
      }
    }
    // A result cannot have more columns than a table.
    try (RawRows keys = RawRows.of(connection, "SELECT " + rowid + ", " + large + rest);
        RawRows rows = RawRows.of(connection, "SELECT " + list + rest)) {
      return rows(shape, keys, rows, 0);
    }
  }

  /**
   * Returns how many values of the table that was written last their columns change when they are
   * inserted: they were stored when the column was declared otherwise.
   */
  long changed() {
    return changed;
  }

  private Shape shape(Table table, boolean strict) throws SQLException {
    List<Table.Column> columns =
        table.columns().stream().filter(c -> !c.generated() && !c.hidden()).toList();
    String insert = "INSERT INTO " + Sql.name(table.name());
    String names = columns.stream().map(c -> Sql.name(c.name())).collect(Collectors.joining(","));
    String withRowid = insert + "(" + table.rowid().orElse("") + "," + names + ") VALUES(";
    return new Shape(
        table,
        columns,
        columns.stream().map(c -> strict ? Affinity.NONE : Affinity.of(c.type())).toList(),
        isAliased(table),
        insert + " VALUES(",
        withRowid);
  }

  /** Whether a column is the rowid: an INTEGER PRIMARY KEY that needs no index. */
  private boolean isAliased(Table table) throws SQLException {
    List<Table.Column> key = table.columns().stream().filter(c -> c.keyPosition() > 0).toList();
    if (table.withoutRowid() || key.size() != 1 || !key.get(0).type().equalsIgnoreCase("INTEGER")) {
      return false;
    }
    try (PreparedStatement s =
        connection.prepareStatement(
            "SELECT count(*) FROM pragma_index_list(?, 'main') WHERE origin = 'pk'")) {
      s.setString(1, table.name());
      try (ResultSet r = s.executeQuery()) {
        return r.next() && r.getInt(1) == 0;
      }
    }
  }

  /** Asking every row for the length of its values takes longer than to look at the pages first. */
  private boolean hasLargeRow(Table table) {
    String query = "SELECT max(mx_payload) FROM dbstat('main') WHERE aggregate = TRUE AND name = ?";
    try (PreparedStatement s = connection.prepareStatement(query)) {
      s.setString(1, table.name());
      try (ResultSet r = s.executeQuery()) {
        return !r.next() || r.getLong(1) > ValueText.LARGE;
      }
    } catch (SQLException e) {
      LOG.debug("The longest row of {} is not known.", table.name(), e);
      return true;
    }
  }

  /** A condition as a balanced tree: SQLite limits the depth of expressions. */
  private static String anyLarge(List<String> columns) {
    if (columns.size() == 1) {
      return "octet_length(" + columns.get(0) + ")>" + ValueText.LARGE;
    }
    int half = columns.size() / 2;
    return "("
        + anyLarge(columns.subList(0, half))
        + " OR "
        + anyLarge(columns.subList(half, columns.size()))
        + ")";
  }

  private long rows(Shape shape, RawRows keys, RawRows rows, int first)
      throws SQLException, IOException {
    boolean namesRowid = shape.table().rowid().isPresent() && !shape.aliased();
    byte[] insert = shape.insert().getBytes(StandardCharsets.UTF_8);
    byte[] insertWithRowid = shape.insertWithRowid().getBytes(StandardCharsets.UTF_8);
    long next = 1;
    long count = 0;
    while (keys.next() && (rows == keys || rows.next())) {
      long rowid = keys.integer(0);
      boolean named = namesRowid && (rowid < 1 || rowid != next);
      boolean tooWide = named && shape.columns().size() >= MAX_COLUMNS;
      out.begin();
      if (named && !tooWide) {
        out.bytes(insertWithRowid).ascii(Long.toString(rowid)).ascii(",");
      } else {
        out.bytes(insert);
      }
      List<Long> lengths =
          keys.integer(1) != 0 && shape.rowid().isPresent() ? lengths(shape, rowid) : List.of();
      for (int i = 0; i < shape.columns().size(); i++) {
        if (i > 0) {
          out.ascii(",");
        }
        if (!lengths.isEmpty() && lengths.get(i) > ValueText.LARGE) {
          large(shape, rows.type(first + i), i, rowid, lengths.get(i));
        } else {
          value(shape.affinities().get(i), rows, first + i);
        }
      }
      out.ascii(");\n");
      out.end();
      if (tooWide) {
        moveLast(shape.table(), rowid);
      }
      next = rowid + 1;
      if (++count % STEP == 0) {
        progress.accept(out.count());
      }
    }
    progress.accept(out.count());
    return count;
  }

  private void value(Affinity affinity, RawRows rows, int column) throws SQLException, IOException {
    RawRows.Type type = rows.type(column);
    switch (type) {
      case NULL -> out.ascii("NULL");
      case INTEGER -> out.ascii(Long.toString(rows.integer(column)));
      case REAL -> out.ascii(RealText.of(rows.real(column)));
      case TEXT -> values.text(rows.bytes(column));
      case BLOB -> values.blob(rows.bytes(column));
    }
    if (affinity.changes(type, rows, column)) {
      changed++;
    }
  }

  private List<Long> lengths(Shape shape, long rowid) throws SQLException {
    String list =
        shape.columns().stream()
            .map(c -> "octet_length(d." + Sql.name(c.name()) + ")")
            .collect(Collectors.joining(", "));
    String query =
        "SELECT " + list + shape.from() + " WHERE " + shape.rowid().orElseThrow() + " = ?";
    List<Long> lengths = new ArrayList<>();
    try (RawRows row = RawRows.of(connection, query, rowid)) {
      row.next();
      for (int i = 0; i < shape.columns().size(); i++) {
        lengths.add(row.integer(i));
      }
    }
    return lengths;
  }

  /** Writes a value in pieces; within one statement SQLite reads it once. */
  private void large(Shape shape, RawRows.Type type, int column, long rowid, long length)
      throws SQLException, IOException {
    boolean text = type == RawRows.Type.TEXT;
    String name = "d." + Sql.name(shape.columns().get(column).name());
    String query =
        "WITH RECURSIVE piece(at) AS (VALUES(1) UNION ALL SELECT at + "
            + PIECE
            + " FROM piece WHERE at + "
            + PIECE
            + " <= ?) SELECT substr("
            + (text ? "CAST(" + name + " AS BLOB)" : name)
            + ", piece.at, "
            + PIECE
            + ")"
            + shape.from()
            + " CROSS JOIN piece WHERE "
            + shape.rowid().orElseThrow()
            + " = ?";
    out.open(text ? "CAST(X'" : "X'");
    long done = 0;
    try (RawRows pieces = RawRows.of(connection, query, length, rowid)) {
      while (pieces.next()) {
        byte[] piece = pieces.bytes(0);
        out.hex(piece);
        done += piece.length;
        progress.accept(out.count());
      }
    }
    if (done != length) {
      throw new SQLException("a value of " + length + " bytes has only " + done);
    }
    out.close(text ? "' AS TEXT)" : "'");
  }

  /** Gives the last row its rowid where a statement could not have so many values. */
  private void moveLast(Table table, long rowid) throws IOException {
    String name = table.rowid().orElseThrow();
    String quoted = Sql.name(table.name());
    out.text(
        "UPDATE "
            + quoted
            + " SET "
            + name
            + "="
            + rowid
            + " WHERE "
            + name
            + "=(SELECT max("
            + name
            + ") FROM "
            + quoted
            + ");\n");
  }
}
