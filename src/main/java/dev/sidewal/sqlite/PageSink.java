package dev.sidewal.sqlite;

import java.io.IOException;

/** Takes the pages of an image of the database. */
public interface PageSink {

  /**
   * Takes one page. A page may come more than once; the last one counts.
   *
   * @param pageNumber the page's number, 1 … 0xfffffffe
   * @param source holds the content, which is only valid during the call
   * @param offset where the content begins
   */
  void page(long pageNumber, byte[] source, int offset) throws IOException;
}
