package dev.sidewal.backup;

import dev.sidewal.restore.OutputFile;
import dev.sidewal.restore.RestoreProgress;
import dev.sidewal.restore.ScratchDirectory;
import dev.sidewal.sqlite.Connections;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * A copy of a live database as of one moment, as a file of one's own for as long as it is open. Not
 * safe for use by several threads.
 */
public final class PrivateCopy implements Closeable {

  private static final String NAME = "copy.db";

  private final ScratchDirectory scratch;
  private final Copied copied;

  private PrivateCopy(ScratchDirectory scratch, Copied copied) {
    this.scratch = scratch;
    this.copied = copied;
  }

  /**
   * Copies a database; whoever writes it is not kept waiting.
   *
   * @param directories where the copy may be made: the first one that has the room is taken
   * @param progress gets told how far it is
   * @param random names temporary files
   * @throws dev.sidewal.error.DatabaseException if it cannot be read
   * @throws dev.sidewal.error.NoRoomException if no directory has the room
   */
  public static PrivateCopy of(
      Path database, List<Path> directories, RestoreProgress progress, RandomGenerator random) {
    return of(
        new SourceDatabase(
            database,
            directories,
            BackupRequest.DEFAULT_COPY_RETRIES,
            (pages, of, pageSize) ->
                progress.progress(RestoreProgress.Phase.READING, pages * pageSize, of * pageSize),
            Clock.systemUTC(),
            random),
        directories,
        random);
  }

  static PrivateCopy of(SourceDatabase source, List<Path> directories, RandomGenerator random) {
    try {
      ScratchDirectory scratch = ScratchDirectory.create(directories, source.bytes(), random);
      boolean done = false;
      try (OutputFile out =
          OutputFile.create(scratch.resolve(NAME), OutputFile.Work.BACKUP, random)) {
        Copied copied = source.pages(out);
        out.publish(false);
        done = true;
        return new PrivateCopy(scratch, copied);
      } finally {
        if (!done) {
          scratch.close();
        }
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

  /** Returns how the copy came about. */
  Copied copied() {
    return copied;
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
