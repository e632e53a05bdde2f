package dev.sidewal.tables;

import dev.sidewal.error.VerificationFailedException;
import dev.sidewal.sqlite.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * Makes one table in the live database, inside the transaction of the caller: the table, its rows,
 * where AUTOINCREMENT counts on, its indexes, and last its triggers, so that none fires for the
 * rows.
 */
final class TableCopy {

  /** The name under which the moment is attached. */
  static final String MOMENT = "sidewal_moment";

  private final Connection live;
  private final TablePlan plan;
  private final TableScript script;
  private OptionalLong liveSequence = OptionalLong.empty();

  TableCopy(Connection live, TablePlan plan, TableScript script) {
    this.live = live;
    this.plan = plan;
    this.script = script;
  }

  /** Removes the table that is replaced, and returns how many rows it had. */
  OptionalLong drop() throws SQLException {
    if (plan.live().isEmpty()) {
      return OptionalLong.empty();
    }
    String table = "main." + Sql.name(plan.live());
    long rows = Statements.count(live, table);
    if (!plan.copies()) {
      liveSequence = sequence("main", plan.live());
      Statements.run(live, "DROP TABLE " + table);
    }
    return OptionalLong.of(rows);
  }

  /** Makes the table. */
  RestoredTable make(OptionalLong liveRows) throws SQLException {
    Statements.run(live, script.create());
    long rows = rows();
    sequence();
    List<String> indexes = new ArrayList<>();
    List<String> triggers = new ArrayList<>();
    for (TableScript.Part part : script.parts()) {
      String name = freeName(part);
      Statements.run(
          live, name.equals(part.name()) ? part.sql() : SchemaSql.rename(part.sql(), name));
      (part.trigger() ? triggers : indexes).add(name);
    }
    return new RestoredTable(
        plan.source().name(), plan.target(), plan.action(), rows, liveRows, indexes, triggers);
  }

  /** Returns the name under which the attached moment has the table. */
  private String momentName() {
    return MOMENT + "." + Sql.name(plan.copies() ? plan.target() : plan.source().name());
  }

  private long rows() throws SQLException {
    Table table = plan.source();
    List<String> columns = new ArrayList<>();
    table.rowid().ifPresent(columns::add);
    table.columns().stream()
        .filter(c -> !c.generated())
        .filter(c -> !c.hidden() || SchemaSql.keepsHidden(script.create(), c.name()))
        .forEach(c -> columns.add(Sql.name(c.name())));
    String list = columns.stream().collect(Collectors.joining(", "));
    String target = "main." + Sql.name(plan.target());
    Statements.run(
        live, "INSERT INTO " + target + "(" + list + ") SELECT " + list + " FROM " + momentName());
    long came = Statements.count(live, target);
    long expected = Statements.count(live, momentName());
    if (came != expected) {
      throw new VerificationFailedException(
          "The moment's "
              + table.name()
              + " has "
              + expected
              + " rows, but "
              + came
              + " came. Everything was undone; nothing was changed. Is the moment whole? See"
              + " 'sidewal verify'.");
    }
    return came;
  }

  /**
   * Numbers of rows that were given out are not given out again: neither those of the moment, nor
   * those of the table that is replaced.
   */
  private void sequence() throws SQLException {
    if (!isThere("main")) {
      return;
    }
    String name = Sql.text(plan.target());
    OptionalLong was = sequence(MOMENT, plan.copies() ? plan.target() : plan.source().name());
    OptionalLong now = sequence("main", plan.target());
    // Only a table that counts on has a row there once it has been written to.
    boolean counts = was.isPresent() || now.isPresent();
    Statements.run(live, "DELETE FROM main.sqlite_sequence WHERE name = " + name);
    if (counts) {
      Statements.run(
          live,
          "INSERT INTO main.sqlite_sequence(name, seq) VALUES("
              + name
              + ", "
              + Math.max(was.orElse(0), liveSequence.orElse(0))
              + ")");
    }
  }

  private OptionalLong sequence(String schema, String table) throws SQLException {
    if (!isThere(schema)) {
      return OptionalLong.empty();
    }
    return Statements.text(
            live,
            "SELECT ifnull(CAST(seq AS INTEGER), 0) FROM "
                + schema
                + ".sqlite_sequence WHERE name = ?",
            table)
        .map(seq -> OptionalLong.of(Long.parseLong(seq)))
        .orElse(OptionalLong.empty());
  }

  private boolean isThere(String schema) throws SQLException {
    return Statements.text(
            live, "SELECT 1 FROM " + schema + ".sqlite_schema WHERE name = 'sqlite_sequence'")
        .isPresent();
  }

  /** Returns the name that an index or trigger gets: its own, unless that is another's. */
  private String freeName(TableScript.Part part) throws SQLException {
    String own = part.name();
    String base = plan.copies() ? own + plan.suffix() : own;
    String name = base;
    for (int i = 2; isTaken(name, part.trigger()); i++) {
      name = (plan.copies() ? base : own + "_restored") + (plan.copies() || i > 2 ? "_" + i : "");
    }
    return name;
  }

  /** Triggers have names of their own; an index may not be named like a table or view either. */
  private boolean isTaken(String name, boolean trigger) throws SQLException {
    return Statements.text(
            live,
            "SELECT 1 FROM main.sqlite_schema WHERE (type = 'trigger') = "
                + (trigger ? "1" : "0")
                + " AND name = ? COLLATE NOCASE",
            name)
        .isPresent();
  }
}
