package dev.sidewal.tables;

import dev.sidewal.sqlite.RawRows;
import java.sql.SQLException;
import java.util.Locale;

/**
 * What a column makes of values that are inserted.
 *
 * @see <a href="https://www.sqlite.org/datatype3.html#determination_of_column_affinity">
 *     Determination of column affinity</a>
 */
enum Affinity {
  /** Numbers become text. */
  TEXT,
  /** Text that is a number becomes one, and a real without a fraction an integer. */
  NUMERIC,
  /** Text that is a number becomes a real. */
  REAL,
  /** Nothing is changed. */
  NONE;

  /** Returns the affinity of a declared type. */
  static Affinity of(String type) {
    String t = type.toUpperCase(Locale.ROOT);
    if (t.contains("INT")) {
      return NUMERIC;
    }
    if (t.contains("CHAR") || t.contains("CLOB") || t.contains("TEXT")) {
      return TEXT;
    }
    if (t.isEmpty() || t.contains("BLOB")) {
      return NONE;
    }
    return t.contains("REAL") || t.contains("FLOA") || t.contains("DOUB") ? REAL : NUMERIC;
  }

  /** Returns whether a value that is stored would become another one if it were inserted. */
  boolean changes(RawRows.Type type, RawRows rows, int column) throws SQLException {
    return switch (this) {
      case NONE -> false;
      case TEXT -> type == RawRows.Type.INTEGER || type == RawRows.Type.REAL;
      case NUMERIC ->
          (type == RawRows.Type.REAL && isWhole(rows.real(column)))
              || (type == RawRows.Type.TEXT && isNumber(rows.bytes(column)));
      case REAL -> type == RawRows.Type.TEXT && isNumber(rows.bytes(column));
    };
  }

  private static boolean isWhole(double value) {
    return value == Math.rint(value) && Math.abs(value) < 0x1p63;
  }

  /** Whether text is a number to SQLite; UTF-16 is looked at as if it had no zero bytes. */
  static boolean isNumber(byte[] text) {
    int step = text.length > 1 && (text[0] == 0 || text[1] == 0) ? 2 : 1;
    int begin = step == 2 && text[0] == 0 ? 1 : 0;
    boolean digits = false;
    boolean point = false;
    boolean exponent = false;
    boolean ended = false;
    boolean mayBeSign = true;
    for (int i = begin; i < text.length; i += step) {
      int c = text[i];
      if (c == ' ' || (c >= '\t' && c <= '\r')) {
        ended |= !mayBeSign || digits || point;
        continue;
      }
      if (ended) {
        return false;
      }
      if (c >= '0' && c <= '9') {
        digits = true;
        mayBeSign = false;
      } else if ((c == '+' || c == '-') && mayBeSign) {
        mayBeSign = false;
      } else if (c == '.' && !point && !exponent) {
        point = true;
        mayBeSign = false;
      } else if ((c == 'e' || c == 'E') && digits && !exponent) {
        exponent = true;
        digits = false;
        mayBeSign = true;
      } else {
        return false;
      }
    }
    return digits;
  }
}
