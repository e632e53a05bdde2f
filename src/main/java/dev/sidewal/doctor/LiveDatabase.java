package dev.sidewal.doctor;

import dev.sidewal.sqlite.Connections;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * Asks SQLite about a live database.
 *
 * <p>Invariants: nothing is written, and no checkpoint is taken, neither while it is open (the NOOP
 * checkpoint only answers) nor by the closing (SQLite checkpoints when the last connection closes,
 * for which it needs a lock that a read-only descriptor cannot take). No {@code -shm} is made:
 * where there is none, nobody but an exclusive holder is connected, and the file is not opened. A
 * hot journal is left alone for the same reason.
 */
final class LiveDatabase implements AutoCloseable {

  private static final Duration BUSY = Duration.ofMillis(250);

  private final Connection connection;

  private LiveDatabase(Connection connection) {
    this.connection = connection;
  }

  /**
   * What the log holds.
   *
   * @param frames committed frames
   * @param copied how many of them are in the database file
   */
  record Log(long frames, long copied) {

    long waiting() {
      return frames - copied;
    }
  }

  /** How an attempt to read ended. */
  record Opened(Optional<LiveDatabase> database, boolean busy, String trouble) {}

  /** Opens a database whose header was seen to be good. */
  static Opened open(Subject subject, boolean wal) {
    if (wal ? !Files.exists(subject.shm()) : isHot(subject.journal())) {
      return new Opened(Optional.empty(), false, "");
    }
    try {
      LiveDatabase live = new LiveDatabase(Connections.readOnly(subject.real(), BUSY));
      try {
        live.text("SELECT count(*) FROM sqlite_schema");
        return new Opened(Optional.of(live), false, "");
      } catch (SQLException e) {
        live.close();
        throw e;
      }
    } catch (SQLException e) {
      int code = e instanceof SQLiteException s ? s.getResultCode().code & 0xff : -1;
      boolean busy =
          code == SQLiteErrorCode.SQLITE_BUSY.code || code == SQLiteErrorCode.SQLITE_LOCKED.code;
      return new Opened(Optional.empty(), busy, String.valueOf(e.getMessage()));
    }
  }

  /** Returns whether a journal has content: a transaction in progress, or one to be undone. */
  static boolean isHot(Path journal) {
    try {
      // In mode PERSIST the header is overwritten by zeros when the transaction ends.
      byte[] begin = new byte[8];
      try (var in = Files.newInputStream(journal)) {
        return in.readNBytes(begin, 0, begin.length) == begin.length && begin[0] != 0;
      }
    } catch (IOException e) {
      return false;
    }
  }

  /** Returns the state of the log; empty if SQLite was too busy, or there is none. */
  Optional<Log> log() {
    try (Statement s = connection.createStatement();
        ResultSet r = s.executeQuery("PRAGMA wal_checkpoint(NOOP)")) {
      return r.next() && r.getInt(1) == 0 && r.getLong(2) >= 0
          ? Optional.of(new Log(r.getLong(2), r.getLong(3)))
          : Optional.empty();
    } catch (SQLException e) {
      return Optional.empty();
    }
  }

  /** Returns the only value of a query as text; empty text if there is none. */
  String text(String sql) throws SQLException {
    try (Statement s = connection.createStatement();
        ResultSet r = s.executeQuery(sql)) {
      return r.next() ? String.valueOf(r.getString(1)) : "";
    }
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new IllegalStateException("could not close a connection that only read", e);
    }
  }
}
