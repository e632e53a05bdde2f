package dev.sidewal.segment;

import dev.sidewal.segment.SegmentFormat.FooterField;
import dev.sidewal.segment.SegmentFormat.TableField;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.zip.CRC32C;

/**
 * The footer of an object: the table of its index chunks and its totals. Every number in it was
 * held against the others, the header and the object's length before an instance exists.
 */
final class Footer {

  private final int version;
  private final SegmentSummary summary;
  private final long[] offsets;
  private final int[] lengths;
  private final int[] blocks;
  // One more than chunks: what lies before the chunk of that number.
  private final long[] framesBefore;
  private final long[] transactionsBefore;

  private Footer(int version, SegmentSummary summary, int chunks) {
    this.version = version;
    this.summary = summary;
    offsets = new long[chunks];
    lengths = new int[chunks];
    blocks = new int[chunks];
    framesBefore = new long[chunks + 1];
    transactionsBefore = new long[chunks + 1];
  }

  /** Returns the format version that the header names. */
  int version() {
    return version;
  }

  /** Returns whether blocks hold entries, which may build on each other, and not just images. */
  boolean isPatched() {
    return SegmentFormat.isPatched(version);
  }

  SegmentSummary summary() {
    return summary;
  }

  int chunks() {
    return offsets.length;
  }

  long offset(int chunk) {
    return offsets[chunk];
  }

  /** Returns a chunk's bytes in the object, its 16-byte header included. */
  int length(int chunk) {
    return lengths[chunk];
  }

  int blocks(int chunk) {
    return blocks[chunk];
  }

  long framesBefore(int chunk) {
    return framesBefore[chunk];
  }

  long frames(int chunk) {
    return framesBefore[chunk + 1] - framesBefore[chunk];
  }

  long transactionsBefore(int chunk) {
    return transactionsBefore[chunk];
  }

  long transactions(int chunk) {
    return transactionsBefore[chunk + 1] - transactionsBefore[chunk];
  }

  /** Returns where the blocks that a chunk describes begin. */
  long start(int chunk) {
    return chunk == 0 ? SegmentFormat.HEADER_LENGTH : offsets[chunk - 1] + lengths[chunk - 1];
  }

  /** Returns the last txid that was committed before a chunk; first txid - 1 if none was. */
  long txidBefore(int chunk) {
    long before = transactionsBefore[chunk];
    if (before == 0) {
      return summary.header().firstTxid() - 1;
    }
    return summary.header().kind().isImage()
        ? summary.lastTxid()
        : summary.header().firstTxid() - 1 + before;
  }

  /** Appends the entry of one chunk to a table. */
  static void encodeEntry(
      ByteSink table, long offset, int length, int blocks, long frames, long transactions) {
    table.putLong(offset);
    table.putInt(length);
    table.putInt(blocks);
    table.putLong(frames);
    table.putLong(transactions);
  }

  /** Returns the whole footer for a table; the length in the summary is not used. */
  static byte[] encode(ByteSink table, SegmentSummary summary) {
    int length = table.length() + SegmentFormat.FOOTER_FIXED_LENGTH;
    byte[] bytes = new byte[length];
    System.arraycopy(table.array(), 0, bytes, 0, table.length());
    ByteBuffer out =
        ByteBuffer.wrap(bytes, table.length(), SegmentFormat.FOOTER_FIXED_LENGTH).slice();
    out.putLong(FooterField.LAST_TXID.at(), summary.lastTxid());
    out.putLong(FooterField.TRANSACTIONS.at(), summary.transactions());
    out.putLong(FooterField.FRAMES.at(), summary.frames());
    out.putLong(FooterField.RAW_BYTES.at(), summary.rawBytes());
    out.putLong(FooterField.FIRST_TIME.at(), summary.firstTime().toEpochMilli());
    out.putLong(FooterField.LAST_TIME.at(), summary.lastTime().toEpochMilli());
    out.putLong(FooterField.DATABASE_PAGES.at(), summary.databasePages());
    out.putLong(FooterField.DATABASE_CHECKSUM.at(), summary.checksum());
    out.putLong(FooterField.DIGEST.at(), summary.digest());
    out.putInt(FooterField.CHUNKS.at(), table.length() / SegmentFormat.TABLE_ENTRY_LENGTH);
    out.putInt(FooterField.CRC32C.at(), crc(bytes, 0, table.length() + FooterField.CRC32C.at()));
    out.putInt(FooterField.FOOTER_LENGTH.at(), length);
    out.putLong(FooterField.END_MAGIC.at(), SegmentFormat.END_MAGIC);
    return bytes;
  }

  /**
   * Returns the footer's length after checking what must be right before it can be read.
   *
   * @param fixed holds the object's last 92 bytes, from {@code offset}
   * @param objectLength the object's length
   */
  static int length(String name, byte[] fixed, int offset, long objectLength) {
    ByteBuffer in = ByteBuffer.wrap(fixed, offset, SegmentFormat.FOOTER_FIXED_LENGTH).slice();
    if (in.getLong(FooterField.END_MAGIC.at()) != SegmentFormat.END_MAGIC) {
      throw Damage.damaged(name, "it does not end like an object of Sidewal; it may be cut short");
    }
    int chunks = in.getInt(FooterField.CHUNKS.at());
    int length = in.getInt(FooterField.FOOTER_LENGTH.at());
    if (chunks < 1
        || chunks > SegmentFormat.MAX_CHUNKS
        || length != chunks * SegmentFormat.TABLE_ENTRY_LENGTH + SegmentFormat.FOOTER_FIXED_LENGTH
        || length > objectLength - SegmentFormat.HEADER_LENGTH) {
      throw Damage.damaged(
          name,
          "its footer claims "
              + Integer.toUnsignedString(length)
              + " bytes and "
              + Integer.toUnsignedString(chunks)
              + " index chunks, which cannot be");
    }
    return length;
  }

