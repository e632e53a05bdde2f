package dev.sidewal.backup;

import dev.sidewal.sqlite.CopiedPages;
import java.time.Duration;
import java.util.Objects;

/**
 * How a copy came about.
 *
 * @param way which way it was made
 * @param pages what it has
 * @param attempts how often it was begun
 * @param passes how often the file was read, 1 but for a rollback journal
 * @param longestLock so long a writer could have been kept waiting at most
 */
public record Copied(Way way, CopiedPages pages, int attempts, int passes, Duration longestLock) {

  /** The ways to copy a database. */
  public enum Way {
    /** In WAL mode, with the log followed meanwhile. */
    LOG,
    /** With a rollback journal, in short steps under a lock. */
    JOURNAL,
    /** By copies of the files, past SQLite. */
    FILES,
    /** By {@code VACUUM INTO}. */
    VACUUM
  }

  /** Checks for null. */
  public Copied {
    Objects.requireNonNull(way, "way");
    Objects.requireNonNull(pages, "pages");
    Objects.requireNonNull(longestLock, "longestLock");
  }
}
