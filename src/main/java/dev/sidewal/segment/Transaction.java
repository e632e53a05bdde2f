package dev.sidewal.segment;

import java.time.Instant;
import java.util.Objects;

/**
 * One committed transaction as the history records it.
 *
 * @param txid its number on the replica's timeline, 1 or more
 * @param time when it was first seen (UTC, milliseconds); never before its predecessor's
 * @param frames how many page images it has in the object, repeated pages counted each time
 * @param pages how many distinct pages it changed
 * @param databasePages the database's size in pages after it, 1 or more
 * @param checksum the database checksum after it
 * @param gap whether states between its predecessor and it are unknown
 */
public record Transaction(
    long txid,
    Instant time,
    long frames,
    long pages,
    long databasePages,
    long checksum,
    boolean gap) {
  /** Checks the ranges. */
  public Transaction {
    Objects.requireNonNull(time, "time");
    if (txid < 1) {
      throw new IllegalArgumentException("txid " + txid);
    }
    if (frames < 0 || pages < 0 || pages > frames) {
      throw new IllegalArgumentException(pages + " pages in " + frames + " frames");
    }
    if (databasePages < 1 || databasePages > 0xffff_fffeL) {
      throw new IllegalArgumentException("database pages " + databasePages);
    }
  }
}
