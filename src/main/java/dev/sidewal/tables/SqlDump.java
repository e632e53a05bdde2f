package dev.sidewal.tables;

import dev.sidewal.error.DatabaseException;
import dev.sidewal.error.UsageException;
import dev.sidewal.sqlite.Sql;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongConsumer;

/**
 * Writes a database as SQL text that the {@code sqlite3} program makes the same database of.
 *
 * <p>Tables come first, each with its rows; then indexes, views and triggers, so that no trigger
 * fires; then what SQLite keeps for itself. A virtual table is put into the schema as it stands
 * there, over its shadow tables, which are dumped like all others: so its module is asked for
 * nothing, and need not even be there.
 *
 * <p>Invariant: the text is one transaction. Its COMMIT is written only after all that was to be
 * read was read; if reading fails, ROLLBACK stands there instead. The text depends on nothing but
 * the database, the options and the header. Not safe for use by several threads.
 */
public final class SqlDump {

  /** Lets rows of the schema be written; the last of these has it read anew, where it is known. */
  private static final String SCHEMA_ON = "PRAGMA writable_schema=ON;\n";

  private static final String SCHEMA_OFF = "PRAGMA writable_schema=OFF;\n";
  private static final String SCHEMA_RESET = "PRAGMA writable_schema=RESET;\n";

  /**
   * What is dumped.
   *
   * @param tables names of tables and views, dumped with their indexes and triggers; empty for the
   *     whole database
   * @param schema whether the schema is dumped
   * @param data whether the rows are dumped
   */
  public record Options(List<String> tables, boolean schema, boolean data) {

    /** The whole database. */
    public static final Options ALL = new Options(List.of(), true, true);

    /** Takes a copy of the list. */
    public Options {
      tables = List.copyOf(tables);
    }
  }

  /**
   * What was dumped.
   *
   * @param tables how many tables, those counted in which virtual tables keep their content
   * @param rows how many rows
   * @param bytes how long the text is
   * @param notes what whoever loads it should know; usually nothing
   */
  public record Result(long tables, long rows, long bytes, List<String> notes) {
    /** Takes a copy of the list. */
    public Result {
      notes = List.copyOf(notes);
    }
  }

  private final Connection connection;
  private final SqlWriter out;
  private final Options options;
  private final LongConsumer progress;
  private final List<String> notes = new ArrayList<>();
  private final Map<String, Table> tables = new HashMap<>();
  private final Set<String> strict = new HashSet<>();
  private final Set<String> selected = new HashSet<>();
  private List<SchemaEntry> schema = List.of();
  private long tableCount;
  private long rowCount;

  private SqlDump(Connection connection, OutputStream out, Options options, LongConsumer progress) {
    this.connection = connection;
    this.out = new SqlWriter(out);
    this.options = options;
    this.progress = progress;
  }

  /**
   * Writes the text.
   *
   * @param connection to a database that nobody changes meanwhile
   * @param header lines that say what this is, without comment signs
   * @param progress is told how many bytes were written
   * @throws UsageException if there is no such table; then nothing was written
   * @throws DatabaseException if the database cannot be read; if something was written, the text
   *     ends with a ROLLBACK
   * @throws IOException if the text cannot be written
   */
  public static Result write(
      Connection connection,
      OutputStream out,
      List<String> header,
      Options options,
      LongConsumer progress)
      throws IOException {
    return new SqlDump(connection, out, options, progress).run(header);
  }

  private Result run(List<String> header) throws IOException {
    Objects.requireNonNull(header, "header");
    try {
      begin(header);
      dump();
      out.ascii("COMMIT;\n");
    } catch (SQLException e) {
      if (out.count() > 0) {
        out.breakOff();
        out.ascii("ROLLBACK;\n-- the dump failed here: it is incomplete and loads nothing\n");
        out.flush();
      }
      throw new DatabaseException(
          "The database could not be read to its end: "
              + e.getMessage()
              + ". The dump is incomplete; what was written of it ends with ROLLBACK, so it loads"
              + " nothing. If the database is damaged, 'sidewal check' tells more.",
          e);
    }
    out.ascii("-- end of dump: " + tableCount + (tableCount == 1 ? " table, " : " tables, "));
    out.ascii(rowCount + (rowCount == 1 ? " row\n" : " rows\n"));
    out.flush();
    return new Result(tableCount, rowCount, out.count(), notes);
  }

  private void begin(List<String> header) throws SQLException, IOException {
    schema = SchemaEntry.all(connection);
    for (Table table : Table.all(connection, "main")) {
      tables.put(table.name(), table);
    }
    try (Statement s = connection.createStatement();
        ResultSet r =
            s.executeQuery("SELECT name FROM pragma_table_list WHERE schema='main' AND strict")) {
      while (r.next()) {
        strict.add(r.getString(1));
      }
    }
    select();
    for (String line : header) {
      comment(line);
    }
    out.ascii("PRAGMA foreign_keys=OFF;\n");
    if (whole() && options.schema()) {
      out.ascii("PRAGMA page_size=" + pragma("page_size") + ";\n");
      out.ascii("PRAGMA auto_vacuum=" + pragma("auto_vacuum") + ";\n");
    }
    out.ascii("PRAGMA encoding='" + pragma("encoding") + "';\n");
    out.ascii("BEGIN TRANSACTION;\n");
  }

