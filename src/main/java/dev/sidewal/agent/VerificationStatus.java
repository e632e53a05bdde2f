package dev.sidewal.agent;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;

/**
 * What the last verification of a replica by its agent came to.
 *
 * @param time when it ended
 * @param outcome how it ended
 * @param txid the transaction that was restored; 0 if none was
 * @param duration how long it took
 * @param message what was proved, or what is wrong and what to do, or why it was not done
 */
public record VerificationStatus(
    Instant time, Outcome outcome, long txid, Duration duration, String message) {

  /** Checks for absent values. */
  public VerificationStatus {
    Objects.requireNonNull(time, "time");
    Objects.requireNonNull(outcome, "outcome");
    Objects.requireNonNull(duration, "duration");
    Objects.requireNonNull(message, "message");
  }

  /** How a verification ended. */
  public enum Outcome {
    /** Nothing is wrong. */
    PASSED,
    /** The replica, or something in it, is not what it must be. */
    FAILED,
    /** It could not be done, which says nothing about the replica. */
    SKIPPED
  }
}