  /** Reads a footer, whose length was checked, from {@code bytes} at {@code offset}. */
  static Footer decode(
      String name,
      int version,
      SegmentHeader header,
      byte[] bytes,
      int offset,
      int length,
      long objectLength) {
    int tableLength = length - SegmentFormat.FOOTER_FIXED_LENGTH;
    ByteBuffer table = ByteBuffer.wrap(bytes, offset, tableLength).slice();
    ByteBuffer in =
        ByteBuffer.wrap(bytes, offset + tableLength, SegmentFormat.FOOTER_FIXED_LENGTH).slice();
    if (in.getInt(FooterField.CRC32C.at())
        != crc(bytes, offset, tableLength + FooterField.CRC32C.at())) {
      throw Damage.damaged(name, "its footer does not match its CRC32C");
    }
    long firstMillis = in.getLong(FooterField.FIRST_TIME.at());
    long lastMillis = in.getLong(FooterField.LAST_TIME.at());
    if (firstMillis < 0 || lastMillis < firstMillis || lastMillis > SegmentFormat.MAX_MILLIS) {
      throw Damage.damaged(
          name, "its footer claims times from " + firstMillis + " to " + lastMillis + " ms");
    }
    SegmentSummary summary =
        new SegmentSummary(
            header,
            in.getLong(FooterField.LAST_TXID.at()),
            in.getLong(FooterField.TRANSACTIONS.at()),
            in.getLong(FooterField.FRAMES.at()),
            in.getLong(FooterField.RAW_BYTES.at()),
            Instant.ofEpochMilli(firstMillis),
            Instant.ofEpochMilli(lastMillis),
            in.getLong(FooterField.DATABASE_PAGES.at()),
            in.getLong(FooterField.DATABASE_CHECKSUM.at()),
            in.getLong(FooterField.DIGEST.at()),
            objectLength);
    checkTotals(name, summary);
    Footer footer = new Footer(version, summary, tableLength / SegmentFormat.TABLE_ENTRY_LENGTH);
    footer.readTable(name, table, objectLength - length);
    return footer;
  }

  private static void checkTotals(String name, SegmentSummary summary) {
    SegmentHeader header = summary.header();
    long transactions = summary.transactions();
    boolean txids;
    if (header.kind().isImage()) {
      txids =
          transactions == 1
              && (header.kind() == ObjectKind.SNAPSHOT
                  ? summary.lastTxid() == header.firstTxid()
                  : summary.lastTxid() >= header.firstTxid());
    } else {
      txids = transactions >= 1 && summary.lastTxid() - header.firstTxid() == transactions - 1;
    }
    if (!txids) {
      throw Damage.damaged(
          name,
          "its footer claims "
              + transactions
              + " transactions from "
              + header.firstTxid()
              + " to "
              + summary.lastTxid());
    }
    if (summary.frames() < 0
        || summary.frames() > Long.MAX_VALUE / header.pageSize()
        || summary.rawBytes() != summary.frames() * header.pageSize()) {
      throw Damage.damaged(
          name,
          "its footer claims " + summary.rawBytes() + " bytes in " + summary.frames() + " frames");
    }
    if (summary.databasePages() < 1 || summary.databasePages() > SegmentFormat.MAX_PAGE) {
      throw Damage.damaged(
          name, "its footer claims a database of " + summary.databasePages() + " pages");
    }
  }

  private void readTable(String name, ByteBuffer table, long end) {
    int least = SegmentFormat.PART_HEADER_LENGTH + 1;
    long most =
        (long) SegmentFormat.PART_HEADER_LENGTH
            + SegmentFormat.maxStored(SegmentFormat.MAX_INDEX_RAW);
    for (int i = 0; i < offsets.length; i++) {
      int base = i * SegmentFormat.TABLE_ENTRY_LENGTH;
      offsets[i] = table.getLong(base + TableField.OFFSET.at());
      lengths[i] = table.getInt(base + TableField.LENGTH.at());
      blocks[i] = table.getInt(base + TableField.BLOCKS.at());
      long frames = table.getLong(base + TableField.FRAMES.at());
      long transactions = table.getLong(base + TableField.TRANSACTIONS.at());
      // What a chunk holds is written out in its raw bytes, of which there are few.
      boolean sane =
          lengths[i] >= least
              && lengths[i] <= most
              && offsets[i] >= start(i)
              && offsets[i] <= end - lengths[i]
              && blocks[i] >= 0
              && frames >= blocks[i]
              && frames <= SegmentFormat.MAX_INDEX_RAW
              && (blocks[i] > 0) == (frames > 0)
              && (blocks[i] > 0) == (offsets[i] > start(i))
              && transactions >= 0
              && transactions <= SegmentFormat.MAX_INDEX_RAW;
      if (!sane) {
        throw Damage.damaged(name, "entry " + i + " of its footer's table is absurd");
      }
      framesBefore[i + 1] = framesBefore[i] + frames;
      transactionsBefore[i + 1] = transactionsBefore[i] + transactions;
    }
    int last = offsets.length - 1;
    if (offsets[last] + lengths[last] != end) {
      throw Damage.damaged(name, "its last index chunk does not end where its footer begins");
    }
    if (framesBefore[last + 1] != summary.frames()
        || transactionsBefore[last + 1] != summary.transactions()) {
      throw Damage.damaged(name, "its footer's table does not add up to its totals");
    }
  }

  private static int crc(byte[] bytes, int offset, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, offset, length);
    return (int) crc.getValue();
  }
}
