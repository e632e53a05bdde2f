package dev.sidewal.sqlite;

import dev.sidewal.error.DatabaseException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Attaches to a live database: opens its files, holds its log, and reads it for the first time.
 *
 * <p>The first scan has no predecessor, and its read transaction may sit in slot 0, where it lets
 * the log be reset once under it. A surprise during that scan only means to start over, a bounded
 * number of times. Not safe for use by several threads.
 */
final class Attachment {

  private static final Logger LOG = LoggerFactory.getLogger(Attachment.class);
  private static final int ATTACH_ATTEMPTS = 20;

  private final DatabaseFile database;
  private final Path workDirectory;
  private final FollowOptions options;
  private final Clock clock;
  private final Runnable alive;

  Attachment(
      DatabaseFile database,
      Path workDirectory,
      FollowOptions options,
      Clock clock,
      Runnable alive) {
    this.database = database;
    this.workDirectory = workDirectory;
    this.options = options;
    this.clock = clock;
    this.alive = alive;
  }

  LogFollower attach(Optional<SavedImage> saved) throws IOException {
    DatabaseHeader header =
        database
            .header()
            .orElseThrow(
                () ->
                    new DatabaseException(
                        database.path()
                            + " is not a SQLite database, or it is encrypted. Sidewal needs a"
                            + " plain SQLite file."));
    Optional<SavedImage> from = saved;
    ContinuityLostException last = null;
    for (int attempt = 0; attempt < ATTACH_ATTEMPTS; attempt++) {
      ReadLockChain chain =
          ReadLockChain.open(database.path(), options.pauseWait(), database::isCurrent);
      WalFile wal = null;
      DatabaseImage image = null;
      boolean attached = false;
      try {
        chain.hold();
        if (!database.isCurrent()) {
          // SQLite has opened the new file; the pages would come from the old one.
          throw new ContinuityLostException("the file was replaced while it was being opened");
        }
        wal = new WalFile(WalFile.pathOf(database.path()));
        if (from.isPresent()) {
          LogFollower follower =
              new LogFollower(database, clock, options, alive, chain, wal, from.get().image());
          attached = follower.goesOnFrom(from.get());
          if (attached) {
            from.get().take();
            return follower;
          }
          from = Optional.empty();
        }
        image = new DatabaseImage(workDirectory, header.pageSize());
        LogFollower follower = new LogFollower(database, clock, options, alive, chain, wal, image);
        follower.firstScan();
        attached = true;
        return follower;
      } catch (ContinuityLostException e) {
        LOG.debug("attaching again: {}", e.getMessage());
        last = e;
      } finally {
        if (!attached) {
          chain.close();
          if (image != null) {
            image.close();
          }
          if (wal != null) {
            wal.close();
          }
        }
      }
    }
    throw new ContinuityLostException(
        "The log of "
            + database.path()
            + " could not be read in "
            + ATTACH_ATTEMPTS
            + " attempts: "
            + (last == null ? "" : last.getMessage()),
        last);
  }
}
