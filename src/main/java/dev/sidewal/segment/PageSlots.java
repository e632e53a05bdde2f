package dev.sidewal.segment;

import java.util.Arrays;

/**
 * The pages that the next blocks of a chunk may build on, by slot: {@value
 * SegmentFormat#SLOT_BYTES} bytes of them at most, whatever comes by. Memory is taken as slots are
 * used. Not thread-safe.
 *
 * <p>Invariant: writer and reader put the same pages into the same slots in the same order, since
 * each entry of a block names its slot. Which pages are worth one is the writer's affair alone.
 */
final class PageSlots {

  private final int pageSize;
  private final byte[][] pages;
  private final boolean[] filled;

  PageSlots(int pageSize) {
    this.pageSize = pageSize;
    int count = count(pageSize);
    pages = new byte[count][];
    filled = new boolean[count];
  }

  /** Returns how many slots there are for a page size. */
  static int count(int pageSize) {
    return SegmentFormat.SLOT_BYTES / pageSize;
  }

  int pageSize() {
    return pageSize;
  }

  /** Empties all slots; their memory is used again. */
  void clear() {
    Arrays.fill(filled, false);
  }

  /** Puts a page into a slot. */
  void put(int slot, byte[] source, int offset) {
    if (pages[slot] == null) {
      pages[slot] = new byte[pageSize];
    }
    System.arraycopy(source, offset, pages[slot], 0, pageSize);
    filled[slot] = true;
  }

  /** Returns the page in a slot itself, to be changed there; zeros if there is none. */
  byte[] take(int slot) {
    if (pages[slot] == null) {
      pages[slot] = new byte[pageSize];
    } else if (!filled[slot]) {
      Arrays.fill(pages[slot], (byte) 0);
    }
    filled[slot] = true;
    return pages[slot];
  }

  /** Returns whether a page is in a slot. */
  boolean isFilled(int slot) {
    return filled[slot];
  }
}
