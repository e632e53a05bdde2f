package dev.sidewal.cli;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Gives heap back to the system that a start, or a load, has filled with garbage: the collector
 * gives nothing back by itself as long as nobody needs room. One full collection when the process
 * has become quiet, and again when the heap has grown since; it takes some 50 ms, in which nothing
 * is followed. Only for a process that is all Sidewal's. Not safe for use by several threads.
 */
final class IdleHeap {

  private static final Duration LOOK = Duration.ofSeconds(5);

  /** At most one collection in this time. */
  private static final Duration REST = Duration.ofSeconds(20);

  /** A process that uses less than one core divided by this is quiet. */
  private static final int QUIET_PART = 2;

  private final Supplier<Optional<Duration>> cpu;
  private final LongSupplier nanoTime;
  private final LongSupplier committed;
  private final Runnable collect;
  private Optional<Duration> cpuBefore;
  private long lookedAt;
  private Optional<Long> collectedAt = Optional.empty();

  /** The heap's size after the last collection; 0 before the first. */
  private long left;

  /**
   * Creates one.
   *
   * @param cpu the CPU time that the process has used; empty where that is not known
   * @param nanoTime as {@link System#nanoTime}
   * @param committed the heap's size in bytes
   * @param collect does a full collection
   */
  IdleHeap(
      Supplier<Optional<Duration>> cpu,
      LongSupplier nanoTime,
      LongSupplier committed,
      Runnable collect) {
    this.cpu = cpu;
    this.nanoTime = nanoTime;
    this.committed = committed;
    this.collect = collect;
    this.cpuBefore = cpu.get();
    this.lookedAt = nanoTime.getAsLong();
  }

  /** That of this process. */
  static IdleHeap ofThisProcess() {
    return new IdleHeap(
        () -> ProcessHandle.current().info().totalCpuDuration(),
        System::nanoTime,
        Runtime.getRuntime()::totalMemory,
        System::gc);
  }

  /** Looks whether it is time, and does it; call it every few seconds, or more often. */
  void look() {
    long now = nanoTime.getAsLong();
    long passed = now - lookedAt;
    if (passed < LOOK.toNanos()) {
      return;
    }
    lookedAt = now;
    Optional<Duration> used = cpu.get();
    boolean quiet =
        used.isPresent()
            && cpuBefore.isPresent()
            && used.get().minus(cpuBefore.get()).toNanos() < passed / QUIET_PART;
    cpuBefore = used;
    if (!quiet
        || collectedAt.filter(at -> now - at < REST.toNanos()).isPresent()
        || committed.getAsLong() <= left + left / 4) {
      return;
    }
    collect.run();
    left = committed.getAsLong();
    collectedAt = Optional.of(now);
  }
}
