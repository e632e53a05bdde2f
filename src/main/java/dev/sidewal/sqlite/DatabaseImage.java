package dev.sidewal.sqlite;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

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
 *   <li>After {@link #mark}, every change of an entry is in the undo log first: {@link #rewind},
 *       and {@link #reopen} in another process, bring back what was true at the mark.
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
  private final UndoLog undo;
  private boolean marked;
  private long markedPages;
  private long markedChecksum;
  private long pages;
  private long checksum;
  private boolean sealed;

  /** The highest page that a frame carried since the last commit. */
  private long highest;

  DatabaseImage(Path directory, int pageSize) throws IOException {
    this(pageSize, Tables.create(directory));
  }

  private DatabaseImage(int pageSize, Tables tables) {
    this.pageSize = pageSize;
    this.lockBytePage = Pages.lockBytePage(pageSize);
    this.zeroContent = PageHash.content(new byte[pageSize], 0, pageSize);
    this.hashes = tables.hashes;
    this.origins = tables.origins;
    this.undo = tables.undo;
  }

  /** The three files. */
  private record Tables(LongTable hashes, LongTable origins, UndoLog undo) {

    private static final String HASHES = "pages.hash";
    private static final String ORIGINS = "pages.origin";
    private static final String UNDO = "pages.undo";

    static Tables create(Path directory) throws IOException {
      LongTable hashes = new LongTable(directory.resolve(HASHES));
      LongTable origins = null;
      try {
        origins = new LongTable(directory.resolve(ORIGINS));
        return new Tables(hashes, origins, UndoLog.create(directory.resolve(UNDO)));
      } catch (IOException e) {
        closeAll(hashes, origins);
        throw e;
      }
    }

    /** Takes over the hashes of an earlier process; where pages came from is not known any more. */
    static Tables reopen(Path directory) throws IOException {
      LongTable hashes = LongTable.reopen(directory.resolve(HASHES));
      LongTable origins = null;
      try {
        origins = new LongTable(directory.resolve(ORIGINS));
        return new Tables(hashes, origins, UndoLog.reopen(directory.resolve(UNDO)));
      } catch (IOException e) {
        closeAll(hashes, origins);
        throw e;
      }
    }

    private static void closeAll(LongTable hashes, LongTable origins) {
      hashes.close();
      if (origins != null) {
        origins.close();
      }
    }
  }

  /**
   * Opens what another process left, as it was at its last mark.
   *
   * @param mark the number of that mark
   * @param pages the database's size then
   * @param checksum the database checksum then
   * @return empty if the tables are not what they were then
   */
  static Optional<DatabaseImage> reopen(
      Path directory, int pageSize, long mark, long pages, long checksum) throws IOException {
    DatabaseImage image = new DatabaseImage(pageSize, Tables.reopen(directory));
    boolean whole = false;
    try {
      if (image.undo.mark() == mark) {
        image.undo.takeBack((page, hash, origin) -> image.restoreHash(page, hash));
      }
      image.origins.ensure(Math.max(1, image.hashes.capacity() - 1));
      whole = image.hashes.capacity() > pages && image.sum(pages) == checksum;
      if (!whole) {
        return Optional.empty();
      }
      image.pages = pages;
      image.checksum = checksum;
      image.sealed = true;
      image.mark(mark);
      return Optional.of(image);
    } finally {
      if (!whole) {
        image.close();
      }
    }
  }

  private void restoreHash(long page, long hash) throws IOException {
    if (page < 0 || page >= hashes.capacity()) {
      throw new IOException("an undo log for page " + page);
    }
    hashes.put(page, hash);
  }

  private long sum(long last) {
    long sum = 0;
    for (long p = 1; p <= last; p++) {
      if (p != lockBytePage) {
        sum ^= hashes.get(p);
      }
    }
    return sum;
  }

  /** Begins to note what changes, so that this moment can be brought back. Between commits only. */
  void mark(long number) {
    undo.begin(number);
    marked = true;
    markedPages = pages;
    markedChecksum = checksum;
  }

  /** Brings back what was true at the last mark. */
  void rewind() throws IOException {
    if (!marked) {
      throw new IllegalStateException("no mark");
    }
    undo.takeBack(
        (page, hash, origin) -> {
          hashes.put(page, hash);
          origins.put(page, origin);
        });
    undo.begin(undo.mark());
    pages = markedPages;
    checksum = markedChecksum;
    highest = 0;
  }

  /** Changes an entry. */
  private void put(long page, long hash, long origin) throws IOException {
    if (marked) {
      undo.note(page, hashes.get(page), origins.get(page));
    }
    hashes.put(page, hash);
    origins.put(page, origin);
  }

  /** Says where the version of a page came from that is known already. */
  void locate(long page, long origin) throws IOException {
    ensure(page);
    origins.put(page, origin);
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

  /** Returns whether the checksum of the whole is known. */
  boolean isSealed() {
    return sealed;
  }

  /** Returns whether a page's content is zeros. */
  boolean isZeros(long page) {
    return hashes.get(page) == PageHash.withNumber(page, zeroContent);
  }

  /** Records that the file, and no frame, holds a page. Not after {@link #seal}. */
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
    put(page, hash, origin);
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

  private void forget(long page) throws IOException {
    put(page, 0, UNDEFINED);
  }

  /** Gives a page that nothing carried the content zeros, and counts it. */
  private void define(long page) throws IOException {
    if (page == lockBytePage) {
      return;
    }
    if (hashes.get(page) == 0) {
      put(page, PageHash.withNumber(page, zeroContent), origins.get(page));
    }
    checksum ^= hashes.get(page);
  }

  /** Computes the checksum of the whole; from here on it is kept up to date. */
  void seal() throws IOException {
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
    undo.close();
  }
}
