package dev.sidewal.sqlite;

import dev.sidewal.error.DatabaseException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.sqlite.BusyHandler;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;
import org.sqlite.SQLiteOpenMode;

/**
 * One connection of Sidewal to a live database: it never creates the file, never checkpoints by
 * itself and keeps a small cache. Statements are prepared once. Not safe for use by several
 * threads.
 */
final class SqliteConnection implements AutoCloseable {

  private static final long RETRY_NANOS = 100_000;

  private final Path database;
  private final Connection connection;
  private final Map<String, PreparedStatement> statements = new HashMap<>();

  private SqliteConnection(Path database, Connection connection) {
    this.database = database;
    this.connection = connection;
  }

  /**
   * Opens a connection.
   *
   * @param busyTimeout how long SQLite itself waits for a lock
   * @param mayWrite false to have SQLite refuse every write on this connection
   */
  static SqliteConnection open(Path database, Duration busyTimeout, boolean mayWrite) {
    SQLiteConfig config = new SQLiteConfig();
    config.setOpenMode(SQLiteOpenMode.READWRITE);
    config.resetOpenMode(SQLiteOpenMode.CREATE);
    return open(database, busyTimeout, mayWrite, config);
  }

  /** Opens a connection that cannot write, also to a file that it may not write. */
  static SqliteConnection openReadOnly(Path database, Duration busyTimeout) {
    SQLiteConfig config = new SQLiteConfig();
    config.setReadOnly(true);
    return open(database, busyTimeout, false, config);
  }

  private static SqliteConnection open(
      Path database, Duration busyTimeout, boolean mayWrite, SQLiteConfig config) {
    config.setBusyTimeout(Math.toIntExact(busyTimeout.toMillis()));
    try {
      Connection connection =
          DriverManager.getConnection(
              "jdbc:sqlite:" + database.toAbsolutePath(), config.toProperties());
      SqliteConnection c = new SqliteConnection(database, connection);
      try {
        try (Statement s = connection.createStatement()) {
          s.execute("PRAGMA wal_autocheckpoint=0");
          // So few that SQLite does not allocate twenty pages in advance; what reading the schema
          // for these very pragmas has taken is given back.
          s.execute("PRAGMA cache_size=2");
          s.execute("PRAGMA shrink_memory");
          if (!mayWrite) {
            s.execute("PRAGMA query_only=1");
          }
        }
        return c;
      } catch (SQLException e) {
        c.close();
        throw e;
      }
    } catch (SQLException e) {
      throw failure(database, "open", e);
    }
  }

  /**
   * Makes this connection try for a busy lock without a rest, for a bounded time. A writer that
   * commits in a loop leaves the write lock free for microseconds; SQLite's own handler, which
   * sleeps for milliseconds between its attempts, would hardly ever meet such a moment.
   */
  void spinWhenBusy(Duration atMost) {
    whenBusy(atMost, Thread::onSpinWait);
  }

  /** Makes this connection try for a busy lock thousands of times a second, for a bounded time. */
  void retryOftenWhenBusy(Duration atMost) {
    whenBusy(atMost, () -> LockSupport.parkNanos(RETRY_NANOS));
  }

  private void whenBusy(Duration atMost, Runnable rest) {
    long[] begin = {0};
    try {
      BusyHandler.setHandler(
          connection,
          new BusyHandler() {
            @Override
            protected int callback(int attemptsBefore) {
              if (attemptsBefore == 0) {
                begin[0] = System.nanoTime();
              }
              rest.run();
              return System.nanoTime() - begin[0] < atMost.toNanos() ? 1 : 0;
            }
          });
    } catch (SQLException e) {
      throw failure(database, "busy handler", e);
    }
  }

  /** Runs a statement without a result. */
  void run(String sql) {
    try {
      statement(sql).execute();
    } catch (SQLException e) {
      throw failure(database, sql, e);
    }
  }

  /**
   * Runs a statement without a result that may find the database busy.
   *
   * @return false if it was busy
   */
  boolean tryRun(String sql) {
    try {
      statement(sql).execute();
      return true;
    } catch (SQLException e) {
      if (isBusy(e)) {
        return false;
      }
      throw failure(database, sql, e);
    }
  }

  /** Ends the transaction that another thread has open, if it has one. */
  void rollBackFromOutside() {
    try (Statement s = connection.createStatement()) {
      s.execute("ROLLBACK");
    } catch (SQLException e) {
      // There was none.
    }
  }

  /** Runs a query and returns the whole numbers of its only row. */
  long[] row(String sql) {
    try (ResultSet r = statement(sql).executeQuery()) {
      if (!r.next()) {
        throw new SQLException("no row from " + sql);
      }
      long[] row = new long[r.getMetaData().getColumnCount()];
      for (int i = 0; i < row.length; i++) {
        row[i] = r.getLong(i + 1);
      }
      return row;
    } catch (SQLException e) {
      throw failure(database, sql, e);
    }
  }

  /** Runs a query and returns the text of its first column and row. */
  String text(String sql) {
    try (ResultSet r = statement(sql).executeQuery()) {
      return r.next() ? r.getString(1) : "";
    } catch (SQLException e) {
      throw failure(database, sql, e);
    }
  }

  private PreparedStatement statement(String sql) throws SQLException {
    PreparedStatement s = statements.get(sql);
    if (s == null) {
      s = connection.prepareStatement(sql);
      statements.put(sql, s);
    }
    return s;
  }

  private static boolean isBusy(SQLException e) {
    return e instanceof SQLiteException s && primary(s) == SQLiteErrorCode.SQLITE_BUSY.code;
  }

  private static int primary(SQLiteException e) {
    return e.getResultCode().code & 0xff;
  }

  static DatabaseException failure(Path database, String what, SQLException e) {
    int code = e instanceof SQLiteException s ? primary(s) : -1;
    String why;
    if (code == SQLiteErrorCode.SQLITE_NOTADB.code) {
      why = "it is not a SQLite database, or it is encrypted. Sidewal needs a plain SQLite file.";
    } else if (code == SQLiteErrorCode.SQLITE_BUSY.code
        || code == SQLiteErrorCode.SQLITE_LOCKED.code) {
      why =
          "another process holds it locked (locking_mode=EXCLUSIVE, or a long write in"
              + " rollback-journal mode). Sidewal needs shared access; end that lock and try again.";
    } else if (code == SQLiteErrorCode.SQLITE_CANTOPEN.code
        || code == SQLiteErrorCode.SQLITE_READONLY.code
        || code == SQLiteErrorCode.SQLITE_PERM.code) {
      why =
          "SQLite may not open or write it. Reading in WAL mode needs write access to the file, its"
              + " -wal and -shm and its directory; run Sidewal as the application's user or group.";
    } else if (code == SQLiteErrorCode.SQLITE_CORRUPT.code) {
      why =
          "it is damaged or was cut off ("
              + e.getMessage()
              + "). Nothing of it is shipped; what was shipped before stays restorable.";
    } else if (code == SQLiteErrorCode.SQLITE_FULL.code) {
      why = "its disk is full. Make room; nothing of what was committed is lost.";
    } else {
      why = "SQLite says: " + e.getMessage();
    }
    return new DatabaseException(
        "Cannot use the database " + database + " (" + what + "): " + why, e);
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw failure(database, "close", e);
    }
  }
}
