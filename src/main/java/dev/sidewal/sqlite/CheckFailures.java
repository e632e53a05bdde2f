package dev.sidewal.sqlite;

import dev.sidewal.error.DatabaseException;
import java.nio.file.Path;
import java.sql.SQLException;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** What SQLite's failures mean for a check. */
final class CheckFailures {

  private CheckFailures() {}

  /** Returns whether the database could not be got at, which says nothing of its content. */
  static boolean isShutOut(SQLException e) {
    return switch (code(e)) {
      case SQLITE_BUSY,
          SQLITE_LOCKED,
          SQLITE_PROTOCOL,
          SQLITE_CANTOPEN,
          SQLITE_READONLY,
          SQLITE_PERM ->
          true;
      default -> false;
    };
  }

  static SQLiteErrorCode code(SQLException e) {
    return SQLiteErrorCode.getErrorCode(e.getErrorCode() & 0xff);
  }

  /** Returns whether it is the database that is at fault. */
  static boolean isDamage(SQLException e) {
    return code(e) == SQLiteErrorCode.SQLITE_CORRUPT || code(e) == SQLiteErrorCode.SQLITE_NOTADB;
  }

  /** What SQLite itself says, without what the driver puts around it. */
  static String reason(SQLException e) {
    String message = String.valueOf(e.getMessage());
    String around = e instanceof SQLiteException s ? s.getResultCode() + " (" : "";
    return !around.isEmpty() && message.startsWith(around) && message.endsWith(")")
        ? message.substring(around.length(), message.length() - 1)
        : message;
  }

  /** Says that a check could not be made, and why. */
  static DatabaseException failure(Path database, SQLException e) {
    boolean hot =
        e instanceof SQLiteException s
            && s.getResultCode() == SQLiteErrorCode.SQLITE_READONLY_ROLLBACK;
    String why =
        hot
            ? "a writer died in a transaction, and whoever reads it has to undo that with its"
                + " -journal first. The application does so when it opens it; a private copy can be"
                + " checked (--copy)."
            : why(e);
    return new DatabaseException(
        "Cannot check the database " + database + ": " + why + " Nothing is known about it.", e);
  }

  private static String why(SQLException e) {
    return switch (code(e)) {
      case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL ->
          "another process holds it locked: by locking_mode=EXCLUSIVE, or by a long write in"
              + " rollback-journal mode. A private copy of it can be checked (--copy).";
      case SQLITE_CANTOPEN, SQLITE_READONLY, SQLITE_PERM ->
          "SQLite may not open it as it is. Reading a live database takes write access to its"
              + " directory, and to its -shm in WAL mode; run Sidewal as the application's user,"
              + " or check a private copy of it (--copy).";
      default -> "SQLite says: " + reason(e) + ".";
    };
  }
}
