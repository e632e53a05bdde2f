package dev.sidewal.agent;

import dev.sidewal.sqlite.LogFollower;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Watches the thread that follows a database. When it has not moved for the stall timeout, the log
 * is let go on its behalf, so that the application's log does not grow for ever; the thread finds
 * out and attaches again. When it still does not move, the replication is not alive.
 *
 * <p>Time in which the whole process stood still (SIGSTOP, a suspended machine) does not count. The
 * watched thread calls {@link #alive}, {@link #watch} and {@link #close}; anybody may ask {@link
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
  private final Thread thread;
  private volatile Optional<LogFollower> follower = Optional.empty();
  private volatile boolean stuck;
  private volatile boolean closed;

  Watchdog(String database, Duration timeout) {
    this.database = database;
    this.timeout = timeout;
    Duration part = timeout.dividedBy(LOOKS_PER_TIMEOUT).plusMillis(1);
    this.look = part.compareTo(LONGEST_LOOK) > 0 ? LONGEST_LOOK : part;
    this.thread = new Thread(this::run, "sidewal-watch " + database);
    thread.setDaemon(true);
    thread.start();
  }

  /** Says that the thread moves. */
  void alive() {
    beats.lazySet(beats.getPlain() + 1);
  }

  /** Says what is held from now on; empty for nothing. */
  void watch(Optional<LogFollower> held) {
    follower = held;
  }

  /** Returns whether the thread moves, or was not waited for in vain for long. */
  boolean isAlive() {
    return !stuck;
  }

  private void run() {
    MDC.put(DatabaseReplicator.LOG_SUBJECT, database);
    long seen = -1;
    Duration still = Duration.ZERO;
    boolean letGo = false;
    long before = System.nanoTime();
    while (!closed) {
      try {
        TimeUnit.NANOSECONDS.sleep(look.toNanos());
      } catch (InterruptedException e) {
        return;
      }
      long now = System.nanoTime();
      Duration passed = Duration.ofNanos(now - before);
      before = now;
      long count = beats.get();
      if (count != seen) {
        if (stuck || letGo) {
          LOG.info("following moves again");
        }
        seen = count;
        still = Duration.ZERO;
        letGo = false;
        stuck = false;
        continue;
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
    closed = true;
    thread.interrupt();
  }
}
