package dev.sidewal.forensics;

import java.util.Arrays;

/** Pages that are still to be looked at. */
final class PageStack {

  private int[] pages = new int[64];
  private int count;

  void push(long page) {
    if (count == pages.length) {
      pages = Arrays.copyOf(pages, count * 2);
    }
    pages[count++] = (int) page;
  }

  long pop() {
    return pages[--count];
  }

  boolean isEmpty() {
    return count == 0;
  }

  void clear() {
    count = 0;
  }
}
