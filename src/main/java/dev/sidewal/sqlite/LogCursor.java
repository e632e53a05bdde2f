package dev.sidewal.sqlite;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The one source of truth for how far the log has been copied: an epoch, a frame in it, and the
 * running checksum there. It moves over frames that are verified one by one: salts, checksum, and a
 * plausible page number.
 *
 * <p><b>Unsealed frames.</b> SQLite computes the salts and checksums of a transaction that was
 * written in several goes only at its end, and leaves zeros till then. Some versions (3.40 does,
 * 3.54 does not) then forget frames that were written before a ROLLBACK TO: they stay with zeros
 * for good, and the running checksum begins again at (0, 0) behind them. Where the transaction ends
 * before the first frame that SQLite wrote twice, even its last frame stays unsealed, and the
 * checksum goes on from whatever stands in the frame before that one, which belongs to the
 * rolled-back part and is soon overwritten: then the next sealed frame of the epoch is where the
 * checksum begins anew. To SQLite they are as committed as all others, so they are taken here: that
 * they are committed is what the NOOP checkpoint said while the log was held. A recovery after a
 * crash of the application's machine stops before such frames.
 *
 * <p>Not safe for use by several threads.
 */
final class LogCursor {

  /** Takes one verified frame. */
  interface FrameVisitor {
    /**
     * Takes a frame.
     *
     * @param frame its number in the epoch, from 1
     * @param pageNumber the page's number
     * @param source holds the page
     * @param offset where the page begins
     * @param databasePages the database's size if the frame ends a transaction, else 0
     * @return false to stop after this frame; only heeded where a transaction ends
     */
    boolean frame(long frame, long pageNumber, byte[] source, int offset, long databasePages)
        throws IOException;
  }

  private static final int BUFFER_BYTES = 256 * 1024;

  /** A place in the log to which the cursor can go back as long as the epoch lasts. */
  record Place(long epoch, long frame, int checksum1, int checksum2, boolean checksumUnknown) {}

  private final WalFile file;
  private byte[] buffer = new byte[0];
  private Optional<WalHeader> header = Optional.empty();
  private WalChecksum checksum = new WalChecksum(false, 0, 0);
  private long epoch;
  private long frame;
  private long unsealedFrames;

  /** Whether the frame before was unsealed and ended a transaction. */
  private boolean checksumUnknown;

  LogCursor(WalFile file) {
    this.file = file;
  }

  /** Returns the header of the epoch that is followed; empty before the first. */
  Optional<WalHeader> header() {
    return header;
  }

  /** Returns the ordinal of the epoch that is followed, from 1; 0 before the first. */
  long epoch() {
    return epoch;
  }

  /** Returns the last frame that was copied, 0 if none of this epoch was. */
  long frame() {
    return frame;
  }

  /** Returns how many frames without salts and checksum were taken. */
  long unsealedFrames() {
    return unsealedFrames;
  }

  /** Returns where the cursor is. */
  Place place() {
    return new Place(epoch, frame, checksum.first(), checksum.second(), checksumUnknown);
  }

  /**
   * Goes back.
   *
   * @throws ContinuityLostException if the log was begun anew since
   */
  void goBack(Place place) {
    if (place.epoch != epoch) {
      throw new ContinuityLostException("the log was begun anew since what was last made safe");
    }
    frame = place.frame;
    checksumUnknown = place.checksumUnknown;
    if (header.isPresent()) {
      checksum =
          new WalChecksum(header.get().bigEndianChecksums(), place.checksum1, place.checksum2);
    }
  }

  /** Returns whether the running checksum proves what the last frame is. */
  boolean isSealed() {
    return frame == 0 || !(checksum.matches(0, 0) || checksumUnknown);
  }

  /** Goes to the begin of the next epoch. */
  void enter(WalHeader next) {
    header = Optional.of(next);
    checksum = new WalChecksum(next.bigEndianChecksums(), next.checksum1(), next.checksum2());
    checksumUnknown = false;
    epoch++;
    frame = 0;
    int frames = Math.max(1, BUFFER_BYTES / next.frameLength());
    if (buffer.length != frames * next.frameLength()) {
      buffer = new byte[frames * next.frameLength()];
    }
  }

