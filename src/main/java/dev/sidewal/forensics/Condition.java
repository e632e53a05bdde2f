package dev.sidewal.forensics;

import dev.sidewal.error.UsageException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.sqlite.SQLiteErrorCode;

/**
 * A question to a database, and which answers are good.
 *
 * <p>The question is one statement that SQLite may only read with. What is good is an operator and
 * a value; SQLite evaluates it with the answer bound as a parameter, on a connection without any
 * database, so that it can reach nothing.
 *
 * @param query the question: its answer is the first column of the first row, NULL without a row
 * @param good an operator and a value, such as {@code > 0}
 */
public record Condition(String query, String good) {

  private static final int LONGEST_SHOWN = 200;
  private static final int SHOWN_BYTES = 32;
  private static final Pattern NUMBER = Pattern.compile("\\s*[-+]?[0-9]+(\\.[0-9]*)?\\s*");

  /**
   * What came of asking.
   *
   * @param good whether the condition held
   * @param value the answer as people read it; what failed if it could not be asked
   * @param type what it is: {@code integer}, {@code real}, {@code text}, {@code blob} or {@code
   *     null}; {@code none} if it could not be asked
   * @param failed whether it could not be asked: never good
   */
  public record Answer(boolean good, String value, String type, boolean failed) {

    static Answer failed(String reason) {
      return new Answer(false, reason, "none", true);
    }

    /** Returns whether it is a text that people take for a number, and SQLite does not. */
    public boolean looksLikeNumber() {
      return type.equals("text") && NUMBER.matcher(value).matches();
    }
  }

  /**
   * Checks both texts.
   *
   * @throws UsageException if one of them cannot be meant
   */
  public Condition {
    query = OneStatement.asking("--query", query);
    good = OneStatement.only("--good", good).strip();
    if (good.equalsIgnoreCase("ok")) {
      good = "= 'ok'";
    }
    try {
      isGood(good, Optional.empty());
    } catch (SQLException e) {
      throw new UsageException(
          "--good '"
              + good
              + "' is no operator with a value ("
              + reason(e)
              + "); write for example --good \"> 0\", \"= 'x'\", \"is not null\", \"like 'a%'\" or ok",
          e);
    }
  }

  /** Asks a database. A failure to read it is an answer, and not a good one. */
  Answer ask(Connection database) {
    Optional<Object> value;
    try (Statement statement = database.createStatement()) {
      statement.execute("PRAGMA query_only = 1");
      statement.execute("PRAGMA trusted_schema = 0");
      try (ResultSet r = statement.executeQuery(query)) {
        value = r.next() ? Optional.ofNullable(r.getObject(1)) : Optional.empty();
      }
    } catch (SQLException e) {
      String reason = reason(e);
      if ((e.getErrorCode() & 0xff) == SQLiteErrorCode.SQLITE_READONLY.code
          || e.getErrorCode() == 0
          || reason.endsWith("syntax error")
          || reason.startsWith("incomplete input")
          || reason.contains("does not return ResultSet")) {
        // At no moment can this be asked.
        throw new UsageException("--query '" + query + "' cannot be asked: " + reason, e);
      }
      return Answer.failed(reason);
    }
    try {
      return new Answer(isGood(good, value), shown(value), type(value), false);
    } catch (SQLException e) {
      throw new UsageException(
          "--good '" + good + "' cannot be said of " + shown(value) + ": " + reason(e), e);
    }
  }

  private static boolean isGood(String good, Optional<Object> value) throws SQLException {
    try (Connection nowhere = DriverManager.getConnection("jdbc:sqlite::memory:");
        PreparedStatement s =
            nowhere.prepareStatement("SELECT CASE WHEN (?1 " + good + "\n) THEN 1 ELSE 0 END")) {
      s.setObject(1, value.orElse(null));
      try (ResultSet r = s.executeQuery()) {
        return r.next() && r.getInt(1) == 1;
      }
    }
  }

  private static String reason(SQLException e) {
    String message = String.valueOf(e.getMessage()).replaceAll("\\s+", " ");
    // The driver writes: [SQLITE_ERROR] SQL error or missing database (no such table: t)
    int open = message.indexOf('(');
    return message.startsWith("[SQLITE_") && open > 0 && message.endsWith(")")
        ? message.substring(open + 1, message.length() - 1)
        : message;
  }

  private static String type(Optional<Object> value) {
    Object object = value.orElse("");
    if (value.isEmpty()) {
      return "null";
    }
    if (object instanceof byte[]) {
      return "blob";
    }
    if (object instanceof Number) {
      return object instanceof Double ? "real" : "integer";
    }
    return "text";
  }

  private static String shown(Optional<Object> value) {
    if (value.isEmpty()) {
      return "NULL";
    }
    if (value.get() instanceof byte[] bytes) {
      int length = Math.min(bytes.length, SHOWN_BYTES);
      return "x'"
          + HexFormat.of().formatHex(bytes, 0, length)
          + "'"
          + (length < bytes.length ? String.format(Locale.ROOT, "… (%d bytes)", bytes.length) : "");
    }
    String text = value.get().toString();
    return text.length() <= LONGEST_SHOWN ? text : text.substring(0, LONGEST_SHOWN) + "…";
  }
}
