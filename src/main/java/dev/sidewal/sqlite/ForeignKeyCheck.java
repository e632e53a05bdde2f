package dev.sidewal.sqlite;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.sqlite.SQLiteErrorCode;

/** Finds rows that refer to rows that are not there. */
final class ForeignKeyCheck {

  /** How many of the rows that refer to nothing are named. */
  private static final int ROWIDS = 5;

  private ForeignKeyCheck() {}

  /**
   * Looks at tables in the transaction of the caller.
   *
   * @return what was found, by table and key; a table that cannot be looked at is a finding too
   */
  static List<ForeignKeyViolation> of(Statement s, Collection<String> tables) throws SQLException {
    List<ForeignKeyViolation> found = new ArrayList<>();
    for (String table : tables) {
      Map<Long, Rows> byKey = new TreeMap<>();
      try (ResultSet rows = s.executeQuery("PRAGMA foreign_key_check(" + Sql.name(table) + ")")) {
        while (rows.next()) {
          byKey
              .computeIfAbsent(rows.getLong(4), Rows::of)
              .add(rows.getString(3), rows.getLong(2), rows.wasNull());
        }
      } catch (SQLException e) {
        if (CheckFailures.code(e) != SQLiteErrorCode.SQLITE_ERROR && !CheckFailures.isDamage(e)) {
          throw e;
        }
        found.add(
            new ForeignKeyViolation(table, "", List.of(), 0, List.of(), CheckFailures.reason(e)));
      }
      for (Map.Entry<Long, Rows> e : byKey.entrySet()) {
        Rows rows = e.getValue();
        found.add(
            new ForeignKeyViolation(
                table, rows.parent, columns(s, table, e.getKey()), rows.count, rows.rowids, ""));
      }
    }
    return found;
  }

  /** The rows that refer to nothing by one key. */
  private static final class Rows {
    private final List<Long> rowids = new ArrayList<>();
    private String parent = "";
    private long count;

    static Rows of(long key) {
      return new Rows();
    }

    void add(String to, long rowid, boolean withoutRowid) {
      parent = to;
      count++;
      if (!withoutRowid && rowids.size() < ROWIDS) {
        rowids.add(rowid);
      }
    }
  }

  private static List<String> columns(Statement s, String table, long key) throws SQLException {
    List<String> columns = new ArrayList<>();
    try (ResultSet r = s.executeQuery("PRAGMA foreign_key_list(" + Sql.name(table) + ")")) {
      while (r.next()) {
        if (r.getLong("id") == key) {
          columns.add(r.getString("from"));
        }
      }
    }
    return columns;
  }
}
