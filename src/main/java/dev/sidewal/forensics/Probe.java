package dev.sidewal.forensics;

import java.time.Instant;
import java.util.Objects;

/**
 * A moment that was asked.
 *
 * @param txid the transaction
 * @param time when it was first seen
 * @param answer what came of asking
 * @param gap whether what was committed between its predecessor and it was never recorded one by
 *     one
 */
public record Probe(long txid, Instant time, Condition.Answer answer, boolean gap) {
  /** Checks for absent values. */
  public Probe {
    Objects.requireNonNull(time, "time");
    Objects.requireNonNull(answer, "answer");
  }

  /** Returns whether the condition held. */
  public boolean good() {
    return answer.good();
  }
}
