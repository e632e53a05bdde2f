package dev.sidewal.agent;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many images this process writes at a time: each holds buffers of some hundred KiB until the
 * store has it, and a thousand databases may want one in the same minute.
 *
 * <p>Invariant: an image that may wait is begun only while there is room. The snapshot with which a
 * history begins cannot wait once its database is followed, so a database without a state is not
 * attached to before there is room. Safe for use by several threads.
 */
final class ImageSlots {

  private static final int MOST = 32;
  private static final AtomicInteger TAKEN = new AtomicInteger();

  private ImageSlots() {}

  /** Returns whether another image may be begun. */
  static boolean haveRoom() {
    return TAKEN.get() < MOST;
  }

  /** Notes that one is begun. */
  static void take() {
    TAKEN.incrementAndGet();
  }

  /** Notes that one has ended. */
  static void giveBack() {
    TAKEN.decrementAndGet();
  }
}
