package dev.sidewal.backup;

import dev.sidewal.replica.HistoryObject;
import dev.sidewal.sqlite.CopiedPages;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What a backup has made.
 *
 * @param source the database
 * @param time a moment after which nothing that is in the copy was committed
 * @param copied how the copy came about; empty for a dry run
 * @param pages what is in the copy; empty for a dry run
 * @param output the file; empty for a stream and a replica
 * @param snapshot the object in a replica; empty for files and streams
 * @param bytes how long the file, stream or object is
 * @param removed older backups that were removed, oldest first; in a dry run those that would be
 * @param duration how long it took
 */
public record BackupResult(
    Path source,
    Instant time,
    Optional<Copied> copied,
    Optional<CopiedPages> pages,
    Optional<Path> output,
    Optional<HistoryObject> snapshot,
    long bytes,
    List<Path> removed,
    Duration duration) {
  /** Checks for null. */
  public BackupResult {
    Objects.requireNonNull(source, "source");
    Objects.requireNonNull(time, "time");
    Objects.requireNonNull(duration, "duration");
    removed = List.copyOf(removed);
  }
}
