package dev.sidewal.forensics;

import java.io.IOException;

/** Reads pages of the state that is looked at. */
@FunctionalInterface
interface PageReader {
  /** Reads a page that lies within the database. */
  void read(long page, byte[] target) throws IOException;
}
