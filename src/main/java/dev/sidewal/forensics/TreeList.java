package dev.sidewal.forensics;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The b-trees that the schema of a database names. */
final class TreeList {

  static final String SCHEMA = "sqlite_schema";

  private static final Pattern MODULE =
      Pattern.compile("(?is)^create\\s+virtual\\s+table.*?\\susing\\s+\"?(\\w+).*");

  /** The tables in which the modules that come with SQLite keep the content of a virtual table. */
  private static final Map<String, List<String>> SHADOWS =
      Map.of(
          "fts5", List.of("data", "idx", "content", "docsize", "config"),
          "fts4", List.of("content", "segments", "segdir", "docsize", "stat"),
          "fts3", List.of("content", "segments", "segdir", "docsize", "stat"),
          "rtree", List.of("node", "rowid", "parent"),
          "rtree_i32", List.of("node", "rowid", "parent"),
          "geopoly", List.of("node", "rowid", "parent"));

  private TreeList() {}

  /** Returns all of them, the schema's own first. */
  static List<Tree> read(Connection connection) throws SQLException {
    Map<String, String> shadows = new HashMap<>();
    List<Tree> trees = new ArrayList<>();
    trees.add(new Tree(SCHEMA, SCHEMA, true, 1, Optional.empty()));
    try (Statement s = connection.createStatement()) {
      try (ResultSet r =
          s.executeQuery(
              "SELECT name, sql FROM sqlite_schema WHERE type = 'table'"
                  + " AND coalesce(rootpage, 0) = 0 AND sql IS NOT NULL")) {
        while (r.next()) {
          addShadows(r.getString(1), r.getString(2), shadows);
        }
      }
      try (ResultSet r =
          s.executeQuery(
              "SELECT name, tbl_name, type, rootpage FROM sqlite_schema"
                  + " WHERE rootpage > 1 AND type IN ('table', 'index') ORDER BY rowid")) {
        while (r.next()) {
          String table = String.valueOf(r.getString(2));
          trees.add(
              new Tree(
                  String.valueOf(r.getString(1)),
                  table,
                  "table".equals(r.getString(3)),
                  r.getLong(4),
                  Optional.ofNullable(shadows.get(table.toLowerCase(Locale.ROOT)))));
        }
      }
    }
    return trees;
  }

  private static void addShadows(String name, String sql, Map<String, String> shadows) {
    Matcher module = MODULE.matcher(sql);
    if (module.matches()) {
      for (String suffix :
          SHADOWS.getOrDefault(module.group(1).toLowerCase(Locale.ROOT), List.of())) {
        shadows.put((name + "_" + suffix).toLowerCase(Locale.ROOT), name);
      }
    }
  }
}
