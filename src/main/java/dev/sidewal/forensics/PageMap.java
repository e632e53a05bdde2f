package dev.sidewal.forensics;

import java.util.Arrays;

/**
 * What each page of a database is: of which b-tree, in which role, and which page refers to it.
 * Takes 8 bytes a page: 21 MB for a database of 10 GB with pages of 4096 bytes. B-trees are numbers
 * here. Not safe for use by several threads.
 */
final class PageMap {

  /** Nothing is known of the page. */
  static final int UNKNOWN = 0;

  /** A page of a b-tree; its parent is the page above it, 0 for a root. */
  static final int BTREE = 1;

  /** A page of an overflow chain; its parent is the page before it. */
  static final int OVERFLOW = 2;

  /** A page that lists free pages. */
  static final int TRUNK = 3;

  /** A free page. */
  static final int FREE = 4;

  /** A pointer-map page, or the one where the locks lie. */
  static final int OTHER = 5;

  private static final int KIND_BITS = 3;
  private static final int KINDS = (1 << KIND_BITS) - 1;

  private int[] values;
  private int[] parents;
  private int pages;

  PageMap(long pages) {
    this.pages = Math.toIntExact(pages);
    this.values = new int[this.pages + 1];
    this.parents = new int[this.pages + 1];
  }

  /** Returns the value that stands for a page of a b-tree. */
  static int value(int tree, int kind) {
    return (tree << KIND_BITS) | kind;
  }

  static int kind(int value) {
    return value & KINDS;
  }

  static int tree(int value) {
    return value >>> KIND_BITS;
  }

  /** Returns whether a value says that a page holds content of a b-tree. */
  static boolean isContent(int value) {
    return kind(value) == BTREE || kind(value) == OVERFLOW;
  }

  int pages() {
    return pages;
  }

  /** Returns what a page is; nothing is known of those beyond the end. */
  int value(long page) {
    return page > pages ? UNKNOWN : values[(int) page];
  }

  int parent(long page) {
    return page > pages ? 0 : parents[(int) page];
  }

  void set(long page, int value, int parent) {
    values[(int) page] = value;
    parents[(int) page] = parent;
  }

  /** Sets the size; pages that are cut off must have been set to be unknown. */
  void resize(long size) {
    int wanted = Math.toIntExact(size);
    if (wanted >= values.length) {
      int capacity = (int) Math.min(Integer.MAX_VALUE - 8, wanted + (wanted >>> 3) + 64L);
      values = Arrays.copyOf(values, capacity);
      parents = Arrays.copyOf(parents, capacity);
    }
    pages = wanted;
  }
}
