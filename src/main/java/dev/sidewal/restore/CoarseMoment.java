package dev.sidewal.restore;

import dev.sidewal.replica.Moment;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * A time of which only images are kept, and which one is taken for it.
 *
 * @param requested the time that was asked for
 * @param taken the last image at or before it
 * @param next the next image; empty if there is none
 */
public record CoarseMoment(Instant requested, Moment taken, Optional<Moment> next) {
  /** Checks for absent values. */
  public CoarseMoment {
    Objects.requireNonNull(requested, "requested");
    Objects.requireNonNull(taken, "taken");
    Objects.requireNonNull(next, "next");
  }

  /** Returns a sentence that says what is kept of that time. */
  public String reason() {
    return "Of the time around "
        + requested
        + " only images are kept, by retention: "
        + taken
        + next.map(n -> ", and next " + n).orElse("");
  }
}
