package dev.sidewal.sqlite;

import java.net.URI;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteOpenMode;

/** Ways to open a database with SQLite that never make a file that is not there. */
public final class Connections {

  private Connections() {}

  /**
   * Opens a live database with a connection that cannot write. In WAL mode it takes part in the
   * locking as any reader does, and may have to make the {@code -shm} file.
   *
   * @param busyTimeout how long SQLite waits for a lock; whole milliseconds
   */
  public static Connection readOnly(Path database, Duration busyTimeout) throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    config.setReadOnly(true);
    config.setBusyTimeout(Math.toIntExact(busyTimeout.toMillis()));
    return config.createConnection("jdbc:sqlite:" + database.toAbsolutePath());
  }

  /**
   * Opens a live database for reading and writing; it must be there. URIs may be attached.
   *
   * @param busyTimeout how long SQLite waits for a lock; whole milliseconds
   */
  public static Connection readWrite(Path database, Duration busyTimeout) throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    config.setOpenMode(SQLiteOpenMode.READWRITE);
    config.setOpenMode(SQLiteOpenMode.OPEN_URI);
    config.resetOpenMode(SQLiteOpenMode.CREATE);
    config.setBusyTimeout(Math.toIntExact(busyTimeout.toMillis()));
    return config.createConnection("jdbc:sqlite:" + database.toAbsolutePath());
  }

  /**
   * Opens a file of one's own that nobody else uses, so that SQLite counts it as one that may be
   * written, yet refuses to write to it. In WAL mode there is an empty log beside it as long as it
   * is open. Closing it drops all locks that this process holds on the file.
   */
  static Connection own(Path file) throws SQLException {
    Connection connection = readWrite(file, Duration.ZERO);
    try (Statement s = connection.createStatement()) {
      // Before the first read: then the log's index is in memory, and no -shm is made.
      s.execute("PRAGMA locking_mode=EXCLUSIVE");
      s.execute("PRAGMA query_only=1");
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  /**
   * Opens a file that nobody changes, without locks and without anything beside it; a log beside it
   * is not read.
   *
   * @see <a href="https://www.sqlite.org/uri.html#uriimmutable">the immutable parameter</a>
   */
  public static Connection immutable(Path file) throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    config.setReadOnly(true);
    config.setOpenMode(SQLiteOpenMode.OPEN_URI);
    return config.createConnection("jdbc:sqlite:" + immutableUri(file));
  }

  /** Returns the URI by which SQLite opens a file that nobody changes; for {@code ATTACH}. */
  public static String immutableUri(Path file) {
    URI uri = file.toAbsolutePath().toUri();
    return "file:" + uri.getRawPath() + "?immutable=1";
  }
}
