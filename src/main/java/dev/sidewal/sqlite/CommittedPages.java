package dev.sidewal.sqlite;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Reads single pages of a followed database as of the end of what was copied.
 *
 * <p><b>Where a page is.</b> Its latest frame lies in the log, as long as that is the current one;
 * the log is begun anew only after SQLite has written all of it into the file. A page that no frame
 * carried is in the file. SQLite writes only frames up to the held read transaction into the file,
 * and those were all copied: so what is read here never is a later version, and never torn.
 *
 * <p>Invariant: what is handed over has the hash that the frame had, or it is not handed over. Not
 * safe for use by several threads.
 */
final class CommittedPages {

  private final DatabaseFile database;
  private final DatabaseImage image;
  private final WalFile wal;
  private final LogCursor cursor;
  private final int pageSize;
  private final byte[] buffer;
  private final byte[] frame;

  CommittedPages(DatabaseFile database, DatabaseImage image, WalFile wal, LogCursor cursor) {
    this.database = database;
    this.image = image;
    this.wal = wal;
    this.cursor = cursor;
    this.pageSize = image.pageSize();
    this.buffer = new byte[pageSize];
    this.frame = new byte[WalFrame.HEADER_LENGTH + pageSize];
  }

  /**
   * Hands over a page within the database that has a known hash.
   *
   * @throws ContinuityLostException if neither log nor file has it as it was committed
   */
  void read(long page, PageSink sink) throws IOException {
    if (!fromLog(page, sink)) {
      database.read((page - 1) * pageSize, buffer, 0, pageSize);
      prove(page, buffer, 0, sink);
    }
  }

  /** Hands over a page that was read from the file, if it is what it must be. */
  void prove(long page, byte[] source, int offset, PageSink sink) throws IOException {
    if (hash(page, source, offset) == image.hashOf(page)) {
      sink.page(page, source, offset);
    } else if (image.isZeros(page)) {
      // It was never written: whatever the file holds there, its content is zeros.
      sink.page(page, new byte[pageSize], 0);
    } else {
      throw notAsCommitted(page);
    }
  }

  /** Returns whether the file, and not the log, holds the latest version of a page. */
  boolean isInFile(long page) {
    return DatabaseImage.epochOf(image.originOf(page)) != cursor.epoch()
        || cursor.header().isEmpty();
  }

  private boolean fromLog(long page, PageSink sink) throws IOException {
    if (isInFile(page)) {
      return false;
    }
    WalHeader header = cursor.header().orElseThrow();
    long position = header.frameOffset(DatabaseImage.frameOf(image.originOf(page)));
    if (!wal.read(position, frame, 0, frame.length)) {
      return false;
    }
    ByteBuffer view = ByteBuffer.wrap(frame);
    // The log may have been reset once since; then the file has what the frame had.
    if (Integer.toUnsignedLong(view.getInt(WalFrame.PAGE_NUMBER)) != page
        || hash(page, frame, WalFrame.HEADER_LENGTH) != image.hashOf(page)) {
      return false;
    }
    sink.page(page, frame, WalFrame.HEADER_LENGTH);
    return true;
  }

  private long hash(long page, byte[] source, int offset) {
    return PageHash.hash(page, source, offset, pageSize);
  }

  private ContinuityLostException notAsCommitted(long page) {
    return new ContinuityLostException(
        "page "
            + page
            + " of "
            + database.path()
            + " is neither in the log nor in the file as it was committed");
  }
}
