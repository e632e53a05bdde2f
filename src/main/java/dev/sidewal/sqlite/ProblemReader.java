package dev.sidewal.sqlite;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds out of what SQLite's checks say which table or index is meant, and what kind of thing is
 * wrong. The texts are those of {@code sqlite3BtreeIntegrityCheck} (btree.c) and of {@code PRAGMA
 * integrity_check} (pragma.c); one that is not known counts as the worst: the content of a table.
 */
final class ProblemReader {

  /** A table or an index of the schema; the root page is 0 where there is none. */
  private record Item(String name, boolean index) {}

  private static final Pattern TREE = Pattern.compile("^Tree (\\d+) ");
  private static final Pattern ON_PAGE = Pattern.compile(" on page (\\d+)$");
  private static final Pattern SPACE =
      Pattern.compile("^(Freelist: |Page \\d+: never used)", Pattern.DOTALL);
  private static final Pattern OF_INDEX =
      Pattern.compile(
          "^(?:row \\d+ missing from index"
              + "|rowid not at end-of-record for row \\d+ of index"
              + "|row \\d+ values differ from index"
              + "|wrong # of entries in index"
              + "|non-unique entry in index) (.+)$",
          Pattern.DOTALL);
  private static final Pattern RULE =
      Pattern.compile(
          "^(?:(?:NULL|NUMERIC|TEXT|non-\\w+) value in (.+)|CHECK constraint failed in (.+))$",
          Pattern.DOTALL);
  private static final Pattern OF_TABLE =
      Pattern.compile("^row not in PRIMARY KEY order for (.+)$", Pattern.DOTALL);
  private static final Pattern OF_VIRTUAL =
      Pattern.compile(
          "^(?:malformed inverted index for FTS\\d table|unable to validate the inverted index for"
              + " FTS\\d table|In RTree) [^.]+\\.([^:]+)",
          Pattern.DOTALL);

  private final Connection connection;
  private final Map<Long, Item> byRoot = new HashMap<>();
  private final Set<String> tables = new TreeSet<>();
  private long indexes;

  ProblemReader(Connection connection) {
    this.connection = connection;
    byRoot.put(1L, new Item("sqlite_schema", false));
    try (Statement s = connection.createStatement();
        ResultSet r =
            s.executeQuery(
                "SELECT name, type, rootpage FROM sqlite_schema WHERE type IN ('table','index')")) {
      while (r.next()) {
        boolean index = r.getString(2).equals("index");
        byRoot.put(r.getLong(3), new Item(r.getString(1), index));
        if (index) {
          indexes++;
        } else {
          tables.add(r.getString(1));
        }
      }
    } catch (SQLException e) {
      // The check will say so; what it finds is then told without names.
    }
  }

  /** Returns the names of the tables. */
  Set<String> tables() {
    return tables;
  }

  /** Returns how many indexes there are. */
  long indexes() {
    return indexes;
  }

  /** Makes problems of what SQLite says, in the same order. */
  List<CheckProblem> read(List<String> messages) {
    Map<Long, Item> byPage = itemsOfPages(messages);
    List<CheckProblem> problems = new ArrayList<>();
    for (String message : messages) {
      problems.add(read(message, byPage));
    }
    return problems;
  }

  private CheckProblem read(String message, Map<Long, Item> byPage) {
    Matcher tree = TREE.matcher(message);
    if (tree.find()) {
      return of(Optional.ofNullable(byRoot.get(Long.parseLong(tree.group(1)))), message);
    }
    if (SPACE.matcher(message).find()) {
      return new CheckProblem(CheckProblem.Kind.SPACE, "", message);
    }
    Matcher m = OF_INDEX.matcher(message);
    if (m.matches()) {
      return new CheckProblem(CheckProblem.Kind.INDEX, m.group(1), message);
    }
    m = RULE.matcher(message);
    if (m.matches()) {
      String table = m.group(2) == null ? tableOf(m.group(1)) : m.group(2);
      return new CheckProblem(CheckProblem.Kind.RULE, table, message);
    }
    m = OF_TABLE.matcher(message);
    if (m.matches()) {
      return new CheckProblem(CheckProblem.Kind.DATA, m.group(1), message);
    }
    m = OF_VIRTUAL.matcher(message);
    if (m.find()) {
      return new CheckProblem(CheckProblem.Kind.DATA, m.group(1).strip(), message);
    }
    m = ON_PAGE.matcher(message);
    return of(
        m.find() ? Optional.ofNullable(byPage.get(Long.parseLong(m.group(1)))) : Optional.empty(),
        message);
  }

  private static CheckProblem of(Optional<Item> item, String message) {
    boolean index = item.map(Item::index).orElse(false);
    return new CheckProblem(
        index ? CheckProblem.Kind.INDEX : CheckProblem.Kind.DATA,
        item.map(Item::name).orElse(""),
        message);
  }

  /** Both names may have dots: the table is the longest one there is. */
  private String tableOf(String column) {
    for (int dot = column.lastIndexOf('.'); dot > 0; dot = column.lastIndexOf('.', dot - 1)) {
      if (tables.contains(column.substring(0, dot))) {
        return column.substring(0, dot);
      }
    }
    return "";
  }

  /** Looks up the pages that SQLite names without saying to what they belong. */
  private Map<Long, Item> itemsOfPages(List<String> messages) {
    Set<Long> wanted = new HashSet<>();
    for (String message : messages) {
      Matcher m = ON_PAGE.matcher(message);
      if (!TREE.matcher(message).find() && !SPACE.matcher(message).find() && m.find()) {
        wanted.add(Long.parseLong(m.group(1)));
      }
    }
    Map<Long, Item> found = new HashMap<>();
    if (wanted.isEmpty()) {
      return found;
    }
    Map<String, Item> byName = new HashMap<>();
    byRoot.values().forEach(item -> byName.put(item.name(), item));
    try (Statement s = connection.createStatement();
        ResultSet r = s.executeQuery("SELECT pageno, name FROM dbstat")) {
      while (found.size() < wanted.size() && r.next()) {
        Item item = byName.get(r.getString(2));
        if (item != null && wanted.contains(r.getLong(1))) {
          found.put(r.getLong(1), item);
        }
      }
    } catch (SQLException e) {
      // Too damaged to be walked through: the rest goes without names.
    }
    return found;
  }
}
