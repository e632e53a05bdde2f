package dev.sidewal.sqlite;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;

/**
 * Copies a live database in WAL mode as of one committed moment. Writers are not kept waiting, the
 * log is not held for the whole length, and memory stays small whatever the size; see {@link
 * ImageScan} and {@link Onlooker}.
 */
public final class WalCopy {

  private WalCopy() {}

  /**
   * Copies.
   *
   * @param database is released by the caller, after this
   * @param work an existing directory for the page tables
   * @param sink gets each page at least once, the last version counts
   * @throws dev.sidewal.error.DatabaseException if it cannot be opened for reading and writing
   * @throws ContinuityLostException if the files were replaced or changed past SQLite meanwhile
   */
  public static CopiedPages copy(
      DatabaseFile database, Path work, PageSink sink, CopyProgress progress, Clock clock)
      throws IOException {
    try (LogFollower follower =
        LogFollower.attach(database, work, FollowOptions.DEFAULT.withoutPauses(), clock)) {
      WholeRead.lookingOn(follower, sink, progress);
      return new CopiedPages(follower.pageSize(), follower.databasePages(), follower.checksum());
    }
  }
}
