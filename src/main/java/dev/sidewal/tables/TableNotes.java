package dev.sidewal.tables;

import dev.sidewal.sqlite.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** What a person should know about tables that came back, beside that they did. */
final class TableNotes {

  private final Connection live;
  private final Set<String> brokenBefore;

  private TableNotes(Connection live, Set<String> brokenBefore) {
    this.live = live;
    this.brokenBefore = brokenBefore;
  }

  /** Looks at the live database before anything is done. */
  static TableNotes before(Connection live) throws SQLException {
    return new TableNotes(live, brokenViews(live));
  }

  /**
   * Returns which columns a table that is replaced has and the moment's has not, or has besides.
   */
  static List<String> columns(Connection live, TablePlan plan) throws SQLException {
    if (plan.action() != RestoredTable.Action.REPLACED) {
      return List.of();
    }
    List<String> now = columnNames(live, "main", plan.live());
    List<String> then =
        plan.source().columns().stream().filter(c -> !c.hidden()).map(Table.Column::name).toList();
    List<String> gone = new ArrayList<>(now);
    gone.removeIf(n -> then.stream().anyMatch(t -> Names.same(t, n)));
    List<String> again = new ArrayList<>(then);
    again.removeIf(t -> now.stream().anyMatch(n -> Names.same(t, n)));
    List<String> notes = new ArrayList<>();
    if (!gone.isEmpty()) {
      notes.add(
          plan.target()
              + " is without columns that it got after the moment: "
              + String.join(", ", gone)
              + ". Does the application need them?");
    }
    if (!again.isEmpty()) {
      notes.add(plan.target() + " has columns again: " + String.join(", ", again));
    }
    return notes;
  }

  /**
   * Returns which indexes and triggers a table that is replaced has and the moment's has not: they
   * go with it.
   */
  static List<String> belongings(Connection live, TablePlan plan, TableScript script)
      throws SQLException {
    if (plan.action() != RestoredTable.Action.REPLACED) {
      return List.of();
    }
    List<String> gone =
        TableScript.read(live, plan.live()).parts().stream()
            .filter(
                now ->
                    script.parts().stream()
                        .noneMatch(
                            then ->
                                then.trigger() == now.trigger()
                                    && Names.same(then.name(), now.name())))
            .map(now -> (now.trigger() ? "trigger " : "index ") + now.name())
            .toList();
    return gone.isEmpty()
        ? List.of()
        : List.of(
            plan.target()
                + " is without what was made for it after the moment: "
                + String.join(", ", gone)
                + ". Does the application need it?");
  }

  private static List<String> columnNames(Connection c, String schema, String table)
      throws SQLException {
    return Statements.texts(
        c, "SELECT name FROM pragma_table_xinfo(?, ?) WHERE hidden <> 1", table, schema);
  }

  /** Looks at the live database after everything was done. */
  List<String> after(List<TablePlan> plans) throws SQLException {
    List<String> notes = new ArrayList<>();
    Set<String> broken = brokenViews(live);
    broken.removeAll(brokenBefore);
    if (!broken.isEmpty()) {
      notes.add("views that can no longer be read: " + String.join(", ", broken));
    }
    for (TablePlan plan : plans) {
      if (plan.copies()) {
        references(plan, plans, notes);
      } else {
        indexes(plan, notes);
      }
    }
    return notes;
  }

  private void references(TablePlan plan, List<TablePlan> plans, List<String> notes)
      throws SQLException {
    Set<String> parents = new TreeSet<>();
    for (String[] reference : ForeignKeyComparison.references(live)) {
      if (Names.same(reference[0], plan.target())
          && plans.stream().noneMatch(p -> Names.same(p.target(), reference[1]))) {
        parents.add(reference[1]);
      }
    }
    if (!parents.isEmpty()) {
      notes.add(
          plan.target()
              + " has foreign keys to "
              + String.join(", ", parents)
              + ": as long as it is there, they bind what is deleted there. Drop it when it is no"
              + " longer needed.");
    }
  }

  private void indexes(TablePlan plan, List<String> notes) throws SQLException {
    for (Table table : Table.all(live, "main")) {
      if (table.kind() == Table.Kind.VIRTUAL
          && SchemaSql.takesContentFrom(
              TableScript.read(live, table.name()).create(), plan.target())) {
        String name = Sql.name(table.name());
        notes.add(
            table.name()
                + " indexes the rows of "
                + plan.target()
                + " and knows nothing of this. Fill it anew: INSERT INTO "
                + name
                + "("
                + name
                + ") VALUES('rebuild')");
      }
    }
  }

  private static Set<String> brokenViews(Connection live) throws SQLException {
    Set<String> broken = new TreeSet<>();
    for (String view :
        Statements.texts(live, "SELECT name FROM main.sqlite_schema WHERE type = 'view'")) {
      try {
        Statements.texts(live, "SELECT 1 FROM main." + Sql.name(view) + " LIMIT 0");
      } catch (SQLException e) {
        broken.add(view);
      }
    }
    return broken;
  }
}
