package dev.sidewal.segment;

import java.time.Instant;
import java.util.Objects;

/**
 * What the header and the footer of a whole object say.
 *
 * @param header what was known before the first page
 * @param lastTxid the last transaction in it
 * @param transactions how many transactions it holds, 1 or more
 * @param frames how many page images it holds
 * @param rawBytes bytes of those images before compression
 * @param firstTime the time of its first transaction (UTC, milliseconds)
 * @param lastTime the time of its last transaction (UTC, milliseconds)
 * @param databasePages the database's size in pages after its last transaction
 * @param checksum the database checksum after its last transaction
 * @param digest XXH3-64 of all its bytes before the footer
 * @param length its length in bytes
 */
public record SegmentSummary(
    SegmentHeader header,
    long lastTxid,
    long transactions,
    long frames,
    long rawBytes,
    Instant firstTime,
    Instant lastTime,
    long databasePages,
    long checksum,
    long digest,
    long length) {
  /** Checks for absent values. */
  public SegmentSummary {
    Objects.requireNonNull(header, "header");
    Objects.requireNonNull(firstTime, "firstTime");
    Objects.requireNonNull(lastTime, "lastTime");
  }
}
