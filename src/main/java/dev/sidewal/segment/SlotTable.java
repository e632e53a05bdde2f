package dev.sidewal.segment;

import java.util.Arrays;

/**
 * Chooses the slot of each page that a writer meets: the one that holds the page, else one of the
 * few in which it may lie. Pages that were met once only, like those to which rows are appended,
 * leave before those that come again and again; of equals the one that was not met for longest. Not
 * thread-safe.
 */
final class SlotTable {

  /** A slot for a page that no slot holds. */
  static final int NONE = -1;

  private static final int MOST_WAYS = 16;

  /** A page that was not met while so many times all slots were asked for is like any other. */
  private static final int STALE_ROUNDS = 8;

  private static final int GOLDEN = 0x9E3779B1;

  private final int ways;
  private final int sets;
  private final int[] pages;
  private final int[] met;
  private final boolean[] again;
  private final int stale;
  private int clock;

  SlotTable(int slots) {
    ways = Math.min(MOST_WAYS, slots);
    sets = slots / ways;
    pages = new int[slots];
    met = new int[slots];
    again = new boolean[slots];
    stale = slots * STALE_ROUNDS;
  }

  void clear() {
    Arrays.fill(pages, 0);
    Arrays.fill(met, 0);
    Arrays.fill(again, false);
    clock = 0;
  }

  /** Returns the slot that holds a page; {@link #NONE} if none does. */
  int find(long page) {
    int first = first(page);
    for (int slot = first; slot < first + ways; slot++) {
      if (pages[slot] == (int) page) {
        met[slot] = ++clock;
        again[slot] = true;
        return slot;
      }
    }
    return NONE;
  }

  /** Gives a page that no slot holds the slot of another one. */
  int take(long page) {
    int first = first(page);
    int oldest = first;
    for (int slot = first + 1; slot < first + ways; slot++) {
      if (worth(slot) < worth(oldest)) {
        oldest = slot;
      }
    }
    pages[oldest] = (int) page;
    met[oldest] = ++clock;
    again[oldest] = false;
    return oldest;
  }

  /** Leaves the page in a slot there, but as an older version that goes soon. */
  void park(int slot) {
    pages[slot] = 0;
    met[slot] = ++clock;
    again[slot] = false;
  }

  private int worth(int slot) {
    return again[slot] && clock - met[slot] < stale ? stale + met[slot] : met[slot];
  }

  private int first(long page) {
    long spread = Integer.toUnsignedLong((int) page * GOLDEN);
    return (int) ((spread * sets) >>> 32) * ways;
  }
}
