package dev.sidewal.sqlite;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The 32-byte header of a write-ahead log. Its salts name the epoch.
 *
 * <pre>
 *  0  4  magic 0x377f0682, or 0x377f0683 when the checksums read words as big-endian
 *  4  4  format version 3007000
 *  8  4  page size
 * 12  4  checkpoint sequence number
 * 16  4  salt-1
 * 20  4  salt-2
 * 24  4  checksum-1 over bytes 0 … 23
 * 28  4  checksum-2
 * </pre>
 *
 * @param bigEndianChecksums how the checksums read words
 * @param pageSize bytes a page, a power of two from 512 to 65536
 * @param sequence the checkpoint sequence number
 * @param salt1 first salt
 * @param salt2 second salt
 * @param checksum1 first half of the header's checksum, where the first frame's begins
 * @param checksum2 second half
 * @see <a href="https://www.sqlite.org/fileformat2.html#the_wal_file_format">SQLite file format,
 *     WAL File Format</a>
 */
public record WalHeader(
    boolean bigEndianChecksums,
    int pageSize,
    int sequence,
    int salt1,
    int salt2,
    int checksum1,
    int checksum2) {

  /** The header's length in bytes. */
  public static final int LENGTH = 32;

  private static final int MAGIC = 0x377f0682;
  private static final int VERSION = 3007000;

  /** Reads and checks a header; empty if it is not a whole and valid one. */
  public static Optional<WalHeader> parse(byte[] bytes) {
    ByteBuffer b = ByteBuffer.wrap(bytes, 0, LENGTH);
    int magic = b.getInt(0);
    int pageSize = b.getInt(8);
    if ((magic & ~1) != MAGIC || b.getInt(4) != VERSION || !Pages.isPageSize(pageSize)) {
      return Optional.empty();
    }
    WalHeader header =
        new WalHeader(
            (magic & 1) != 0,
            pageSize,
            b.getInt(12),
            b.getInt(16),
            b.getInt(20),
            b.getInt(24),
            b.getInt(28));
    WalChecksum sum = new WalChecksum(header.bigEndianChecksums, 0, 0);
    sum.update(bytes, 0, 24);
    return sum.matches(header.checksum1, header.checksum2) ? Optional.of(header) : Optional.empty();
  }

  /** Returns the length of one frame with its header in bytes. */
  public int frameLength() {
    return WalFrame.HEADER_LENGTH + pageSize;
  }

  /** Returns where a frame begins in the file; frames count from 1. */
  public long frameOffset(long frame) {
    return LENGTH + (frame - 1) * frameLength();
  }

  /** Returns whether two headers name the same epoch. */
  public boolean sameEpoch(WalHeader other) {
    return equals(other);
  }
}
