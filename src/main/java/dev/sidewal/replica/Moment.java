package dev.sidewal.replica;

import java.time.Instant;
import java.util.Objects;

/**
 * A transaction and when it was seen.
 *
 * @param txid the transaction, 1 or more
 * @param time when it was first seen (UTC, milliseconds)
 */
public record Moment(long txid, Instant time) {
  /** Checks the ranges. */
  public Moment {
    Objects.requireNonNull(time, "time");
    if (txid < 1) {
      throw new IllegalArgumentException("txid " + txid);
    }
  }

  @Override
  public String toString() {
    return "transaction " + txid + " of " + time;
  }
}
