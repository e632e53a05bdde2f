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
  private static final Duration FILE_CHECK = Duration.ofSeconds(1);

  /** What a look may cost, in time between two looks at whatever database. */
  private static final Duration EACH = Duration.ofNanos(250_000);

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
    Duration fair = EACH.multipliedBy(FOLLOWED.get());
    return fair.compareTo(usual) > 0 ? fair : usual;
  }

  /** Returns whether the files are to be looked at, which is then noted as done. */
  boolean filesAreDue() {
    Instant now = clock.instant();
    Duration time = atLeast(FILE_CHECK);
    if (now.isBefore(nextFileCheck) && !now.plus(time).isBefore(nextFileCheck)) {
      return false;
    }
    nextFileCheck = now.plus(time);
    return true;
  }
}
