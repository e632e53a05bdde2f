package dev.sidewal.tables;

import dev.sidewal.error.DatabaseException;
import dev.sidewal.error.SidewalException;
import dev.sidewal.error.VerificationFailedException;
import dev.sidewal.restore.MomentFile;
import dev.sidewal.sqlite.Connections;
import dev.sidewal.sqlite.FileUser;
import dev.sidewal.sqlite.FileUsers;
import dev.sidewal.sqlite.Sql;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteErrorCode;

/**
 * Brings tables back from a moment into a live database that others use meanwhile.
 *
 * <p>Invariant: all of it is one transaction of the live database, of one connection, with every
 * table that was asked for or none. To the application and to an agent it is a commit like any
 * other; if anything fails, or the process is killed, SQLite takes it back. Foreign keys are not
 * enforced while it lasts ({@code DROP TABLE} would delete the rows that refer to the table);
 * instead what is violated is compared before and after.
 *
 * @see <a href="https://www.sqlite.org/foreignkeys.html#fk_schemacommands">DROP TABLE and foreign
 *     keys</a>
 */
public final class TableRestore {

  private static final Logger LOG = LoggerFactory.getLogger(TableRestore.class);

  private final TableRestoreRequest request;

  private TableRestore(TableRestoreRequest request) {
    this.request = request;
  }

  /**
   * Looks whether the live database is there, before a moment is restored for it.
   *
   * @throws DatabaseException if it is not; it is never made
   */
  public static TableRestore into(TableRestoreRequest request) {
    Path into = request.into();
    if (!Files.isRegularFile(into)) {
      throw new DatabaseException(
          into
              + (Files.exists(into) ? " is not a file." : " is not there, and it is not made.")
              + " --into names the live database that gets the tables. To restore a whole database,"
              + " use -o FILE.");
    }
    if (!Files.isWritable(into)) {
      throw new DatabaseException(
          "May not write " + into + ". Run this as the user of the application.");
    }
    return new TableRestore(request);
  }

  /** Brings the tables back; the file of the moment may be changed by it. */
  public TableRestoreResult run(MomentFile moment) {
    List<TablePlan> plans;
    TablePlanner planner;
    List<RestoredTable> forecast = new ArrayList<>();
    try (Connection past = moment.open();
        Connection live = Connections.readOnly(request.into(), request.busyTimeout())) {
      planner = TablePlanner.of(request, past);
      TablePlanner.sameEncoding(past, live, request);
      plans = planner.plan(live);
      if (request.dryRun()) {
        for (TablePlan plan : plans) {
          forecast.add(forecast(past, live, plan));
        }
        return new TableRestoreResult(forecast, notes(past, live, plans), Duration.ZERO);
      }
    } catch (SQLException e) {
      throw failure(e);
    }
    List<TableScript> scripts = new ArrayList<>();
    List<String> notes = new ArrayList<>();
    try {
      // Tables that keep their names refer to others by the old names, so these are read first.
      List<TableScript> own = scripts(moment, plans, false);
      notes.addAll(MomentRenames.apply(moment.path(), plans));
      List<TableScript> renamed = scripts(moment, plans, true);
      for (int i = 0; i < plans.size(); i++) {
        scripts.add(plans.get(i).copies() ? renamed.get(i) : own.get(i));
      }
    } catch (SQLException e) {
      throw failure(e);
    }
    return write(moment, planner, plans, scripts, notes);
  }

  private static List<TableScript> scripts(
      MomentFile moment, List<TablePlan> plans, boolean renamed) throws SQLException {
    List<TableScript> scripts = new ArrayList<>();
    try (Connection past = moment.open()) {
      for (TablePlan plan : plans) {
        String name = renamed && plan.copies() ? plan.target() : plan.source().name();
        scripts.add(TableScript.read(past, name));
      }
    }
    return scripts;
  }

  private TableRestoreResult write(
      MomentFile moment,
      TablePlanner planner,
      List<TablePlan> plans,
      List<TableScript> scripts,
      List<String> notes) {
    try (Connection live = Connections.readWrite(request.into(), request.busyTimeout())) {
      Statements.run(live, "PRAGMA foreign_keys=OFF");
      // Rows come as they were, also those that a later rule, or one not enforced, would refuse.
      Statements.run(live, "PRAGMA ignore_check_constraints=ON");
      Statements.run(
          live,
          "ATTACH "
              + Sql.text(Connections.immutableUri(moment.path()))
              + " AS "
              + TableCopy.MOMENT);
      Statements.run(live, "BEGIN IMMEDIATE");
      long begin = System.nanoTime();
      try {
        if (!planner.plan(live).equals(plans)) {
          throw new DatabaseException(
              "Somebody made or dropped tables of "
                  + request.into()
                  + " while the moment was restored. Nothing was changed; run this again.");
        }
        List<RestoredTable> tables = fill(live, plans, scripts, notes);
        Statements.run(live, "COMMIT");
        return new TableRestoreResult(tables, notes, Duration.ofNanos(System.nanoTime() - begin));
      } catch (SQLException | RuntimeException e) {
        rollBack(live);
        throw e;
      }
    } catch (SQLException e) {
      throw failure(e);
    }
  }

