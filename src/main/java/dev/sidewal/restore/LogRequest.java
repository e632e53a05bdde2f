package dev.sidewal.restore;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Which transactions of a replica are listed.
 *
 * @param from the earliest time, inclusive; empty for the earliest restorable transaction
 * @param to the latest time, inclusive; empty for the latest transaction
 * @param limit how many at most, 1 or more: the newest of the range; empty for all
 */
public record LogRequest(Optional<Instant> from, Optional<Instant> to, OptionalLong limit) {
  /** Checks the ranges. */
  public LogRequest {
    Objects.requireNonNull(from, "from");
    Objects.requireNonNull(to, "to");
    if (limit.isPresent() && limit.getAsLong() < 1) {
      throw new IllegalArgumentException("limit " + limit.getAsLong());
    }
  }

  /** Asks for everything. */
  public static LogRequest all() {
    return new LogRequest(Optional.empty(), Optional.empty(), OptionalLong.empty());
  }

  boolean tooLate(Instant time) {
    return to.isPresent() && time.isAfter(to.get());
  }

  boolean tooEarly(Instant time) {
    return from.isPresent() && time.isBefore(from.get());
  }
}
