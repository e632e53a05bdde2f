package dev.sidewal.forensics;

import java.util.Arrays;
import java.util.BitSet;

/** The pages of one transaction, each once, and what they were. Takes 17 bytes for each. */
final class ChangedPages {

  /** Stands for rows that cannot be counted. */
  static final int UNKNOWN_ROWS = -1;

  private final BitSet set = new BitSet();
  private int[] pages = new int[64];
  private int[] rows = new int[64];
  private long[] hashes = new long[64];
  private int count;

  /** Adds a page. */
  void add(long page, int rowsBefore, long hashBefore) {
    if (count == pages.length) {
      pages = Arrays.copyOf(pages, count * 2);
      rows = Arrays.copyOf(rows, count * 2);
      hashes = Arrays.copyOf(hashes, count * 2);
    }
    pages[count] = Math.toIntExact(page);
    rows[count] = rowsBefore;
    hashes[count] = hashBefore;
    count++;
    set.set((int) page);
  }

  boolean contains(long page) {
    return set.get((int) page);
  }

  int count() {
    return count;
  }

  int page(int i) {
    return pages[i];
  }

  int rowsBefore(int i) {
    return rows[i];
  }

  /** Returns the hash of the page's content before; 0 if it was not there. */
  long hashBefore(int i) {
    return hashes[i];
  }

  void clear() {
    for (int i = 0; i < count; i++) {
      set.clear(pages[i]);
    }
    count = 0;
  }
}
