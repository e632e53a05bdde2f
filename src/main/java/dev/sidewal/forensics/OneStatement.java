package dev.sidewal.forensics;

import dev.sidewal.error.UsageException;
import java.util.Locale;
import java.util.Set;

/**
 * Looks at SQL text before SQLite gets it: it must be one statement, and one that asks. SQLite
 * itself would run the first of several and leave the others out in silence.
 */
final class OneStatement {

  private static final Set<String> ASKING = Set.of("SELECT", "WITH", "VALUES", "PRAGMA", "EXPLAIN");

  private OneStatement() {}

  /** Returns the statement without what ends it. */
  static String asking(String option, String sql) {
    String one = only(option, sql);
    int begin = skip(one, 0);
    int end = begin;
    while (end < one.length() && Character.isLetter(one.charAt(end))) {
      end++;
    }
    if (!ASKING.contains(one.substring(begin, end).toUpperCase(Locale.ROOT))) {
      throw new UsageException(
          option + " '" + sql + "' must be a query: SELECT, WITH, VALUES or PRAGMA");
    }
    return one;
  }

  /** Returns the text up to a semicolon; behind it only blanks and comments may follow. */
  static String only(String option, String sql) {
    int i = 0;
    while (i < sql.length() && sql.charAt(i) != ';') {
      i = next(sql, i);
    }
    if (i >= sql.length()) {
      return sql;
    }
    int rest = i;
    while (rest < sql.length() && sql.charAt(rest) == ';') {
      rest = skip(sql, rest + 1);
    }
    if (rest < sql.length()) {
      throw new UsageException(option + " '" + sql + "' has several statements; give one");
    }
    return sql.substring(0, i);
  }

  /** Returns where what is not blank or a comment begins. */
  private static int skip(String sql, int from) {
    int i = from;
    while (i < sql.length()) {
      if (!Character.isWhitespace(sql.charAt(i)) && comment(sql, i) == i) {
        return i;
      }
      i = next(sql, i);
    }
    return i;
  }

  /** Returns the index behind what begins at an index: a comment, something quoted, or a letter. */
  private static int next(String sql, int i) {
    int behind = comment(sql, i);
    if (behind > i) {
      return behind;
    }
    char c = sql.charAt(i);
    char closing = c == '[' ? ']' : c;
    if (c != '\'' && c != '"' && c != '`' && c != '[') {
      return i + 1;
    }
    // A doubled quote ends one text and begins the next: that comes to the same.
    int end = sql.indexOf(closing, i + 1);
    return end < 0 ? sql.length() : end + 1;
  }

  private static int comment(String sql, int i) {
    if (sql.startsWith("--", i)) {
      int end = sql.indexOf('\n', i);
      return end < 0 ? sql.length() : end + 1;
    }
    if (sql.startsWith("/*", i)) {
      int end = sql.indexOf("*/", i + 2);
      return end < 0 ? sql.length() : end + 2;
    }
    return i;
  }
}
