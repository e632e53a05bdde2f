package dev.sidewal.forensics;

import java.nio.ByteBuffer;

/**
 * A page of a b-tree, and what it refers to. Points into a page that its caller owns.
 *
 * <p>Invariant: nothing outside of the page is read whatever it holds; what cannot be is a {@link
 * Malformed}.
 *
 * @see <a href="https://www.sqlite.org/fileformat2.html#b_tree_pages">SQLite file format, B-tree
 *     Pages</a>
 */
final class BTreePage {

  private static final int INTERIOR_INDEX = 2;
  private static final int INTERIOR_TABLE = 5;
  private static final int LEAF_INDEX = 10;
  private static final int LEAF_TABLE = 13;

  private final ByteBuffer page;
  private final int header;
  private final int usable;
  private final int type;
  private final int cells;

  /** A page that is not what it must be. */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    Malformed(String message) {
      super(message, null, false, false);
    }
  }

  /** Gets pages that a page refers to. */
  interface References {
    /** Gets a page of the same b-tree. */
    void child(long page) throws Malformed;

    /** Gets the first page of a chain that holds the rest of a cell. */
    void overflow(long page) throws Malformed;
  }

  /**
   * Looks at a page.
   *
   * @param number its number: on page 1 the database header comes first
   * @param usable its bytes without those that are reserved at its end
   */
  BTreePage(long number, byte[] bytes, int usable) throws Malformed {
    this.page = ByteBuffer.wrap(bytes);
    this.header = number == 1 ? 100 : 0;
    this.usable = usable;
    this.type = bytes[header];
    if (type != INTERIOR_INDEX
        && type != INTERIOR_TABLE
        && type != LEAF_INDEX
        && type != LEAF_TABLE) {
      throw new Malformed("page " + number + " begins with " + type);
    }
    this.cells = unsigned(header + 3);
    if (pointers() + 2 * cells > usable) {
      throw new Malformed("page " + number + " claims " + cells + " cells");
    }
  }

  private int unsigned(int at) {
    return page.getShort(at) & 0xffff;
  }

  private boolean interior() {
    return type == INTERIOR_INDEX || type == INTERIOR_TABLE;
  }

  private int pointers() {
    return header + (interior() ? 12 : 8);
  }

  /** Returns whether it is of a table's b-tree that is ordered by rowid. */
  boolean isRowidTable() {
    return type == INTERIOR_TABLE || type == LEAF_TABLE;
  }

  /** Returns how many rows it holds, if its b-tree is a table. */
  int rows() {
    return type == INTERIOR_TABLE ? 0 : cells;
  }

  /** Hands over all that it refers to. */
  void references(References references) throws Malformed {
    try {
      for (int i = 0; i < cells; i++) {
        cell(unsigned(pointers() + 2 * i), references);
      }
      if (interior()) {
        references.child(Integer.toUnsignedLong(page.getInt(header + 8)));
      }
    } catch (IndexOutOfBoundsException e) {
      throw new Malformed("a cell lies outside of its page");
    }
  }

  private void cell(int begin, References references) throws Malformed {
    int at = begin;
    if (interior()) {
      references.child(Integer.toUnsignedLong(page.getInt(at)));
      at += 4;
    }
    if (type == INTERIOR_TABLE) {
      return;
    }
    long payload = varint(at);
    at += varintLength(at);
    if (type == LEAF_TABLE) {
      at += varintLength(at);
    }
    int most = type == LEAF_TABLE ? usable - 35 : (usable - 12) * 64 / 255 - 23;
    if (payload < 0) {
      throw new Malformed("a cell of " + payload + " bytes");
    }
    if (payload > most) {
      int least = (usable - 12) * 32 / 255 - 23;
      long local = least + (payload - least) % (usable - 4);
      int here = (int) (local <= most ? local : least);
      references.overflow(Integer.toUnsignedLong(page.getInt(at + here)));
    }
  }

  private int varintLength(int at) {
    int length = 1;
    while (length < 9 && page.get(at + length - 1) < 0) {
      length++;
    }
    return length;
  }

  private long varint(int at) {
    long value = 0;
    int length = varintLength(at);
    for (int i = 0; i < length; i++) {
      byte b = page.get(at + i);
      value = i == 8 ? (value << 8) | (b & 0xff) : (value << 7) | (b & 0x7f);
    }
    return value;
  }
}