  private boolean whole() {
    return options.tables().isEmpty();
  }

  private void select() {
    for (String wanted : options.tables()) {
      List<String> found =
          schema.stream()
              .filter(e -> e.type().equals("table") || e.type().equals("view"))
              .filter(e -> !e.isInternal() && sameName(e.name(), wanted))
              .map(SchemaEntry::name)
              .toList();
      if (found.isEmpty()) {
        throw new UsageException("there is no table '" + wanted + "'; " + known());
      }
      found.forEach(name -> selected.add(lower(name)));
      for (Table table : tables.values()) {
        if (table.kind() == Table.Kind.SHADOW && isShadowOf(table.name(), found.get(0))) {
          selected.add(lower(table.name()));
        }
      }
    }
  }

  /** As SQLite compares names: ASCII letters by themselves. */
  private static boolean sameName(String a, String b) {
    return a.length() == b.length() && lower(a).equals(lower(b));
  }

  private static String lower(String name) {
    StringBuilder text = new StringBuilder(name);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= 'A' && c <= 'Z') {
        text.setCharAt(i, (char) (c + 32));
      }
    }
    return text.toString();
  }

  private boolean isShadowOf(String shadow, String table) {
    int mark = shadow.lastIndexOf('_');
    return mark >= 0
        && sameName(shadow.substring(0, mark), table)
        && tables.containsKey(table)
        && tables.get(table).kind() == Table.Kind.VIRTUAL;
  }

  private String known() {
    List<String> names =
        schema.stream()
            .filter(e -> e.type().equals("table") && !e.isInternal())
            .map(SchemaEntry::name)
            .toList();
    if (names.isEmpty()) {
      return "the database has none";
    }
    String list = String.join(", ", names.subList(0, Math.min(10, names.size())));
    return "there are: "
        + list
        + (names.size() > 10 ? " and " + (names.size() - 10) + " more" : "");
  }

  private boolean isSelected(SchemaEntry entry) {
    return whole()
        || selected.contains(lower(entry.name()))
        || selected.contains(lower(entry.table()));
  }

  private List<SchemaEntry> entries(String type) {
    return schema.stream()
        .filter(e -> e.type().equals(type) && !e.isInternal() && !e.sql().isEmpty())
        .filter(this::isSelected)
        .toList();
  }

  private void dump() throws SQLException, IOException {
    for (SchemaEntry entry : entries("table")) {
      Table table = tables.get(entry.name());
      if (table != null && table.kind() != Table.Kind.VIRTUAL) {
        table(entry, table);
      }
    }
    if (options.schema()) {
      for (String type : List.of("index", "view", "trigger")) {
        for (SchemaEntry entry : entries(type)) {
          statement(entry.statement());
        }
      }
    }
    if (options.data()) {
      sequences();
      if (whole()) {
        statistics();
      }
    }
    if (options.schema()) {
      virtualTables();
      if (whole()) {
        out.ascii("PRAGMA user_version=" + pragma("user_version") + ";\n");
        out.ascii("PRAGMA application_id=" + pragma("application_id") + ";\n");
      }
    }
  }

  private void table(SchemaEntry entry, Table table) throws SQLException, IOException {
    boolean shadow = table.kind() == Table.Kind.SHADOW;
    if (!options.data() && shadow) {
      return; // CREATE VIRTUAL TABLE makes it.
    }
    tableCount++;
    if (options.schema()) {
      statement(entry.statement());
    } else if (shadow) {
      statement("DELETE FROM " + Sql.name(table.name()) + ";");
    }
    if (options.data()) {
      rows(table, "");
    }
  }

  private void rows(Table table, String where) throws SQLException, IOException {
    Charset encoding = encoding();
    ValueText values = new ValueText(out, encoding);
    boolean mayBeLarge = number("page_count") * number("page_size") > ValueText.LARGE;
    TableRows rows = new TableRows(connection, out, values, mayBeLarge, progress);
    boolean unchanging = strict.contains(table.name());
    rowCount += rows.write(table, unchanging, where);
    if (rows.changed() > 0) {
      note(
          "table "
              + table.name()
              + ": "
              + rows.changed()
              + " values have a type that their column converts when they are loaded: the column was"
              + " declared otherwise when they were stored");
    }
    if (!table.withoutRowid() && table.rowid().isEmpty()) {
      note(
          "table "
              + table.name()
              + ": its columns take all names of the rowid, so its rows get new rowids");
    }
  }

  private boolean has(String table) {
    return schema.stream().anyMatch(e -> e.type().equals("table") && e.name().equals(table));
  }

  private void sequences() throws SQLException, IOException {
    if (!has("sqlite_sequence")) {
      return;
    }
    Table table = Table.internal(connection, "main", "sqlite_sequence");
    if (!whole()) {
      for (SchemaEntry entry : entries("table")) {
        String where = " WHERE name=" + Sql.text(entry.name());
        if (entry.sql().toUpperCase(Locale.ROOT).contains("AUTOINCREMENT")) {
          statement("DELETE FROM sqlite_sequence" + where + ";");
          rows(table, where);
        }
      }
      return;
    }
    boolean made =
        entries("table").stream()
            .anyMatch(e -> e.sql().toUpperCase(Locale.ROOT).contains("AUTOINCREMENT"));
    if (!made && options.schema()) {
      comment("Makes sqlite_sequence, which outlives the tables that needed it.");
      String name = "sidewal_sequence";
      while (has(name)) {
        name += "_";
      }
      statement("CREATE TABLE " + name + "(id INTEGER PRIMARY KEY AUTOINCREMENT);");
      statement("DROP TABLE " + name + ";");
    }
    statement("DELETE FROM sqlite_sequence;");
    rows(table, "");
  }

  private void statistics() throws SQLException, IOException {
    List<SchemaEntry> statistics =
        schema.stream()
            .filter(e -> e.type().equals("table") && e.name().startsWith("sqlite_stat"))
            .toList();
    if (statistics.isEmpty()) {
      return;
    }
    if (options.schema()) {
      statement("ANALYZE sqlite_master;");
    }
    for (SchemaEntry entry : statistics) {
      boolean common = entry.name().equals("sqlite_stat1");
      if (!common && options.schema()) {
        comment("Not every SQLite makes " + entry.name() + " by itself.");
        out.ascii(SCHEMA_ON);
        statement(
            entry.statement().replaceFirst("(?i)^CREATE TABLE ", "CREATE TABLE IF NOT EXISTS "));
        out.ascii(SCHEMA_OFF);
      }
      statement("DELETE FROM " + entry.name() + ";");
      rows(Table.internal(connection, "main", entry.name()), "");
    }
  }

  private void virtualTables() throws SQLException, IOException {
    List<SchemaEntry> virtual =
        entries("table").stream()
            .filter(e -> tables.containsKey(e.name()))
            .filter(e -> tables.get(e.name()).kind() == Table.Kind.VIRTUAL)
            .toList();
    if (virtual.isEmpty()) {
      return;
    }
    List<SchemaEntry> asRows = new ArrayList<>();
    for (SchemaEntry entry : virtual) {
      tableCount++;
      boolean unknown = tables.get(entry.name()).columns().isEmpty();
      if (unknown) {
        note(
            "virtual table "
                + entry.name()
                + ": its module is not in this program, so it is dumped as it stands in the schema;"
                + " tables in which it keeps its content are dumped as ordinary ones");
      }
      if (unknown || options.data()) {
        asRows.add(entry);
      } else {
        statement(entry.statement());
      }
    }
    if (asRows.isEmpty()) {
      return;
    }
    comment("Virtual tables stand in the schema only; their content is in the tables above.");
    comment("A sqlite3 in defensive mode refuses that: give it -cmd '.dbconfig defensive off'.");
    out.ascii(SCHEMA_ON);
    ValueText values = new ValueText(out, StandardCharsets.UTF_8);
    for (SchemaEntry entry : asRows) {
      out.begin();
      out.ascii("INSERT INTO sqlite_master(type,name,tbl_name,rootpage,sql) VALUES('table',");
      values.text(entry.name().getBytes(StandardCharsets.UTF_8));
      out.ascii(",");
      values.text(entry.name().getBytes(StandardCharsets.UTF_8));
      out.ascii(",0,");
      values.text(entry.sql().getBytes(StandardCharsets.UTF_8));
      out.ascii(");\n");
      out.end();
    }
    out.ascii(SCHEMA_RESET);
  }

  private void statement(String sql) throws IOException {
    out.text(sql).ascii("\n");
  }

  private void note(String text) throws IOException {
    notes.add(text);
    comment("note: " + text);
  }

  /** Writes a comment of one line, whatever is in it. */
  private void comment(String text) throws IOException {
    out.text("-- " + text.replaceAll("\\p{Cntrl}", "?") + "\n");
  }

  private Charset encoding() throws SQLException {
    return switch (pragma("encoding")) {
      case "UTF-16le" -> StandardCharsets.UTF_16LE;
      case "UTF-16be" -> StandardCharsets.UTF_16BE;
      default -> StandardCharsets.UTF_8;
    };
  }

  private long number(String pragma) throws SQLException {
    return Long.parseLong(pragma(pragma));
  }

  private String pragma(String name) throws SQLException {
    try (Statement s = connection.createStatement();
        ResultSet r = s.executeQuery("PRAGMA main." + name)) {
      return r.next() ? r.getString(1) : "0";
    }
  }
}
