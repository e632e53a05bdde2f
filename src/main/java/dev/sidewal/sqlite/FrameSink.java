package dev.sidewal.sqlite;

import java.io.IOException;
import java.time.Instant;

/** Takes what was committed, in order: the pages of a transaction, then its end. */
public interface FrameSink {

  /** Takes everything and keeps nothing. */
  FrameSink NOBODY =
      new FrameSink() {
        @Override
        public void page(long pageNumber, byte[] source, int offset) {}

        @Override
        public void commit(Commit commit) {}
      };

  /**
   * Takes one page of the current transaction. A page may come more than once in a transaction; the
   * last one counts.
   *
   * @param pageNumber the page's number, 1 … 0xfffffffe
   * @param source holds the content, which is only valid during the call
   * @param offset where the content begins
   */
  void page(long pageNumber, byte[] source, int offset) throws IOException;

  /** Takes the end of the current transaction. */
  void commit(Commit commit) throws IOException;

  /**
   * Returns whether all transactions that were handed over would survive the end of this process.
   * Asked between transactions.
   */
  default boolean isSafe() {
    return true;
  }

  /**
   * Makes all transactions that were handed over survive the end of this process: from now on the
   * log may be begun anew. Called between transactions.
   */
  default void makeSafe() throws IOException {}

  /** Takes note that the log was begun anew; all of the old one was handed over. */
  default void logBegunAnew() throws IOException {}

  /**
   * The end of a transaction.
   *
   * @param seen a moment at which it was known to be committed
   * @param frames how many page images it had
   * @param pages how many distinct pages it changed
   * @param databasePages the database's size in pages after it
   * @param checksum the database checksum after it
   */
  record Commit(Instant seen, long frames, long pages, long databasePages, long checksum) {}
}
