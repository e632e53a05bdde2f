package dev.sidewal.sqlite;

import dev.sidewal.error.DatabaseException;
import java.sql.SQLException;
import org.sqlite.SQLiteErrorCode;

/** What SQLite means by a failure, for those who have another way to go. */
public final class SqliteFailures {

  private static final int PRIMARY = 0xff;

  private SqliteFailures() {}

  /** Returns whether another connection holds a lock that was waited for in vain. */
  public static boolean isLocked(DatabaseException e) {
    return is(
        e,
        SQLiteErrorCode.SQLITE_BUSY,
        SQLiteErrorCode.SQLITE_LOCKED,
        SQLiteErrorCode.SQLITE_PROTOCOL);
  }

  /** Returns whether SQLite may not open or write one of the files. */
  public static boolean isDenied(DatabaseException e) {
    return is(
        e,
        SQLiteErrorCode.SQLITE_CANTOPEN,
        SQLiteErrorCode.SQLITE_READONLY,
        SQLiteErrorCode.SQLITE_PERM,
        SQLiteErrorCode.SQLITE_IOERR);
  }

  private static boolean is(DatabaseException e, SQLiteErrorCode... codes) {
    if (e.getCause() instanceof SQLException s) {
      for (SQLiteErrorCode code : codes) {
        if ((s.getErrorCode() & PRIMARY) == code.code) {
          return true;
        }
      }
    }
    return false;
  }
}
