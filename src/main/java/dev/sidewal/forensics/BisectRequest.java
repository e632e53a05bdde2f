package dev.sidewal.forensics;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * What is searched.
 *
 * @param condition what held before and does not hold after
 * @param from the search begins with the state at this time; empty for the earliest one
 * @param to it ends with the state at this time; empty for the latest one
 * @param everyTransaction whether each transaction is asked, so that every change is found
 */
public record BisectRequest(
    Condition condition, Optional<Instant> from, Optional<Instant> to, boolean everyTransaction) {
  /** Checks for absent values. */
  public BisectRequest {
    Objects.requireNonNull(condition, "condition");
    Objects.requireNonNull(from, "from");
    Objects.requireNonNull(to, "to");
  }
}
