package dev.sidewal.retention;

import java.util.Objects;
import java.util.Optional;

/**
 * An object that is not needed any more.
 *
 * @param key its key below the replica
 * @param kind what it is
 * @param bytes its length in bytes
 * @param reason why it is not needed
 * @param cover the key of the pack that holds what it holds; empty unless that is the reason
 */
public record RetiredObject(
    String key, Kind kind, long bytes, RetireReason reason, Optional<String> cover) {
  /** Checks for absent values. */
  public RetiredObject {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(reason, "reason");
    Objects.requireNonNull(cover, "cover");
  }

  /**
   * What can be retired, in the order in which it is: a chain's snapshot goes first, so that nobody
   * is offered a chain that has begun to vanish.
   */
  public enum Kind {
    /** Every page of the database. */
    SNAPSHOT,
    /** The pages that changed since a snapshot. */
    DELTA,
    /** Transactions as shipped. */
    SEGMENT,
    /** Transactions, merged. */
    PACK,
    /** A mark of retention. */
    MARK,
    /** A generation's manifest. */
    CLAIM
  }
}
