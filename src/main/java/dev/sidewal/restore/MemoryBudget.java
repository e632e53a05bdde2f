package dev.sidewal.restore;

import java.io.InterruptedIOException;
import java.util.concurrent.Semaphore;

/** Bounds how many bytes are held at once. Safe for use by several threads. */
final class MemoryBudget {

  private static final int UNIT = 1024;

  private final int units;
  private final Semaphore free;

  MemoryBudget(long bytes) {
    units = (int) Math.max(1, bytes / UNIT);
    free = new Semaphore(units, true);
  }

  /** Bytes that were taken out of a budget; giving them back twice does nothing. */
  final class Share {
    private final int held;
    private boolean released;

    private Share(int held) {
      this.held = held;
    }

    /** Gives the bytes back. */
    synchronized void release() {
      if (!released) {
        released = true;
        free.release(held);
      }
    }
  }

  /** Waits until so many bytes are free; more than the whole budget counts as the whole. */
  Share take(long bytes) throws InterruptedIOException {
    int wanted = units(bytes);
    try {
      free.acquire(wanted);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
    return new Share(wanted);
  }

  /** Takes bytes if they are free now. */
  java.util.Optional<Share> tryTake(long bytes) {
    int wanted = units(bytes);
    return free.tryAcquire(wanted)
        ? java.util.Optional.of(new Share(wanted))
        : java.util.Optional.empty();
  }

  private int units(long bytes) {
    return (int) Math.min(units, bytes / UNIT + 1);
  }
}
