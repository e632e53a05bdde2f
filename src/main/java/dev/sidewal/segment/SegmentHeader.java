package dev.sidewal.segment;

import java.util.Objects;
import java.util.UUID;

/**
 * What is known of a history object before its first page is written.
 *
 * @param kind the kind of object
 * @param replicaId the id that all generations of one replica share
 * @param generation the generation that wrote it, 1 or more
 * @param pageSize bytes a page, a power of two from 512 to 65536
 * @param firstTxid the first transaction in it (of a snapshot: the one it is an image of; of a
 *     delta: the one after its base)
 * @param basePages the database's size in pages before the first transaction; 0 for a snapshot
 * @param baseChecksum the database checksum before the first transaction; 0 for a snapshot
 */
public record SegmentHeader(
    ObjectKind kind,
    UUID replicaId,
    long generation,
    int pageSize,
    long firstTxid,
    long basePages,
    long baseChecksum) {
  /** Checks the ranges. */
  public SegmentHeader {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(replicaId, "replicaId");
    if (generation < 1 || generation > 0xffff_ffffL) {
      throw new IllegalArgumentException("generation " + generation);
    }
    if (pageSize < 512 || pageSize > 65536 || Integer.bitCount(pageSize) != 1) {
      throw new IllegalArgumentException("page size " + pageSize);
    }
    if (firstTxid < 1) {
      throw new IllegalArgumentException("first txid " + firstTxid);
    }
    if (basePages < 0 || basePages > 0xffff_fffeL) {
      throw new IllegalArgumentException("base pages " + basePages);
    }
  }
}
