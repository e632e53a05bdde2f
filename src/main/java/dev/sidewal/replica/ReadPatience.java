package dev.sidewal.replica;

import java.time.Duration;

/**
 * How long one read of an object goes on in spite of failures. What fails in a passing way is asked
 * for again from where it broke off, after a pause that doubles with every failure in a row.
 *
 * <p>The budget: a read has {@code failures} to spend. Each failure costs one, each {@link
 * #REFUND_BYTES} that come give one back, never more than there were. So a link that breaks now and
 * then carries any object, and a store that has only failures to give is left soon. Apart from
 * that, a read ends when not a byte has come for {@code silence}, however few failures there were.
 *
 * @param failures how many of them one read can afford
 * @param firstPause after a failure
 * @param longestPause at which doubling ends
 * @param silence without a byte, after which no further try begins
 */
record ReadPatience(int failures, Duration firstPause, Duration longestPause, Duration silence) {

  /** What gives one failure back. */
  static final long REFUND_BYTES = 1 << 20;

  /** What everybody gets; docs/stores.md has the same numbers. */
  static final ReadPatience DEFAULT =
      new ReadPatience(8, Duration.ofMillis(50), Duration.ofSeconds(5), Duration.ofSeconds(60));

  /** Returns the pause after so many failures in a row, 1 or more. */
  Duration pause(int inRow) {
    Duration pause = firstPause.multipliedBy(1L << Math.min(inRow - 1, 20));
    return pause.compareTo(longestPause) < 0 ? pause : longestPause;
  }
}
