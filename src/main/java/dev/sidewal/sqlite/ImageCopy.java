package dev.sidewal.sqlite;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Copies the database as it was at one moment, while it is being followed and written to.
 *
 * <p><b>Copy before change.</b> {@link #step} hands pages over in ascending order. When a frame of
 * a later transaction is copied whose page was not handed over yet, the page is handed over first,
 * as it was: at that instant its old version is still in the log or in the file ({@link
 * CommittedPages}), for SQLite writes nothing into the file that was not copied. So each page is
 * handed over once, as of the moment at which the copy began, the log is not held for it, and the
 * moment's transaction is known from the beginning. The same goes for pages that are cut off.
 *
 * <p>Invariants: a page below {@code next}, or in {@code early}, was handed over, or does not
 * belong into the image; any other is as it was when the copy began. A failure of the sink ends the
 * copy and not the following: it is kept and thrown by the next {@link #step}. Not safe for use by
 * several threads.
 */
public final class ImageCopy implements AutoCloseable {

  private static final int READ_BYTES = 256 * 1024;

  /** How many pages are looked at in one step at most, though none of them belongs to the image. */
  private static final long MOST_LOOKS = 1 << 18;

  private final LogFollower follower;
  private final DatabaseFile database;
  private final DatabaseImage image;
  private final CommittedPages committed;
  private final ImageFilter filter;
  private final PageSink sink;
  private final PageSet early;
  private final long pages;
  private final int pageSize;
  private final byte[] buffer;
  private long next = 1;
  private long earlyBytes;
  private Optional<IOException> failure = Optional.empty();

  ImageCopy(
      LogFollower follower,
      DatabaseFile database,
      DatabaseImage image,
      CommittedPages committed,
      ImageFilter filter,
      PageSink sink,
      Path workFile)
      throws IOException {
    this.follower = follower;
    this.database = database;
    this.image = image;
    this.committed = committed;
    this.filter = filter;
    this.sink = sink;
    this.early = new PageSet(workFile);
    this.pages = image.pages();
    this.pageSize = image.pageSize();
    this.buffer = new byte[Math.max(READ_BYTES, pageSize)];
  }

  /**
   * Hands over the next pages.
   *
   * @param budgetBytes about how many bytes of pages
   * @return whether all were handed over
   * @throws IOException if the sink failed, now or before; the copy is lost then
   * @throws ContinuityLostException if a page is not what was committed
   */
  public boolean step(long budgetBytes) throws IOException {
    if (failure.isPresent()) {
      throw new IOException(failure.get().getMessage(), failure.get());
    }
    long left = budgetBytes;
    long looks = MOST_LOOKS;
    int perRead = buffer.length / pageSize;
    while (next <= pages && left > 0 && looks > 0) {
      looks--;
      if (!isOpen(next)) {
        next++;
        continue;
      }
      follower.alive();
      int count = 0;
      while (count < perRead
          && next + count <= pages
          && isOpen(next + count)
          && committed.isInFile(next + count)) {
        count++;
      }
      if (count == 0) {
        committed.read(next, sink);
        count = 1;
      } else {
        database.read((next - 1) * pageSize, buffer, 0, count * pageSize);
        for (int i = 0; i < count; i++) {
          committed.prove(next + i, buffer, i * pageSize, sink);
        }
      }
      next += count;
      left -= (long) count * pageSize;
    }
    return next > pages;
  }

  /** Returns whether a page is as it was, was not handed over yet, and belongs into the image. */
  private boolean isOpen(long page) {
    return !early.contains(page) && isWanted(page);
  }

  private boolean isWanted(long page) {
    return page != image.lockBytePage() && filter.wants(page, image.hashOf(page));
  }

  /** A later transaction is about to change a page, or to cut it off. */
  void beforeChange(long page) {
    if (page < next || page > pages || failure.isPresent() || early.contains(page)) {
      return;
    }
    try {
      // Also one that is not wanted: from now on it cannot be asked any more what it was.
      early.add(page);
      if (isWanted(page)) {
        earlyBytes += pageSize;
        committed.read(page, sink);
      }
    } catch (IOException e) {
      failure = Optional.of(e);
    }
  }

  /** Returns the database's size in pages at the moment of the image. */
  public long pages() {
    return pages;
  }

  /** Returns how many bytes of pages were handed over early, because they were about to change. */
  public long earlyBytes() {
    return earlyBytes;
  }

  /** Returns whether every page was handed over. */
  public boolean isComplete() {
    return next > pages && failure.isEmpty();
  }

  /** Ends the copy, complete or not. */
  @Override
  public void close() {
    follower.endCopy(this);
    early.close();
  }
}
