package dev.sidewal.tables;

import dev.sidewal.error.DatabaseException;
import dev.sidewal.error.TargetUnavailableException;
import dev.sidewal.error.UsageException;
import dev.sidewal.error.WouldOverwriteException;
import dev.sidewal.sqlite.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Decides what is to be done with each table, and refuses what cannot be right. */
final class TablePlanner {

  private static final int MAX_LISTED = 40;

  private final TableRestoreRequest request;
  private final List<Table> sources;

  private TablePlanner(TableRestoreRequest request, List<Table> sources) {
    this.request = request;
    this.sources = sources;
  }

  /** Looks the tables up in the moment. */
  static TablePlanner of(TableRestoreRequest request, Connection moment) throws SQLException {
    List<Table> all = Table.all(moment, "main");
    List<Table> sources = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (String name : request.tables()) {
      Table table =
          all.stream()
              .filter(t -> Names.same(t.name(), name))
              .findFirst()
              .orElseThrow(() -> missing(moment, name, all));
      if (!seen.add(Names.fold(name))) {
        throw new UsageException("--table " + name + " is given twice");
      }
      refuse(moment, table);
      sources.add(table);
    }
    return new TablePlanner(request, sources);
  }

  private static TargetUnavailableException missing(
      Connection moment, String name, List<Table> all) {
    List<String> names =
        all.stream().filter(t -> t.kind() != Table.Kind.SHADOW).map(Table::name).toList();
    List<String> near = Names.nearest(name, names.stream());
    String view = isView(moment, name) ? " (it is a view there, which has no rows)" : "";
    return new TargetUnavailableException(
        "The moment has no table "
            + name
            + view
            + ". "
            + (near.isEmpty() ? "" : "Did you mean " + String.join(" or ", near) + "? ")
            + (names.isEmpty()
                ? "It has no tables at all."
                : "Its tables are: "
                    + String.join(", ", names.subList(0, Math.min(names.size(), MAX_LISTED)))
                    + (names.size() > MAX_LISTED
                        ? " and " + (names.size() - MAX_LISTED) + " more"
                        : "")
                    + ".")
            + " Another moment may have it (--timestamp, --txid). Nothing was changed.");
  }

  private static boolean isView(Connection moment, String name) {
    try {
      return Statements.text(
              moment,
              "SELECT 1 FROM main.sqlite_schema WHERE type = 'view' AND name = ? COLLATE NOCASE",
              name)
          .isPresent();
    } catch (SQLException e) {
      return false; // It is told less well.
    }
  }

  private static void refuse(Connection moment, Table table) throws SQLException {
    if (table.kind() == Table.Kind.SHADOW) {
      throw new UsageException(
          table.name()
              + " is where a virtual table keeps its content; alone it would ruin that. Name the"
              + " virtual table.");
    }
    if (table.kind() == Table.Kind.VIRTUAL) {
      String sql = TableScript.read(moment, table.name()).create();
      if (SchemaSql.keepsNoContent(sql)) {
        throw new UsageException(
            table.name()
                + " is an index only (content=): the text that its rows were made of is not in it."
                + " Bring back the table that it indexes, make it anew with: "
                + sql
                + "; and fill it: INSERT INTO "
                + Sql.name(table.name())
                + "("
                + Sql.name(table.name())
                + ") VALUES('rebuild'), or by the application if it has no content table.");
      }
    }
  }

  /**
   * Decides, as the live database is now.
   *
   * @throws WouldOverwriteException if a name is taken
   */
  List<TablePlan> plan(Connection live) throws SQLException {
    List<TablePlan> plans = new ArrayList<>();
    Set<String> targets = new HashSet<>();
    for (Table source : sources) {
      Optional<String> there = taken(live, source.name());
      boolean table = there.isPresent() && kind(live, there.get()).equals("table");
      TablePlan plan = plan(source, table ? there : Optional.empty());
      if (plan.action() != RestoredTable.Action.REPLACED) {
        Optional<String> obstacle = taken(live, plan.target());
        if (obstacle.isPresent()) {
          throw taken(plan, obstacle.get(), kind(live, obstacle.get()));
        }
      }
      if (!targets.add(Names.fold(plan.target()))) {
        throw new WouldOverwriteException(
            "Two of the tables would get the name "
                + plan.target()
                + ". Bring them back one by one, with --as.");
      }
      plans.add(plan);
    }
    return plans;
  }

  private TablePlan plan(Table source, Optional<String> live) {
    if (request.as().isPresent()) {
      return new TablePlan(
          source, request.as().get(), RestoredTable.Action.COPIED, live.orElse(""));
    }
    if (live.isEmpty()) {
      return new TablePlan(source, source.name(), RestoredTable.Action.RETURNED, "");
    }
    return request.replace()
        ? new TablePlan(source, source.name(), RestoredTable.Action.REPLACED, live.get())
        : new TablePlan(
            source, source.name() + "_restored", RestoredTable.Action.COPIED, live.get());
  }

  /** Returns the name as it is written there, if there is a table, view or index of the name. */
  private static Optional<String> taken(Connection live, String name) throws SQLException {
    return Statements.text(
        live,
        "SELECT name FROM main.sqlite_schema WHERE type IN ('table', 'view', 'index')"
            + " AND name = ? COLLATE NOCASE",
        name);
  }

  private static String kind(Connection live, String name) throws SQLException {
    return Statements.text(
            live,
            "SELECT type FROM main.sqlite_schema WHERE type IN ('table', 'view', 'index')"
                + " AND name = ?",
            name)
        .orElse("");
  }

  private WouldOverwriteException taken(TablePlan plan, String name, String kind) {
    return new WouldOverwriteException(
        request.into()
            + " has "
            + (kind.equals("index") ? "an " : "a ")
            + kind
            + " "
            + name
            + " already, and it was not changed. Drop or rename it if it is not needed, or give "
            + plan.source().name()
            + " another name with --as"
            + (kind.equals("table") && request.as().isEmpty()
                ? " (--replace puts it in the place of " + plan.source().name() + " instead)."
                : "."));
  }

  /** Refuses two databases that cannot be attached to each other. */
  static void sameEncoding(Connection moment, Connection live, TableRestoreRequest request)
      throws SQLException {
    String its = Statements.text(moment, "PRAGMA main.encoding").orElse("");
    String mine = Statements.text(live, "PRAGMA main.encoding").orElse("");
    if (!its.equals(mine)) {
      throw new DatabaseException(
          "The moment's text is "
              + its
              + ", that of "
              + request.into()
              + " is "
              + mine
              + ", and SQLite copies between the two only by way of SQL text: use 'sidewal dump"
              + " --table' and load that. Nothing was changed.");
    }
  }
}
