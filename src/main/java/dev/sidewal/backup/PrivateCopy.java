package dev.sidewal.backup;

import dev.sidewal.error.DatabaseException;
import dev.sidewal.restore.RestoreProgress;
import dev.sidewal.restore.ScratchDirectory;
import dev.sidewal.sqlite.Connections;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * A copy of a live database as of one moment, as a file of one's own for as long as it is open. Not
 * safe for use by several threads.
 */
public final class PrivateCopy implements Closeable {

  private static final String NAME = "copy.db";

  private final ScratchDirectory scratch;

  private PrivateCopy(ScratchDirectory scratch) {
    this.scratch = scratch;
  }

  /**
   * Copies a database; whoever writes it is not kept waiting.
   *
   * @param directories where the copy may be made: the first one that has the room is taken
   * @param progress gets told how far it is
   * @param random names temporary files
   * @throws DatabaseException if it cannot be read
   * @throws dev.sidewal.error.NoRoomException if no directory has the room
   */
  public static PrivateCopy of(
      Path database, List<Path> directories, RestoreProgress progress, RandomGenerator random) {
    if (!Files.exists(database)) {
      throw new DatabaseException("There is no database " + database + ".");
    }
    try {
      PrivateCopy copy =
          new PrivateCopy(ScratchDirectory.create(directories, Files.size(database), random));
      try (Connection live = Connections.readOnly(database, Duration.ofSeconds(10));
          PreparedStatement s = live.prepareStatement("VACUUM INTO ?")) {
        s.setString(1, copy.path().toString());
        s.execute();
        return copy;
      } catch (SQLException e) {
        copy.close();
        throw new DatabaseException("Cannot copy " + database + ": " + e.getMessage(), e);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the file; it is the caller's own until this is closed, and may be changed. */
  public Path path() {
    return scratch.resolve(NAME);
  }

  /** Returns the directory that goes with it, for what else belongs to it. */
  public ScratchDirectory scratch() {
    return scratch;
  }

  /** Opens it for reading; the file must not be changed meanwhile. */
  public Connection open() throws SQLException {
    return Connections.immutable(path());
  }

  @Override
  public void close() {
    scratch.close();
  }
}
