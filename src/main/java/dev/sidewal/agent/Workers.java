package dev.sidewal.agent;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads on which all replications of this process do their work, however many there are: a
 * bounded number for each {@link Kind} of work. They are daemons, and end when there is nothing to
 * do.
 *
 * <p>Invariant: following and shipping wait for no other work; starting waits for claims and for
 * shipping; images wait for the segments before them, and for following to write them. So nothing
 * waits for itself, however few threads there are.
 *
 * <p>Following does not wait for anything but the local disk. A disk that hangs must not stop the
 * databases on other disks: as many threads as have not come back for {@link #STUCK} are added, up
 * to {@value #MOST_EXTRA}. So it is, after five seconds, for shipping to a store that does not
 * answer, and for ending sessions. Likewise a session that cannot begin because the store does not
 * answer holds its log while it waits, and so must the others: as many threads as wait so are
 * added, up to {@value #MOST_WAITING}. Safe for use by several threads.
 */
final class Workers {

  /** Kinds of work. */
  enum Kind {
    /** Beginning a session: reads whole databases, waits for the store. */
    START(16),
    /** Ending one: waits for SQLite and the disk, a few seconds at most. */
    END(8),
    /** A step of following: milliseconds. */
    FOLLOW(Math.max(2, Math.min(8, Runtime.getRuntime().availableProcessors()))),
    /** Claiming a generation. */
    CLAIM(16),
    /** Shipping segments, in order. */
    SHIP(16),
    /** Shipping images, which wait for the segments before them, and for what following writes. */
    IMAGE(4),
    /** What has time: packs, retention. */
    BESIDE(4);

    private final int threads;

    Kind(int threads) {
      this.threads = threads;
    }
  }

  private static final Duration KEEP = Duration.ofSeconds(10);
  private static final Duration STUCK = Duration.ofSeconds(1);

  /** Kinds for which threads are added for those that do not come back, and after how long. */
  private static final Map<Kind, Duration> ELASTIC =
      Map.of(Kind.FOLLOW, STUCK, Kind.SHIP, Duration.ofSeconds(5), Kind.END, Duration.ofSeconds(5));

  private static final int MOST_EXTRA = 64;
  private static final int MOST_WAITING = 256;

  /** Rests end together with others, up to a quarter later, but no more than this. */
  private static final long GRID_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private static final long FINE_GRID_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  /** Those of this process. */
  static final Workers SHARED = new Workers();

  private final ScheduledThreadPoolExecutor follow;
  private final ScheduledThreadPoolExecutor watch;
  private final Map<Kind, ThreadPoolExecutor> pools = new EnumMap<>(Kind.class);
  private final Map<Kind, Set<Serial>> running = new EnumMap<>(Kind.class);

  /** How many starts wait for a store that does not answer. */
  private int waitingStarts;

  private Workers() {
    follow = new ScheduledThreadPoolExecutor(Kind.FOLLOW.threads, threads("follow"));
    follow.setRemoveOnCancelPolicy(true);
    follow.setKeepAliveTime(KEEP.toMillis(), TimeUnit.MILLISECONDS);
    follow.allowCoreThreadTimeOut(true);
    watch = new ScheduledThreadPoolExecutor(1, threads("watch"));
    watch.setRemoveOnCancelPolicy(true);
    watch.setKeepAliveTime(KEEP.toMillis(), TimeUnit.MILLISECONDS);
    watch.allowCoreThreadTimeOut(true);
    for (Kind kind : Kind.values()) {
      running.put(kind, ConcurrentHashMap.newKeySet());
      if (kind != Kind.FOLLOW) {
        ThreadPoolExecutor pool =
            new ThreadPoolExecutor(
                kind.threads,
                kind.threads,
                KEEP.toMillis(),
                TimeUnit.MILLISECONDS,
                new LinkedBlockingQueue<>(),
                threads(kind.name().toLowerCase(Locale.ROOT)));
        pool.allowCoreThreadTimeOut(true);
        pools.put(kind, pool);
      }
    }
  }

  private static ThreadFactory threads(String kind) {
    AtomicInteger number = new AtomicInteger();
    return work -> {
      Thread thread = new Thread(work, "sidewal-" + kind + "-" + number.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  /** Has work done as soon as there is a thread. */
  void execute(Kind kind, Runnable work) {
    if (kind == Kind.FOLLOW) {
      follow.execute(work);
    } else {
      pools.get(kind).execute(work);
    }
  }

  /** Has work done after a time; cancelling the future is in time until it has begun. */
  Future<?> schedule(Kind kind, Runnable work, Duration time) {
    long nanos = time.toNanos();
    long grid = nanos >= 4 * GRID_NANOS ? GRID_NANOS : FINE_GRID_NANOS;
    if (nanos > FINE_GRID_NANOS) {
      // Those that rest wake together: a thousand databases cost fifty wake-ups a second.
      nanos += grid - 1 - Math.floorMod(System.nanoTime() + nanos - 1, grid);
    }
    Runnable begin = kind == Kind.FOLLOW ? work : () -> execute(kind, work);
    return follow.schedule(begin, nanos, TimeUnit.NANOSECONDS);
  }

  /**
   * Has something looked at regularly, by a thread that does nothing else; all that have the same
   * period at the same moment.
   */
  Future<?> watch(Runnable look, Duration period) {
    long nanos = period.toNanos();
    long first = nanos - Math.floorMod(System.nanoTime(), nanos);
    return watch.scheduleAtFixedRate(look, first, nanos, TimeUnit.NANOSECONDS);
  }

  /** Notes that a step begins. */
  void begins(Kind kind, Serial step) {
    if (ELASTIC.containsKey(kind)) {
      running.get(kind).add(step);
    }
  }

  /** Notes that a step has ended. */
  void ended(Kind kind, Serial step) {
    if (ELASTIC.containsKey(kind)) {
      running.get(kind).remove(step);
    }
  }

  /** Notes that one more start waits for a store that does not answer. */
  void startWaits() {
    resizeStarts(1);
  }

  /** Notes that a start waits no longer. */
  void startGoesOn() {
    resizeStarts(-1);
  }

  private synchronized void resizeStarts(int change) {
    waitingStarts += change;
    resize(Kind.START, Kind.START.threads + Math.min(waitingStarts, MOST_WAITING));
  }

  /** Adds threads for those that do not come back; called by the watchdogs. */
  void replaceStuck() {
    long now = System.nanoTime();
    ELASTIC.forEach(
        (kind, patience) -> {
          long stuck =
              running.get(kind).stream()
                  .filter(s -> now - s.begun() > patience.toNanos())
                  .limit(MOST_EXTRA)
                  .count();
          resize(kind, kind.threads + (int) stuck);
        });
  }

  private synchronized void resize(Kind kind, int size) {
    ThreadPoolExecutor pool = kind == Kind.FOLLOW ? follow : pools.get(kind);
    if (pool.getCorePoolSize() == size) {
      return;
    }
    if (size > pool.getMaximumPoolSize()) {
      pool.setMaximumPoolSize(size);
      pool.setCorePoolSize(size);
    } else {
      pool.setCorePoolSize(size);
      if (kind != Kind.FOLLOW) {
        pool.setMaximumPoolSize(size);
      }
    }
  }
}
