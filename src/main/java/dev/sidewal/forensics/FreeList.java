package dev.sidewal.forensics;

import dev.sidewal.forensics.BTreePage.Malformed;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Walks the list of free pages.
 *
 * @see <a href="https://www.sqlite.org/fileformat2.html#the_freelist">SQLite file format, The
 *     Freelist</a>
 */
final class FreeList {

  private FreeList() {}

  /** Gets what is on the list. */
  interface Visitor {
    /** Gets a page that lists others; returns whether those are wanted. */
    boolean trunk(long page) throws Malformed;

    /** Gets a free page of a wanted trunk. */
    void leaf(long page) throws IOException, Malformed;
  }

  static void walk(PageReader reader, FileHeader header, int pageSize, long pages, Visitor visitor)
      throws IOException, Malformed {
    byte[] bytes = new byte[pageSize];
    ByteBuffer page = ByteBuffer.wrap(bytes);
    long left = header.freePages();
    for (long trunk = header.firstTrunk(); trunk != 0; trunk = next(page)) {
      if (trunk > pages || left-- <= 0) {
        throw new Malformed("the free list leads to page " + trunk);
      }
      boolean wanted = visitor.trunk(trunk);
      reader.read(trunk, bytes);
      int leaves = page.getInt(4);
      if (leaves < 0 || leaves > header.usable() / 4 - 2) {
        throw new Malformed("page " + trunk + " lists " + leaves + " free pages");
      }
      left -= leaves;
      for (int i = 0; wanted && i < leaves; i++) {
        long leaf = Integer.toUnsignedLong(page.getInt(8 + 4 * i));
        if (leaf < 2 || leaf > pages) {
          throw new Malformed("the free list has page " + leaf);
        }
        visitor.leaf(leaf);
      }
    }
  }

  private static long next(ByteBuffer trunk) {
    return Integer.toUnsignedLong(trunk.getInt(0));
  }
}
