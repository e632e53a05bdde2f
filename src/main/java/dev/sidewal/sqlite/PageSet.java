package dev.sidewal.sqlite;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A set of page numbers in a memory-mapped file, one bit a page. Not safe for use by several
 * threads.
 */
public final class PageSet implements AutoCloseable {

  private final Path file;
  private final LongTable bits;

  /** Creates an empty set in a new file, or over whatever lay in an old one. */
  public PageSet(Path file) throws IOException {
    this.file = file;
    this.bits = new LongTable(file);
  }

  /** Puts a page into the set; returns whether it was not there. */
  public boolean add(long page) throws IOException {
    boolean isNew = !contains(page);
    bits.ensure(page >>> 6);
    bits.put(page >>> 6, bits.get(page >>> 6) | 1L << (page & 63));
    return isNew;
  }

  /** Returns whether a page is in the set. */
  public boolean contains(long page) {
    return (bits.get(page >>> 6) & 1L << (page & 63)) != 0;
  }

  /** Removes the file. */
  @Override
  public void close() {
    bits.close();
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
