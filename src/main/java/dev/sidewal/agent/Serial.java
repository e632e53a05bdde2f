package dev.sidewal.agent;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Future;
import org.slf4j.MDC;

/**
 * One activity of one database that is done in steps, on whichever of the {@link Workers} is free.
 *
 * <pre>
 * NEW --&gt; QUEUED --&gt; RUNNING --&gt; RESTING
 *            ^          |  |         |
 *            +----------+  |  wake   |
 *            +-------------|---------+
 *                          +--&gt; ENDED
 * </pre>
 *
 * <p>Invariant: at most one step runs at a time, and what one wrote the next one sees. A {@link
 * #wake} during a step makes the next one follow at once; none is lost. Safe for use by several
 * threads.
 */
final class Serial {

  /**
   * How it goes on after a step.
   *
   * @param kind the kind of the next step
   * @param time until then
   */
  record Rest(Workers.Kind kind, Duration time) {}

  /** What is done. */
  interface Step {
    /** Does one step; empty when it was the last one. Throws nothing. */
    Optional<Rest> run();
  }

  private enum State {
    NEW,
    QUEUED,
    RUNNING,
    RESTING,
    ENDED
  }

  private final Workers workers;
  private final String database;
  private final Step step;
  private State state = State.NEW;
  private Workers.Kind kind = Workers.Kind.BESIDE;
  private boolean woken;
  private boolean closed;

  /**
   * Which of the steps that were asked for is the next: a timer may come too late to be stopped.
   */
  private long ticket;

  private Optional<Thread> runner = Optional.empty();
  private Optional<Future<?>> timer = Optional.empty();
  private volatile long begun;

  Serial(Workers workers, String database, Step step) {
    this.workers = workers;
    this.database = database;
    this.step = step;
  }

  /** Has something done once. */
  static Serial once(Workers.Kind kind, String database, Runnable work) {
    Serial serial =
        new Serial(
            Workers.SHARED,
            database,
            () -> {
              work.run();
              return Optional.empty();
            });
    serial.start(kind);
    return serial;
  }

  /** Begins with a step as soon as there is a thread. */
  synchronized void start(Workers.Kind first) {
    if (state != State.NEW) {
      throw new IllegalStateException("started before");
    }
    if (!closed) {
      submit(first);
    }
  }

  /** Has the next step done without a rest. */
  synchronized void wake() {
    if (state == State.RUNNING) {
      woken = true;
    } else if (state == State.RESTING) {
      timer.ifPresent(t -> t.cancel(false));
      submit(kind);
    }
  }

  /** Interrupts the step that runs, if any; none follows it. Does not wait. */
  synchronized void close() {
    closed = true;
    if (state == State.RUNNING) {
      runner.ifPresent(Thread::interrupt);
    } else {
      timer.ifPresent(t -> t.cancel(false));
      end();
    }
  }

  /** Returns whether no step runs and none will. */
  synchronized boolean hasEnded() {
    return state == State.ENDED;
  }

  /** Waits for the end; false if it did not come in time. */
  synchronized boolean awaitEnd(Duration timeout) throws InterruptedException {
    long end = System.nanoTime() + timeout.toNanos();
    while (state != State.ENDED) {
      long left = (end - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        return false;
      }
      wait(left);
    }
    return true;
  }

  /** Returns the moment of {@link System#nanoTime} at which the step that runs has begun. */
  long begun() {
    return begun;
  }

  private void submit(Workers.Kind next) {
    state = State.QUEUED;
    kind = next;
    timer = Optional.empty();
    long mine = ++ticket;
    workers.execute(next, () -> run(mine));
  }

  private void end() {
    state = State.ENDED;
    notifyAll();
  }

  private void run(long mine) {
    Thread thread = Thread.currentThread();
    Workers.Kind now;
    synchronized (this) {
      if (mine != ticket || (state != State.QUEUED && state != State.RESTING)) {
        return;
      }
      state = State.RUNNING;
      timer = Optional.empty();
      woken = false;
      runner = Optional.of(thread);
      begun = System.nanoTime();
      now = kind;
    }
    workers.begins(now, this);
    MDC.put(DatabaseReplicator.LOG_SUBJECT, database);
    Optional<Rest> rest = Optional.empty();
    try {
      rest = step.run();
    } finally {
      MDC.remove(DatabaseReplicator.LOG_SUBJECT);
      workers.ended(now, this);
      goOn(rest);
    }
  }

  private synchronized void goOn(Optional<Rest> rest) {
    runner = Optional.empty();
    // Of a close that came too late for this step; the thread is not ours any more.
    boolean unused = Thread.interrupted();
    if (rest.isEmpty() || closed) {
      end();
    } else if (woken || rest.get().time().isZero()) {
      submit(rest.get().kind());
    } else {
      kind = rest.get().kind();
      state = State.RESTING;
      long mine = ++ticket;
      timer = Optional.of(workers.schedule(kind, () -> run(mine), rest.get().time()));
    }
  }
}
