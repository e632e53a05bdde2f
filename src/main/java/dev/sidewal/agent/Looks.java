package dev.sidewal.agent;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How often an idle database is looked at: every 20 ms, and where many are followed less often once
 * nothing was committed for {@link #QUIET}, so that all looks together cost little. Used by one
 * thread at a time.
 */
final class Looks {

  private static final Duration IDLE_PAUSE = Duration.ofMillis(20);
  private static final Duration QUIET = Duration.ofSeconds(10);

  /** The time between two looks at whatever quiet databases. A look costs some 10 µs. */
  private static final Duration EACH = Duration.ofMillis(4);

  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

  /** The time between two looks at whatever databases' files, and all else that can wait. */
  private static final Duration EACH_FILE_CHECK = Duration.ofMillis(20);

  private static final Duration FILE_CHECK = Duration.ofSeconds(1);
  private static final Duration RAREST_FILE_CHECK = Duration.ofSeconds(5);

  /** How many databases this process follows. */
  private static final AtomicInteger FOLLOWED = new AtomicInteger();

  private final Clock clock;
  private Instant nextFileCheck = Instant.MIN;
  private long lastTxid;

  /** A moment of {@link System#nanoTime}. */
  private long quietSince;

  Looks(Clock clock) {
    this.clock = clock;
  }

  /** Says that the database is followed from now on. */
  void begin() {
    FOLLOWED.incrementAndGet();
    nextFileCheck = clock.instant().plus(FILE_CHECK);
    quietSince = System.nanoTime();
  }

  /** Says that it is followed no longer. */
  void end() {
    FOLLOWED.decrementAndGet();
  }

  /** Returns how long to wait before the next look. */
  Duration idlePause(long txid) {
    long now = System.nanoTime();
    if (txid != lastTxid) {
      lastTxid = txid;
      quietSince = now;
    }
    return now - quietSince < QUIET.toNanos() ? IDLE_PAUSE : atLeast(IDLE_PAUSE);
  }

  /** Returns how long to wait between looks that are worth their cost. */
  Duration atLeast(Duration usual) {
    return fair(EACH, usual, LONGEST_PAUSE);
  }

  /** Returns a time for each database, but at least one and at most another. */
  private static Duration fair(Duration each, Duration least, Duration most) {
    long nanos = Math.min(each.toNanos() * FOLLOWED.get(), most.toNanos());
    return nanos > least.toNanos() ? Duration.ofNanos(nanos) : least;
  }

  /** Returns whether the files are to be looked at, which is then noted as done. */
  boolean filesAreDue() {
    Instant now = clock.instant();
    Duration time = fair(EACH_FILE_CHECK, FILE_CHECK, RAREST_FILE_CHECK);
    if (now.isBefore(nextFileCheck) && !now.plus(time).isBefore(nextFileCheck)) {
      return false;
    }
    nextFileCheck = now.plus(time);
    return true;
  }
}
