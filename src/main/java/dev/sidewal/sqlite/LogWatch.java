package dev.sidewal.sqlite;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;

/**
 * Says cheaply, by a stat call, whether the log may have changed.
 *
 * <p>A file's time has the grain of the kernel's clock tick, and a log that is written from its
 * begin again keeps its length: a write right after the last look can leave both as they were. So
 * an unchanged file is believed only when its time lies well before that look. For file systems
 * whose times mean little, the bytes that the next commit must change are compared as well, once a
 * second: the log's header, and the header of the frame that follows what was copied. And now and
 * then nothing of all this is believed. Not safe for use by several threads.
 */
final class LogWatch {

  private static final Duration GRAIN = Duration.ofMillis(50);

  /** How often bytes are compared. */
  private static final Duration CLOSER_LOOK = Duration.ofSeconds(1);

  private final Path log;
  private final WalFile file;
  private final LogCursor cursor;
  private final Clock clock;
  private long length = -1;
  private FileTime modified = FileTime.fromMillis(0);

  /** The file's time as an instant. */
  private Instant written = Instant.MIN;

  private Instant looked = Instant.MIN;
  private Instant compared = Instant.MIN;

  /** Whether bytes were found to have changed since the last look. */
  private boolean changed;

  /** What the next commit must change, for the place of the cursor at which it was read. */
  private byte[] brink = new byte[0];

  private long brinkEpoch;
  private long brinkFrame;

  LogWatch(Path log, WalFile file, LogCursor cursor, Clock clock) {
    this.log = log;
    this.file = file;
    this.cursor = cursor;
    this.clock = clock;
  }

  /** Notes how the file is now; call it before reading the log. */
  void look() throws IOException {
    looked = clock.instant();
    compared = looked;
    changed = false;
    try {
      BasicFileAttributes a = Files.readAttributes(log, BasicFileAttributes.class);
      length = a.size();
      modified = a.lastModifiedTime();
      written = modified.toInstant();
    } catch (NoSuchFileException e) {
      length = -1;
      written = Instant.MIN;
    }
  }

  /**
   * Returns whether the log may have changed since the last look.
   *
   * @param believed for how long an unchanged file is believed
   */
  boolean mayHaveChanged(Duration believed) throws IOException {
    Instant now = clock.instant();
    if (changed
        || looked.equals(Instant.MIN)
        || now.isBefore(looked)
        || now.isAfter(looked.plus(believed))
        || !written.isBefore(looked.minus(GRAIN))) {
      return true;
    }
    try {
      BasicFileAttributes a = Files.readAttributes(log, BasicFileAttributes.class);
      if (a.size() != length || !a.lastModifiedTime().equals(modified)) {
        return true;
      }
    } catch (NoSuchFileException e) {
      return true;
    }
    if (now.isAfter(compared.plus(CLOSER_LOOK))) {
      compared = now;
      changed = !isAtTheBrink();
    }
    return changed;
  }

  /**
   * Returns whether the log's header and what follows the last copied frame are as they were. If
   * that is not known they are noted; the closer look that follows says what is behind them.
   */
  private boolean isAtTheBrink() throws IOException {
    byte[] now = new byte[WalHeader.LENGTH + WalFrame.HEADER_LENGTH];
    // Where the log ends there are zeros.
    file.read(0, now, 0, WalHeader.LENGTH);
    if (cursor.header().isPresent()) {
      long next = cursor.header().get().frameOffset(cursor.frame() + 1);
      file.read(next, now, WalHeader.LENGTH, WalFrame.HEADER_LENGTH);
    }
    boolean same =
        brinkEpoch == cursor.epoch() && brinkFrame == cursor.frame() && Arrays.equals(brink, now);
    brink = now;
    brinkEpoch = cursor.epoch();
    brinkFrame = cursor.frame();
    return same;
  }
}
