package dev.sidewal.agent;

import dev.sidewal.sqlite.LogFollower;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Says when the log was held for long enough: the application's disk comes before the backup's
 * continuity. Looks at most once in {@link #LOOK}. Not safe for use by several threads.
 */
final class HoldLimit {

  private static final Duration LOOK = Duration.ofMillis(500);
  private static final long LEAST_FREE = 64L << 20;
  private static final int LEAST_FREE_PART = 10;

  /** A log that is shorter is no burden, however full the disk is. */
  private static final long SHORT_LOG = 1L << 20;

  private final Path database;
  private final long maxLogBytes;
  private long nextLook = System.nanoTime();

  HoldLimit(Path database, long maxLogBytes) {
    this.database = database;
    this.maxLogBytes = maxLogBytes;
  }

  /** Returns why the log must be let go; empty as long as it may be held. */
  Optional<String> exceeded(LogFollower follower) throws IOException {
    if (System.nanoTime() - nextLook < 0) {
      return Optional.empty();
    }
    nextLook = System.nanoTime() + LOOK.toNanos();
    long log = follower.logBytesNow();
    if (log > maxLogBytes) {
      return Optional.of(
          "the log of the database is " + log + " bytes long, more than " + maxLogBytes);
    }
    FileStore disk = Files.getFileStore(database);
    long least = Math.min(LEAST_FREE, disk.getTotalSpace() / LEAST_FREE_PART);
    long free = disk.getUsableSpace();
    return log > SHORT_LOG && free < least
        ? Optional.of("the disk of the database has only " + free + " bytes left")
        : Optional.empty();
  }
}
