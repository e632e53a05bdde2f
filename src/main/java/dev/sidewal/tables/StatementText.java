package dev.sidewal.tables;

/**
 * The text of a statement with a semicolon that is read as one.
 *
 * <p>SQLite keeps statements as they were written: one can end within a comment, which would hide
 * the semicolon. And to the {@code sqlite3} program a line that has nothing but a slash or the word
 * {@code go} ends a statement, so such a line is joined with the next one.
 */
final class StatementText {

  private final String sql;
  private final StringBuilder text;
  private int at;

  /** Takes a statement without semicolon. */
  StatementText(String sql) {
    this.sql = sql;
    this.text = new StringBuilder(sql.length() + 2);
  }

  @Override
  public String toString() {
    at = 0;
    text.setLength(0);
    String end = ";";
    while (at < sql.length()) {
      char c = sql.charAt(at);
      if (c == '\'' || c == '"' || c == '`') {
        copyTo(sql.indexOf(c, at + 1), 1);
      } else if (c == '[') {
        copyTo(sql.indexOf(']', at + 1), 1);
      } else if (sql.startsWith("--", at)) {
        int newline = sql.indexOf('\n', at);
        end = newline < 0 ? "\n;" : end;
        copyTo(newline, 0);
      } else if (sql.startsWith("/*", at)) {
        int close = sql.indexOf("*/", at + 2);
        end = close < 0 ? "*/;" : end;
        copyTo(close, 2);
      } else if (c == '\n' && isTerminator(at + 1)) {
        joinWithNext();
      } else {
        text.append(c);
        at++;
      }
    }
    return text.append(end).toString();
  }

  /** Copies up to a place and so many characters more; all of the rest if the place is negative. */
  private void copyTo(int place, int more) {
    int end = place < 0 ? sql.length() : place + more;
    text.append(sql, at, end);
    at = end;
  }

  private boolean isTerminator(int begin) {
    int end = sql.indexOf('\n', begin);
    String line = sql.substring(begin, end < 0 ? sql.length() : end).strip();
    return line.equals("/") || line.equalsIgnoreCase("go");
  }

  private void joinWithNext() {
    text.append('\n');
    at++;
    copyTo(sql.indexOf('\n', at), 0);
    while (at < sql.length() && Character.isWhitespace(sql.charAt(at))) {
      text.append(' ');
      at++;
    }
  }
}
