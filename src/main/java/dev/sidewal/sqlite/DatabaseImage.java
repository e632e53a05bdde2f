package dev.sidewal.sqlite;

import java.io.IOException;
import java.nio.file.Path;

/**
 * What is known of every page of the database at the end of the copied log: the hash of its content
 * and where its latest version came from. Two memory-mapped tables of 8 bytes a page; the heap
 * stays small whatever the database's size.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>Once {@link #seal} was called, {@link #checksum()} is the XOR of the hashes of pages 1 …
 *       {@link #pages()}, after every commit. The lock-byte page has no content and no hash.
 *   <li>A page within the database that no frame and no read of the file carried since it came to
 *       lie within it has the content zeros. SQLite defines none for it (it is a free-list leaf
 *       after growth, or after shrinking and growing again).
 *   <li>A page's origin is 0 as long as only the file is known to hold it; {@link #UNDEFINED} when
 *       the database shrank below it; else the epoch and the frame of its latest version.
 * </ul>
 *
 * <p>Not safe for use by several threads.
 */
final class DatabaseImage implements AutoCloseable {

  /** The origin of a page below which the database shrank since following began. */
  static final long UNDEFINED = 1;

  private static final int EPOCH_SHIFT = 32;

  private final int pageSize;
  private final long lockBytePage;
  private final long zeroContent;
  private final LongTable hashes;
  private final LongTable origins;
  private long pages;
  private long checksum;
  private boolean sealed;

  /** The highest page that a frame carried since the last commit. */
  private long highest;

  DatabaseImage(Path directory, int pageSize) throws IOException {
    this.pageSize = pageSize;
    this.lockBytePage = Pages.lockBytePage(pageSize);
    this.zeroContent = PageHash.content(new byte[pageSize], 0, pageSize);
    this.hashes = new LongTable(directory.resolve("pages.hash"));
    try {
      this.origins = new LongTable(directory.resolve("pages.origin"));
    } catch (IOException e) {
      hashes.close();
      throw e;
    }
  }

  int pageSize() {
    return pageSize;
  }

  long lockBytePage() {
    return lockBytePage;
  }

  /** Returns the database's size in pages after the last commit. */
  long pages() {
    return pages;
  }

  /** Returns the database checksum after the last commit; meaningless before {@link #seal}. */
  long checksum() {
    return checksum;
  }

  /** Says how large the database is when no commit in the log says so. */
  void startAt(long databasePages) throws IOException {
    ensure(databasePages);
    pages = databasePages;
  }

  /** Makes room for a page. */
  private void ensure(long page) throws IOException {
    hashes.ensure(page);
    origins.ensure(page);
  }

  static long origin(long epoch, long frame) {
    return epoch << EPOCH_SHIFT | frame;
  }

  static long epochOf(long origin) {
    return origin >>> EPOCH_SHIFT;
  }

  static long frameOf(long origin) {
    return origin & 0xffff_ffffL;
  }

  long originOf(long page) {
    return origins.get(page);
  }

  /** Returns a page's hash, 0 if nothing carried the page yet. */
  long hashOf(long page) {
    return hashes.get(page);
  }

  /** Records that the file, and no frame, holds a page. */
  void readFromFile(long page, long hash) throws IOException {
    ensure(page);
    hashes.put(page, hash);
  }

  /**
   * Records the version of a page in a frame. Counts for the database when {@link #commit} follows.
   */
  void frame(long page, long hash, long origin) throws IOException {
    ensure(page);
    if (sealed && page <= pages && page != lockBytePage) {
      checksum ^= hashes.get(page) ^ hash;
    }
    hashes.put(page, hash);
    origins.put(page, origin);
    highest = Math.max(highest, page);
  }

  /** Ends a transaction, after which the database has {@code newPages} pages. */
  void commit(long newPages) throws IOException {
    ensure(newPages);
    for (long p = newPages + 1; p <= pages; p++) {
      if (sealed && p != lockBytePage) {
        checksum ^= hashes.get(p);
      }
      forget(p);
    }
    for (long p = Math.max(newPages, pages) + 1; p <= highest; p++) {
      forget(p);
    }
    if (sealed) {
      for (long p = pages + 1; p <= newPages; p++) {
        define(p);
      }
    }
    pages = newPages;
    highest = 0;
  }

  private void forget(long page) {
    hashes.put(page, 0);
    origins.put(page, UNDEFINED);
  }

  /** Gives a page that nothing carried the content zeros, and counts it. */
  private void define(long page) {
    if (page == lockBytePage) {
      return;
    }
    if (hashes.get(page) == 0) {
      hashes.put(page, PageHash.withNumber(page, zeroContent));
    }
    checksum ^= hashes.get(page);
  }

  /** Computes the checksum of the whole; from here on it is kept up to date. */
  void seal() {
    if (!sealed) {
      sealed = true;
      for (long p = 1; p <= pages; p++) {
        define(p);
      }
    }
  }

  @Override
  public void close() {
    hashes.close();
    origins.close();
  }
}
