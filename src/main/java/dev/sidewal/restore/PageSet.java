package dev.sidewal.restore;

/**
 * A set of page numbers. Memory grows with the pages around those that are in it, one bit a page;
 * stretches that are full take none. Not thread-safe.
 */
final class PageSet {

  private static final int SHIFT = 16;
  private static final int PAGES = 1 << SHIFT;

  /** Stands for a stretch that is full. */
  private static final long[] FULL = new long[0];

  private static final long[] EMPTY = new long[0];

  private final long[][] stretches;
  private final int[] counts;

  /** Creates an empty set of numbers up to {@code largest}, at most 2^32. */
  PageSet(long largest) {
    int n = Math.toIntExact((largest >>> SHIFT) + 1);
    stretches = new long[n][];
    java.util.Arrays.fill(stretches, EMPTY);
    counts = new int[n];
  }

  /** Adds a number; returns whether it was not in yet. */
  boolean add(long page) {
    int s = (int) (page >>> SHIFT);
    long[] stretch = stretches[s];
    if (stretch == FULL) {
      return false;
    }
    if (stretch == EMPTY) {
      stretch = new long[PAGES / Long.SIZE];
      stretches[s] = stretch;
    }
    int bit = (int) (page & (PAGES - 1));
    long mask = 1L << bit;
    if ((stretch[bit >>> 6] & mask) != 0) {
      return false;
    }
    stretch[bit >>> 6] |= mask;
    counts[s]++;
    if (counts[s] == PAGES) {
      stretches[s] = FULL;
    }
    return true;
  }
}
