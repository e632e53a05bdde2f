package dev.sidewal.restore;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What was restored.
 *
 * @param txid the last transaction in it
 * @param time when that transaction was seen
 * @param pages the database's size in pages
 * @param pageSize bytes a page
 * @param bytes the file's length in bytes
 * @param checksum the database checksum that was recorded at the transaction
 * @param objects how many objects were read
 * @param objectBytes their bytes together
 * @param duration how long it took
 * @param output the file
 * @param coarse what is inexact about the transaction, where retention keeps only images; empty if
 *     it is what was asked for
 * @param warnings one sentence for each thing about the file that somebody should look at;
 *     immutable
 * @param unseen where a file was replaced: why somebody may have it open without being seen; one
 *     line each; immutable
 */
public record RestoreResult(
    long txid,
    Instant time,
    long pages,
    int pageSize,
    long bytes,
    long checksum,
    int objects,
    long objectBytes,
    Duration duration,
    Path output,
    Optional<CoarseMoment> coarse,
    List<String> warnings,
    List<String> unseen) {

  /** Takes copies of the lists. */
  public RestoreResult {
    warnings = List.copyOf(warnings);
    unseen = List.copyOf(unseen);
  }
}
