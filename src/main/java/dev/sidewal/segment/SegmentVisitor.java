package dev.sidewal.segment;

import java.io.IOException;

/** Gets the content of an object in the order in which it was written. */
public interface SegmentVisitor {

  /**
   * Gets one page image of the transaction that the next {@link #commit} ends.
   *
   * @param pageNumber 1 to 0xfffffffe
   * @param buffer holds the page-size bytes of the image from {@code offset}; valid during the call
   */
  void page(long pageNumber, byte[] buffer, int offset) throws IOException;

  /** Gets the transaction that the pages so far make up. */
  void commit(Transaction transaction) throws IOException;
}
