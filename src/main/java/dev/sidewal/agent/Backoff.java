package dev.sidewal.agent;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;

/**
 * Growing rests between attempts, with jitter: 250 ms at first, 30 s at most. Used by one thread.
 */
final class Backoff {

  private static final GrowingRest FIRST =
      new GrowingRest(Duration.ofMillis(250), Duration.ofSeconds(30));
  private static final long LOOK_MILLIS = 100;

  private GrowingRest pause = FIRST;

  /** Returns how long to rest before the next attempt; longer each time. */
  Duration next() {
    long millis = pause.time().toMillis();
    pause = pause.next();
    return Duration.ofMillis(ThreadLocalRandom.current().nextLong(millis / 2, millis + 1));
  }

  /**
   * Rests.
   *
   * @param stop asked now and then whether to give up
   * @return false if told to give up, or interrupted
   */
  boolean rest(BooleanSupplier stop) {
    long left = next().toMillis();
    try {
      while (left > 0) {
        if (stop.getAsBoolean()) {
          return false;
        }
        Thread.sleep(Math.min(left, LOOK_MILLIS));
        left -= LOOK_MILLIS;
      }
      return !stop.getAsBoolean();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
