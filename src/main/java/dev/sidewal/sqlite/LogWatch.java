package dev.sidewal.sqlite;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/**
 * Says cheaply, by a stat call, whether the log may have changed.
 *
 * <p>A file's time has the grain of the kernel's clock tick, and a log that is written from its
 * begin again keeps its length: a write right after the last look can leave both as they were. So
 * an unchanged file is believed only when its time lies well before that look; and from time to
 * time it is not believed at all, for file systems whose times mean little. Not safe for use by
 * several threads.
 */
final class LogWatch {

  private static final Duration GRAIN = Duration.ofMillis(50);
  private static final Duration CLOSER_LOOK = Duration.ofSeconds(1);

  private final Path log;
  private final Clock clock;
  private long length = -1;
  private Instant modified = Instant.MIN;
  private Instant looked = Instant.MIN;

  LogWatch(Path log, Clock clock) {
    this.log = log;
    this.clock = clock;
  }

  /** Notes how the file is now; call it before reading the log. */
  void look() throws IOException {
    looked = clock.instant();
    try {
      BasicFileAttributes a = Files.readAttributes(log, BasicFileAttributes.class);
      length = a.size();
      modified = a.lastModifiedTime().toInstant();
    } catch (NoSuchFileException e) {
      length = -1;
      modified = Instant.MIN;
    }
  }

  boolean mayHaveChanged() throws IOException {
    Instant now = clock.instant();
    if (looked.equals(Instant.MIN)
        || now.isBefore(looked)
        || Duration.between(looked, now).compareTo(CLOSER_LOOK) > 0
        || !modified.isBefore(looked.minus(GRAIN))) {
      return true;
    }
    try {
      BasicFileAttributes a = Files.readAttributes(log, BasicFileAttributes.class);
      return a.size() != length || !a.lastModifiedTime().toInstant().equals(modified);
    } catch (NoSuchFileException e) {
      return true;
    }
  }
}
