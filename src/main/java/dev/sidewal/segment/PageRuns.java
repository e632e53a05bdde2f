package dev.sidewal.segment;

import java.io.IOException;

/**
 * The page numbers of one transaction's frames, in the order of the frames, as runs of numbers that
 * grow by one. Read on demand, so that a transaction may have any number of frames. Valid during
 * the call that got it.
 */
public interface PageRuns {

  /** Gets one run. */
  @FunctionalInterface
  interface Sink {
    /** Gets the pages {@code first} to {@code last}, both included. */
    void run(long first, long last) throws IOException;
  }

  /** Hands over the runs; at most once. Index chunks are read as needed. */
  void forEach(Sink sink) throws IOException;
}
