package dev.sidewal.sqlite;

import java.io.IOException;

/**
 * Reads an image of a live database while it is being followed, without pinning the log for the
 * whole length.
 *
 * <p><b>Steps.</b> {@link #step} reads pages of the file that no frame has carried since following
 * began, in order, while the caller goes on copying and turning the held read transaction over
 * between steps. Such a page is never written meanwhile: a backfill writes only frames up to the
 * held snapshot, and those were all copied, which marked their pages. {@link #finish} then hands
 * over, under the transaction that is held at that moment, the latest version of every page that
 * any frame has carried: from the log while its frame is there, else from the file, into which
 * SQLite had to backfill it before the log could be reset. The result is the database at the end of
 * what was copied.
 *
 * <p>Invariant: every page whose hash was known is handed over with that hash; if neither log nor
 * file has it, the image fails instead of being wrong. A page may be handed over twice; the last
 * one counts. Not safe for use by several threads.
 */
public final class ImageScan {

  private static final int READ_BYTES = 256 * 1024;

  private final LogFollower follower;
  private final DatabaseFile database;
  private final DatabaseImage image;
  private final int pageSize;
  private final CommittedPages pages;
  private final byte[] buffer;
  private long next = 1;

  ImageScan(
      LogFollower follower,
      DatabaseFile database,
      DatabaseImage image,
      WalFile wal,
      LogCursor cursor) {
    this.follower = follower;
    this.database = database;
    this.image = image;
    this.pages = new CommittedPages(database, image, wal, cursor);
    this.pageSize = image.pageSize();
    this.buffer = new byte[Math.max(READ_BYTES, pageSize)];
  }

  /**
   * Reads on.
   *
   * @param budgetBytes read about so many bytes
   * @return whether the end of the database was reached
   */
  public boolean step(PageSink sink, long budgetBytes) throws IOException {
    long left = budgetBytes;
    int perRead = buffer.length / pageSize;
    while (next <= image.pages() && left > 0) {
      if (!wanted(next)) {
        next++;
        continue;
      }
      int count = 1;
      while (count < perRead && next + count <= image.pages() && wanted(next + count)) {
        count++;
      }
      follower.alive();
      database.read((next - 1) * pageSize, buffer, 0, count * pageSize);
      for (int i = 0; i < count; i++) {
        take(next + i, i * pageSize, sink);
      }
      next += count;
      left -= (long) count * pageSize;
    }
    return next > image.pages();
  }

  /** Returns how far reading the file has come, in pages. */
  long pagesRead() {
    return next - 1;
  }

  /** Takes a page that only the file holds. */
  private void take(long page, int offset, PageSink sink) throws IOException {
    long hash = PageHash.hash(page, buffer, offset, pageSize);
    long known = image.isSealed() ? image.hashOf(page) : 0;
    if (known == 0) {
      image.readFromFile(page, hash);
      sink.page(page, buffer, offset);
    } else {
      pages.prove(page, buffer, offset, sink);
    }
  }

  private boolean wanted(long page) {
    return image.originOf(page) == 0 && page != image.lockBytePage();
  }

  /**
   * Completes the image under the transaction that is held now; nothing may be copied or turned
   * over meanwhile.
   *
   * @throws ContinuityLostException if a page is not what its frame was
   */
  public void finish(PageSink sink) throws IOException {
    while (!step(sink, Long.MAX_VALUE)) {
      // Until the end of the database.
    }
    for (long page = 1; page <= image.pages(); page++) {
      follower.alive();
      long origin = image.originOf(page);
      if (origin == 0 || page == image.lockBytePage()) {
        continue;
      }
      if (image.hashOf(page) == 0) {
        sink.page(page, new byte[pageSize], 0);
      } else {
        pages.read(page, sink);
      }
    }
    image.seal();
  }

  /**
   * Completes the hashes of the image and hands nothing over: the hashes of all pages that frames
   * have carried are known from them. The checksum is known then.
   */
  public void finishHashes() throws IOException {
    while (!step((page, source, offset) -> {}, Long.MAX_VALUE)) {
      // Until the end of the database.
    }
    image.seal();
  }
}