  private List<RestoredTable> fill(
      Connection live, List<TablePlan> plans, List<TableScript> scripts, List<String> notes)
      throws SQLException {
    TableNotes view = TableNotes.before(live);
    ForeignKeyComparison inPlace =
        new ForeignKeyComparison(
            live, plans.stream().filter(p -> !p.copies()).toList(), "in_place");
    ForeignKeyComparison copied =
        new ForeignKeyComparison(live, plans.stream().filter(TablePlan::copies).toList(), "copied");
    if (request.foreignKeys()) {
      inPlace.before();
      copied.before();
    }
    List<TableCopy> copies = new ArrayList<>();
    List<OptionalLong> liveRows = new ArrayList<>();
    for (int i = 0; i < plans.size(); i++) {
      notes.addAll(TableNotes.columns(live, plans.get(i)));
      notes.addAll(TableNotes.belongings(live, plans.get(i), scripts.get(i)));
      copies.add(new TableCopy(live, plans.get(i), scripts.get(i)));
      liveRows.add(copies.get(i).drop());
    }
    List<RestoredTable> tables = new ArrayList<>();
    for (int i = 0; i < plans.size(); i++) {
      tables.add(copies.get(i).make(liveRows.get(i)));
    }
    if (request.foreignKeys()) {
      List<String> violated = inPlace.newOnes();
      if (!violated.isEmpty()) {
        throw new VerificationFailedException(
            "With these tables back, foreign keys of "
                + request.into()
                + " would be violated: "
                + String.join(". ", violated)
                + ". Everything was undone; nothing was changed. Bring the tables at the other end"
                + " back as well (--table), look at a copy first (without --replace), or let it be"
                + " so with --no-foreign-keys.");
      }
      copied.newOnes().forEach(line -> notes.add("the copy stands for itself: " + line));
    }
    notes.addAll(view.after(plans));
    return tables;
  }

  private static RestoredTable forecast(Connection past, Connection live, TablePlan plan)
      throws SQLException {
    TableScript script = TableScript.read(past, plan.source().name());
    String suffix = plan.copies() ? plan.suffix() : "";
    return new RestoredTable(
        plan.source().name(),
        plan.target(),
        plan.action(),
        count(past, plan.source().name()),
        plan.live().isEmpty() ? OptionalLong.empty() : OptionalLong.of(count(live, plan.live())),
        names(script, false, suffix),
        names(script, true, suffix));
  }

  private static List<String> names(TableScript script, boolean triggers, String suffix) {
    return script.parts().stream()
        .filter(p -> p.trigger() == triggers)
        .map(p -> p.name() + suffix)
        .toList();
  }

  private static long count(Connection c, String table) throws SQLException {
    return Statements.count(c, "main." + Sql.name(table));
  }

  private static List<String> notes(Connection past, Connection live, List<TablePlan> plans)
      throws SQLException {
    List<String> notes = new ArrayList<>();
    for (TablePlan plan : plans) {
      notes.addAll(TableNotes.columns(live, plan));
      TableScript script = TableScript.read(past, plan.source().name());
      notes.addAll(TableNotes.belongings(live, plan, script));
    }
    return notes;
  }

  private static void rollBack(Connection live) {
    try {
      Statements.run(live, "ROLLBACK");
    } catch (SQLException e) {
      // Some failures have rolled it back already; else closing the connection does.
      LOG.debug("rolling back: {}", e.getMessage());
    }
  }

  private SidewalException failure(SQLException e) {
    int code = e.getErrorCode() & 0xff;
    if (code == SQLiteErrorCode.SQLITE_BUSY.code || code == SQLiteErrorCode.SQLITE_LOCKED.code) {
      List<String> holders =
          FileUsers.of(request.into()).others().stream()
              .filter(FileUser::writes)
              .map(FileUser::text)
              .toList();
      return new DatabaseException(
          request.into()
              + " was locked for "
              + request.busyTimeout().toMillis()
              + " ms"
              + (holders.isEmpty()
                  ? " (who holds the lock cannot be seen from here)"
                  : ": " + String.join(", ", holders))
              + ". Nothing was changed. End the long transaction there, or wait longer"
              + " (--busy-timeout).",
          e);
    }
    if (code == SQLiteErrorCode.SQLITE_FULL.code) {
      return new DatabaseException(
          "There is no room for the tables on the disk of "
              + request.into()
              + ", or for SQLite's temporary files. Nothing was changed. Until it commits, it takes"
              + " as much again in the log.",
          e);
    }
    return new DatabaseException(
        "The tables could not be brought back into "
            + request.into()
            + ": "
            + e.getMessage()
            + ". Nothing was changed."
            + applicationOnly(e),
        e);
  }

  /** What to do if the schema needs what the application gives to its own SQLite. */
  private static String applicationOnly(SQLException e) {
    String message = String.valueOf(e.getMessage());
    return message.contains("no such function")
            || message.contains("no such collation")
            || message.contains("unknown function")
        ? " Only the application's SQLite has that. Restore the moment to a file (-o FILE), and let"
            + " the application attach it and copy the table."
        : "";
  }
}
