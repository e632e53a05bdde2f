package dev.sidewal.tables;

import dev.sidewal.sqlite.Sql;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The violations of foreign keys before and after: only those that are new count. Rows that were
 * violations at their moment, and come back as they were, are not new either. They are kept in
 * temporary tables of the connection, because there may be many.
 *
 * @see <a href="https://www.sqlite.org/pragma.html#pragma_foreign_key_check">foreign_key_check</a>
 */
final class ForeignKeyComparison {

  private static final int EXAMPLES = 5;

  private final Connection live;
  private final List<TablePlan> plans;
  private final String before;
  private final String after;
  private final Set<String> uncheckableBefore = new TreeSet<>();

  /** Looks at tables that are brought back, and at those that refer to them. */
  ForeignKeyComparison(Connection live, List<TablePlan> plans, String label) {
    this.live = live;
    this.plans = plans;
    this.before = "sidewal_before_" + label;
    this.after = "sidewal_after_" + label;
  }

  /** Notes what is violated now, and what was at the moment. */
  void before() throws SQLException {
    for (String table : List.of(before, after)) {
      Statements.run(live, "CREATE TEMP TABLE " + table + "(child, parent, cols, rid, place)");
    }
    uncheckableBefore.addAll(collect(before));
    for (TablePlan plan : plans) {
      collect(before, plan.copies() ? plan.target() : plan.source().name(), TableCopy.MOMENT)
          .ifPresent(uncheckableBefore::add);
    }
  }

  /** Returns what is violated now and was not before, in lines for a person; empty if nothing. */
  List<String> newOnes() throws SQLException {
    List<String> lines = new ArrayList<>();
    for (String uncheckable : collect(after)) {
      if (!uncheckableBefore.contains(uncheckable)) {
        lines.add(uncheckable);
      }
    }
    String same = "a.child IS b.child AND a.parent IS b.parent AND a.cols IS b.cols";
    // Each place by itself: rows without a rowid can only be counted.
    String counted =
        "(SELECT child, parent, cols, rid, max(n) AS n, name, other FROM (SELECT lower(child) AS"
            + " child, lower(parent) AS parent, cols, rid, count(*) AS n, min(child) AS name,"
            + " min(parent) AS other FROM temp.%s GROUP BY 1, 2, 3, 4, place) GROUP BY 1, 2, 3, 4)";
    String fresh =
        "(SELECT a.name AS child, a.other AS parent, a.cols, a.rid, a.n - ifnull(b.n, 0) AS n FROM "
            + counted.formatted(after)
            + " a LEFT JOIN "
            + counted.formatted(before)
            + " b ON "
            + same
            + " AND a.rid IS b.rid WHERE a.n > ifnull(b.n, 0))";
    List<String[]> groups = new ArrayList<>();
    try (Statement s = live.createStatement();
        ResultSet r =
            s.executeQuery(
                "SELECT child, parent, cols, sum(n) FROM " + fresh + " GROUP BY 1, 2, 3")) {
      while (r.next()) {
        groups.add(new String[] {r.getString(1), r.getString(2), r.getString(3), r.getString(4)});
      }
    }
    for (String[] g : groups) {
      List<String> examples = new ArrayList<>();
      for (String rid :
          Statements.texts(
              live,
              "SELECT rid FROM "
                  + fresh
                  + " WHERE child = ? AND parent = ? AND cols = ? AND rid"
                  + " IS NOT NULL ORDER BY rid LIMIT "
                  + EXAMPLES,
              g[0],
              g[1],
              g[2])) {
        examples.add(example(g[0], g[2], rid));
      }
      lines.add(
          g[3]
              + (g[3].equals("1") ? " row of " : " rows of ")
              + g[0]
              + (g[3].equals("1") ? " refers" : " refer")
              + " by ("
              + g[2]
              + ") to rows of "
              + g[1]
              + " that are not there"
              + (examples.isEmpty() ? "" : ", such as " + String.join("; ", examples)));
    }
    return lines;
  }

  private String example(String child, String columns, String rid) throws SQLException {
    StringBuilder values = new StringBuilder();
    for (String column : columns.split(", ", -1)) {
      values.append(values.length() == 0 ? "" : " || ', ' || ");
      values.append("quote(").append(Sql.name(column)).append(')');
    }
    String value;
    try {
      value =
          Statements.text(
                  live,
                  "SELECT " + values + " FROM main." + Sql.name(child) + " WHERE rowid = " + rid)
              .orElse("");
    } catch (SQLException e) {
      value = ""; // A column whose name has a comma.
    }
    return "row " + rid + (value.isEmpty() ? "" : " (" + value + ")");
  }

  /** Fills a table with all violations; returns what could not be checked and why. */
  private List<String> collect(String into) throws SQLException {
    List<String> uncheckable = new ArrayList<>();
    for (String child : children()) {
      collect(into, child, "main").ifPresent(uncheckable::add);
    }
    return uncheckable;
  }

  private Optional<String> collect(String into, String child, String schema) {
    try (PreparedStatement s =
        live.prepareStatement(
            "INSERT INTO temp."
                + into
                + " SELECT c.\"table\", c.parent, (SELECT group_concat(\"from\", ', ')"
                + " FROM pragma_foreign_key_list(?1, ?2) WHERE id = c.fkid), c.\"rowid\", ?2"
                + " FROM pragma_foreign_key_check(?1, ?2) AS c")) {
      s.setString(1, child);
      s.setString(2, schema);
      s.executeUpdate();
      return Optional.empty();
    } catch (SQLException e) {
      return Optional.of("the foreign keys of " + child + " cannot be checked: " + e.getMessage());
    }
  }

  private Set<String> children() throws SQLException {
    Set<String> children = new LinkedHashSet<>();
    for (String[] reference : references(live)) {
      boolean concerned =
          plans.stream()
              .anyMatch(
                  p ->
                      Names.same(p.target(), reference[0])
                          || (!p.copies() && Names.same(p.target(), reference[1])));
      if (concerned) {
        children.add(reference[0]);
      }
    }
    return children;
  }

  /** Returns which table refers to which. */
  static List<String[]> references(Connection live) throws SQLException {
    List<String[]> references = new ArrayList<>();
    try (Statement s = live.createStatement();
        ResultSet r =
            s.executeQuery(
                "SELECT DISTINCT m.name, f.\"table\" FROM main.sqlite_schema AS m,"
                    + " pragma_foreign_key_list(m.name, 'main') AS f WHERE m.type = 'table'")) {
      while (r.next()) {
        references.add(new String[] {r.getString(1), r.getString(2)});
      }
    }
    return references;
  }
}
