package dev.sidewal.forensics;

import dev.sidewal.sqlite.PageHash;
import java.nio.ByteBuffer;

/**
 * What the first page says of the whole file.
 *
 * @param usable bytes of a page without those that are reserved at its end
 * @param firstTrunk the first page of the free list; 0 if there is none
 * @param freePages how many pages are free
 * @param schemaCookie changes with the schema
 * @param autoVacuum whether there are pointer-map pages
 * @param body the hash of what follows the header on the page
 */
record FileHeader(
    int usable, long firstTrunk, long freePages, int schemaCookie, boolean autoVacuum, long body) {

  private static final int LENGTH = 100;

  static FileHeader of(byte[] page) {
    ByteBuffer b = ByteBuffer.wrap(page);
    return new FileHeader(
        page.length - (page[20] & 0xff),
        Integer.toUnsignedLong(b.getInt(32)),
        Integer.toUnsignedLong(b.getInt(36)),
        b.getInt(40),
        b.getInt(52) != 0,
        PageHash.content(page, LENGTH, page.length - LENGTH));
  }

  /** Returns whether a page is neither of a b-tree nor free: locks, or a pointer map. */
  boolean isOther(long page, int pageSize) {
    long lockByte = 0x4000_0000L / pageSize + 1;
    if (page == lockByte) {
      return true;
    }
    if (!autoVacuum || page < 2) {
      return false;
    }
    long stride = usable / 5L + 1;
    long map = (page - 2) / stride * stride + 2;
    return page == (map == lockByte ? map + 1 : map);
  }

  boolean sameFreeList(FileHeader other) {
    return firstTrunk == other.firstTrunk && freePages == other.freePages;
  }
}