  /**
   * Verifies and hands over the frames up to and including {@code last}, or fewer when the visitor
   * says stop.
   *
   * @throws ContinuityLostException at the first frame that is not what must be there; the frames
   *     before it have been handed over
   */
  void advance(long last, FrameVisitor visitor) throws IOException {
    WalHeader h = header.orElseThrow();
    int frameLength = h.frameLength();
    int perRead = buffer.length / frameLength;
    while (frame < last) {
      int count = (int) Math.min(perRead, last - frame);
      if (!file.read(h.frameOffset(frame + 1), buffer, 0, count * frameLength)) {
        throw new ContinuityLostException(
            "the log ends before frame " + (frame + count) + ", which is committed");
      }
      ByteBuffer view = ByteBuffer.wrap(buffer);
      for (int i = 0; i < count; i++) {
        int at = i * frameLength;
        verify(view, at, h);
        frame++;
        long databasePages = Integer.toUnsignedLong(view.getInt(at + WalFrame.COMMIT_SIZE));
        boolean more =
            visitor.frame(
                frame,
                Integer.toUnsignedLong(view.getInt(at + WalFrame.PAGE_NUMBER)),
                buffer,
                at + WalFrame.HEADER_LENGTH,
                databasePages);
        if (!more && databasePages != 0) {
          return;
        }
      }
    }
  }

  private void verify(ByteBuffer view, int at, WalHeader h) {
    if (isUnsealed(view, at)) {
      checksum = new WalChecksum(h.bigEndianChecksums(), 0, 0);
      checksumUnknown = view.getInt(at + WalFrame.COMMIT_SIZE) != 0;
      unsealedFrames++;
    } else {
      verifySeal(view, at, h);
    }
    long page = Integer.toUnsignedLong(view.getInt(at + WalFrame.PAGE_NUMBER));
    if (page == 0 || page > Pages.MAX_PAGE) {
      throw new ContinuityLostException(
          "frame " + (frame + 1) + " of the log is for page " + page + ", which cannot be");
    }
  }

  private static boolean isUnsealed(ByteBuffer view, int at) {
    return view.getLong(at + WalFrame.SALT_1) == 0 && view.getLong(at + WalFrame.CHECKSUM_1) == 0;
  }

  private void verifySeal(ByteBuffer view, int at, WalHeader h) {
    if (checksumUnknown) {
      checksum =
          new WalChecksum(
              h.bigEndianChecksums(),
              view.getInt(at + WalFrame.CHECKSUM_1),
              view.getInt(at + WalFrame.CHECKSUM_2));
      checksumUnknown = false;
    } else {
      checksum.update(buffer, at, WalFrame.CHECKED_PREFIX);
      checksum.update(buffer, at + WalFrame.HEADER_LENGTH, h.pageSize());
    }
    if (view.getInt(at + WalFrame.SALT_1) != h.salt1()
        || view.getInt(at + WalFrame.SALT_2) != h.salt2()
        || !checksum.matches(
            view.getInt(at + WalFrame.CHECKSUM_1), view.getInt(at + WalFrame.CHECKSUM_2))) {
      throw new ContinuityLostException(
          String.format(
              "frame %d of the log (page %d, commit size %d) does not have the salts and checksum"
                  + " it must have: salts %08x %08x, must be %08x %08x; checksum %08x %08x,"
                  + " must be %08x %08x",
              frame + 1,
              Integer.toUnsignedLong(view.getInt(at + WalFrame.PAGE_NUMBER)),
              Integer.toUnsignedLong(view.getInt(at + WalFrame.COMMIT_SIZE)),
              view.getInt(at + WalFrame.SALT_1),
              view.getInt(at + WalFrame.SALT_2),
              h.salt1(),
              h.salt2(),
              view.getInt(at + WalFrame.CHECKSUM_1),
              view.getInt(at + WalFrame.CHECKSUM_2),
              checksum.first(),
              checksum.second()));
    }
  }
}
