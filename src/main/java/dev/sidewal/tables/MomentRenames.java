package dev.sidewal.tables;

import dev.sidewal.error.DatabaseException;
import dev.sidewal.sqlite.Connections;
import dev.sidewal.sqlite.Sql;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Gives tables their new names in the private file of the moment. So SQLite itself rewrites the SQL
 * of the table, of its indexes and triggers, and of foreign keys that refer to it: whatever quotes
 * and comments are in there.
 *
 * @see <a href="https://www.sqlite.org/lang_altertable.html#altertabrename">ALTER TABLE RENAME</a>
 */
final class MomentRenames {

  private MomentRenames() {}

  /** Renames the tables that get a new name, and returns what was lost by that. */
  static List<String> apply(Path file, List<TablePlan> plans) {
    List<String> notes = new ArrayList<>();
    List<TablePlan> copies = plans.stream().filter(TablePlan::copies).toList();
    if (copies.isEmpty()) {
      return notes;
    }
    try (Connection c = Connections.readWrite(file, Duration.ZERO)) {
      // One file and no log beside it: it is attached as one that nobody changes.
      Statements.run(c, "PRAGMA journal_mode=DELETE");
      Statements.run(c, "PRAGMA synchronous=OFF");
      Statements.run(c, "PRAGMA foreign_keys=OFF");
      for (TablePlan plan : copies) {
        clear(c, plan.target());
        try {
          rename(c, plan);
        } catch (SQLException broken) {
          // Anything in the schema that SQLite cannot read stops every renaming: also a view of a
          // table that is gone, or another table's index with a collation of the application.
          dropWhatIsNotBrought(c, copies);
          notes.addAll(renameWithoutBroken(c, plan));
        }
      }
    } catch (SQLException e) {
      throw new DatabaseException(
          "The tables could not get their new names in the restored moment: "
              + e.getMessage()
              + ". Nothing was changed in the live database; --replace needs no new names.",
          e);
    }
    return notes;
  }

  private static void rename(Connection c, TablePlan plan) throws SQLException {
    Statements.run(
        c,
        "ALTER TABLE main."
            + Sql.name(plan.source().name())
            + " RENAME TO "
            + Sql.name(plan.target()));
  }

  /** What the moment has under the new name already is in the way; only here it is removed. */
  private static void clear(Connection c, String name) throws SQLException {
    for (String type : List.of("table", "view", "index")) {
      for (String found :
          Statements.texts(
              c,
              "SELECT name FROM main.sqlite_schema WHERE type = ? AND sql IS NOT NULL"
                  + " AND name = ? COLLATE NOCASE",
              type,
              name)) {
        Statements.run(c, "DROP " + type + " main." + Sql.name(found));
      }
    }
  }

  private static void dropWhatIsNotBrought(Connection c, List<TablePlan> keep) throws SQLException {
    List<String> drops = new ArrayList<>();
    try (Statement s = c.createStatement();
        ResultSet r =
            s.executeQuery(
                "SELECT type, name, tbl_name FROM main.sqlite_schema"
                    + " WHERE type IN ('view', 'trigger', 'index') AND sql IS NOT NULL"
                    + " ORDER BY type")) {
      while (r.next()) {
        String table = r.getString(3);
        if (r.getString(1).equals("view")
            || keep.stream()
                .noneMatch(
                    p -> Names.same(p.source().name(), table) || Names.same(p.target(), table))) {
          drops.add("DROP " + r.getString(1) + " IF EXISTS main." + Sql.name(r.getString(2)));
        }
      }
    }
    for (String drop : drops) {
      Statements.run(c, drop);
    }
  }

  private static List<String> renameWithoutBroken(Connection c, TablePlan plan)
      throws SQLException {
    List<String> notes = new ArrayList<>();
    for (String type : List.of("trigger", "index")) {
      try {
        rename(c, plan);
        return notes;
      } catch (SQLException broken) {
        List<String> lost =
            Statements.texts(
                c, "SELECT name FROM main.sqlite_schema WHERE type = ? AND sql IS NOT NULL", type);
        for (String name : lost) {
          Statements.run(c, "DROP " + type + " main." + Sql.name(name));
        }
        if (!lost.isEmpty()) {
          notes.add(
              (type.equals("index") ? "indexes" : "triggers")
                  + " were left out, because SQLite cannot read one of them ("
                  + broken.getMessage()
                  + "): "
                  + String.join(", ", lost));
        }
      }
    }
    rename(c, plan);
    return notes;
  }
}
