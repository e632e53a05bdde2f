package dev.sidewal.agent;

import dev.sidewal.sqlite.LogFollower;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Watches whether following a database moves. When it has not moved for the stall timeout, the log
 * is let go on its behalf, so that the application's log does not grow for ever; the thread finds
 * out and attaches again. When it still does not move, the replication is not alive.
 *
 * <p>Time in which the whole process stood still (SIGSTOP, a suspended machine) does not count. The
 * steps of following call {@link #alive}, {@link #watch} and {@link #close}; anybody may ask {@link
 * #isAlive}.
 */
final class Watchdog implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);
  private static final long LOOKS_PER_TIMEOUT = 8;
  private static final Duration LONGEST_LOOK = Duration.ofSeconds(1);

  private final String database;
  private final Duration timeout;
  private final Duration look;
  private final AtomicLong beats = new AtomicLong();
  private final Future<?> looks;

  // Of the looks, which one thread does one after the other.
  private long seen = -1;
  private Duration still = Duration.ZERO;
  private boolean letGo;
  private long before;

  private volatile Optional<LogFollower> follower = Optional.empty();
  private volatile boolean stuck;
  private volatile boolean queued;

  Watchdog(String database, Duration timeout) {
    this.database = database;
    this.timeout = timeout;
    Duration part = timeout.dividedBy(LOOKS_PER_TIMEOUT).plusMillis(1);
    this.look = part.compareTo(LONGEST_LOOK) > 0 ? LONGEST_LOOK : part;
    this.before = System.nanoTime();
    this.looks = Workers.SHARED.watch(this::look, look);
  }

  /** Says that the thread moves. */
  void alive() {
    beats.lazySet(beats.getPlain() + 1);
  }

  /** Says whether it waits for its turn, with nothing held: then nobody expects it to move. */
  void queued(boolean waits) {
    queued = waits;
    alive();
  }

  /** Says what is held from now on; empty for nothing. */
  void watch(Optional<LogFollower> held) {
    follower = held;
  }

  /** Returns whether the thread moves, or was not waited for in vain for long. */
  boolean isAlive() {
    return !stuck;
  }

  private void look() {
    MDC.put(DatabaseReplicator.LOG_SUBJECT, database);
    try {
      Workers.SHARED.replaceStuck();
      long now = System.nanoTime();
      Duration passed = Duration.ofNanos(now - before);
      before = now;
      long count = beats.get();
      if (count != seen || queued) {
        if (stuck || letGo) {
          LOG.info("following moves again");
        }
        seen = count;
        still = Duration.ZERO;
        letGo = false;
        stuck = false;
        return;
      }
      still = still.plus(passed.compareTo(look.multipliedBy(2)) > 0 ? look : passed);
      if (!letGo && still.compareTo(timeout) > 0) {
        letGo = true;
        letGo();
      }
      if (!stuck && still.compareTo(timeout.multipliedBy(2)) > 0) {
        stuck = true;
        LOG.error(
            "following has not moved for {} s: this replication is not alive. Look at the disks"
                + " of the database and of the state directory; restart the agent.",
            still.toSeconds());
      }
    } finally {
      MDC.remove(DatabaseReplicator.LOG_SUBJECT);
    }
  }

  private void letGo() {
    Optional<LogFollower> held = follower;
    LOG.error(
        "following has not moved for {} s; {}",
        timeout.toSeconds(),
        held.isPresent()
            ? "the log is let go, so that it does not grow for ever, and following begins anew"
            : "nothing is held");
    // On a thread of its own: it waits for whatever keeps SQLite.
    held.ifPresent(
        f -> {
          Thread ends = new Thread(f::abandon, "sidewal-abandon " + database);
          ends.setDaemon(true);
          ends.start();
        });
  }

  @Override
  public void close() {
    looks.cancel(false);
  }
}
