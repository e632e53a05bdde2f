package dev.sidewal.agent;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;

/**
 * Something that goes wrong for a while and is tried again: one line in the log when it begins, one
 * a minute, one when it ends. Not safe for use by several threads, but {@link #reason} is.
 */
final class Trouble {

  private static final Duration REPORT = Duration.ofMinutes(1);

  private final Logger log;
  private final Clock clock;
  private volatile Optional<String> reason = Optional.empty();
  private Instant since = Instant.EPOCH;
  private Instant nextReport = Instant.EPOCH;

  Trouble(Logger log, Clock clock) {
    this.log = log;
    this.clock = clock;
  }

  /** Says that it goes wrong, and why. */
  void report(String why) {
    Instant now = clock.instant();
    boolean begins = reason.isEmpty();
    if (begins) {
      since = now;
    }
    if (begins || !now.isBefore(nextReport) || now.isBefore(since)) {
      if (begins) {
        log.warn("{} This is tried again.", why);
      } else {
        log.warn("since {} s, tried again: {}", Duration.between(since, now).toSeconds(), why);
      }
      nextReport = now.plus(REPORT);
    }
    reason = Optional.of(why);
  }

  /** Says that it goes well. */
  void over() {
    if (reason.isPresent()) {
      log.info(
          "all is well again, after {} s", Duration.between(since, clock.instant()).toSeconds());
      reason = Optional.empty();
    }
  }

  /** Returns what goes wrong; empty if nothing does. */
  Optional<String> reason() {
    return reason;
  }
}
