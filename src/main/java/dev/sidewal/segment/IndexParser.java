package dev.sidewal.segment;

import dev.sidewal.error.HistoryDamagedException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the ops of one index chunk and holds them against the footer and against each other.
 * Nothing is allocated by what a number claims: the arrays are as long as the checked footer says,
 * and the footer cannot say more than a chunk's raw bytes can spell out.
 */
final class IndexParser {

  private final String name;
  private final Footer footer;
  private final int chunk;
  private final byte[] bytes;
  private final int end;
  private final SegmentHeader header;

  private int at;
  private final List<BlockEntry> blocks;
  private final int[] pageNumbers;
  private int frames;
  private int filled;
  private long page;
  private final IndexChunk.Commits commits;
  private long txid;
  private long millis;

  private IndexParser(String name, Footer footer, int chunk, byte[] bytes, int length) {
    this.name = name;
    this.footer = footer;
    this.chunk = chunk;
    this.bytes = bytes;
    this.end = length;
    header = footer.summary().header();
    if (footer.frames(chunk) > length || footer.transactions(chunk) > length) {
      throw damaged("is too short for the frames and transactions that the footer claims");
    }
    blocks = new ArrayList<>(Math.min(footer.blocks(chunk), 1024));
    pageNumbers = new int[(int) footer.frames(chunk)];
    commits = new IndexChunk.Commits((int) footer.transactions(chunk));
  }

  /** Returns the chunk whose raw bytes are the first {@code length} of {@code bytes}. */
  static IndexChunk parse(String name, Footer footer, int chunk, byte[] bytes, int length) {
    return new IndexParser(name, footer, chunk, bytes, length).parse();
  }

  private IndexChunk parse() {
    IndexChunk.Start start = new IndexChunk.Start(varint(), varint(), varint(), varint(), varint());
    checkStart(start);
    txid = start.txid();
    millis = start.millis();
    long position = start.offset();
    while (at < end) {
      int op = next();
      switch (op) {
        case SegmentFormat.OP_BLOCK -> position = block(position);
        case SegmentFormat.OP_PAGES -> pages();
        case SegmentFormat.OP_COMMIT -> commit(start);
        default -> throw damaged("has an op with number " + op);
      }
    }
    checkEnd(position);
    return new IndexChunk(chunk, start, blocks, pageNumbers, commits);
  }

  private void checkStart(IndexChunk.Start start) {
    boolean first = footer.transactionsBefore(chunk) == 0;
    SegmentSummary summary = footer.summary();
    boolean time =
        first
            ? start.millis() == 0
            : start.millis() >= summary.firstTime().toEpochMilli()
                && start.millis() <= summary.lastTime().toEpochMilli();
    boolean open =
        first
            ? start.openFrames() == footer.framesBefore(chunk)
            : start.openFrames() >= 0 && start.openFrames() <= footer.framesBefore(chunk);
    if (start.offset() != footer.start(chunk)
        || start.frames() != footer.framesBefore(chunk)
        || start.txid() != footer.txidBefore(chunk)
        || !time
        || !open) {
      throw damaged("begins elsewhere than the footer says");
    }
  }

  private long block(long position) {
    if (filled != frames) {
      throw damaged("leaves slots of a block empty");
    }
    long stored = varint();
    long raw = varint();
    long size = header.pageSize();
    boolean patched = footer.isPatched();
    // Of images the length tells how many; of entries each has two bytes or more.
    long count = patched ? varint() : raw / size;
    if (raw < 1
        || raw > SegmentFormat.MAX_BLOCK_RAW
        || count < 1
        || (patched ? isAbsurd(count, raw) : raw % size != 0)
        || stored <= SegmentFormat.PART_HEADER_LENGTH
        || stored > PartCodec.bound((int) raw)
        || stored > footer.offset(chunk) - position) {
      throw damaged("has a block of " + raw + " bytes in " + stored + " bytes");
    }
    if (blocks.size() == footer.blocks(chunk) || count > pageNumbers.length - frames) {
      throw damaged("has more blocks or frames than the footer says");
    }
    blocks.add(new BlockEntry(position, (int) stored, (int) raw, frames, (int) count));
    frames += (int) count;
    return position + stored;
  }

  /** Returns whether so many entries cannot take so many bytes. */
  private boolean isAbsurd(long count, long raw) {
    return count > raw / 2 || raw > SegmentFormat.maxRaw(count, header.pageSize());
  }

  private void pages() {
    long count = varint();
    if (count < 1 || count > frames - filled) {
      throw damaged("has " + Long.toUnsignedString(count) + " pages for fewer slots of a block");
    }
    for (long i = 0; i < count; i++) {
      long coded = varint();
      // Both are far below 63 bits, or the sum is out of range anyway.
      long delta = coded >>> 1 ^ -(coded & 1);
      page += delta;
      if (page < 1 || page > SegmentFormat.MAX_PAGE) {
        throw damaged("has page number " + page);
      }
      pageNumbers[filled++] = (int) page;
    }
  }

  private void commit(IndexChunk.Start start) {
    int flags = next();
    if ((flags & ~SegmentFormat.FLAG_GAP) != 0) {
      throw damaged("has a commit with flags " + flags);
    }
    long step = varint();
    long wait = varint();
    long databasePages = varint();
    long pages = varint();
    long checksum = fixedLong();
    if (commits.isFull()) {
      throw damaged("has more transactions than the footer says");
    }
    boolean stepRight =
        header.kind().isImage() ? step == footer.summary().lastTxid() - txid : step == 1;
    if (!stepRight) {
      throw damaged("has a step of " + step + " after txid " + txid);
    }
    if (wait < 0 || wait > SegmentFormat.MAX_MILLIS - millis) {
      throw damaged("has a wait of " + wait + " ms after txid " + txid);
    }
    txid += step;
    millis += wait;
    long own = filled - commits.lastEndFrame() + (commits.count() == 0 ? start.openFrames() : 0);
    if ((own > 0) != (pages > 0)) {
      throw damaged("has " + pages + " pages in " + own + " frames of txid " + txid);
    }
    try {
      commits.add(
          filled,
          new Transaction(
              txid,
              Instant.ofEpochMilli(millis),
              own,
              pages,
              databasePages,
              checksum,
              (flags & SegmentFormat.FLAG_GAP) != 0));
    } catch (IllegalArgumentException e) {
      throw Damage.damaged(
          name, describe() + " has an absurd commit of txid " + txid + ": " + e.getMessage(), e);
    }
    checkAgainstSummary(databasePages, checksum);
  }

  private void checkAgainstSummary(long databasePages, long checksum) {
    SegmentSummary summary = footer.summary();
    long ordinal = footer.transactionsBefore(chunk) + commits.count();
    if (ordinal == 1 && millis != summary.firstTime().toEpochMilli()) {
      throw damaged("has another time for the first transaction than the footer");
    }
    if (ordinal == summary.transactions()
        && (millis != summary.lastTime().toEpochMilli()
            || databasePages != summary.databasePages()
            || checksum != summary.checksum())) {
      throw damaged("says other things of the last transaction than the footer");
    }
  }

  private void checkEnd(long position) {
    if (position != footer.offset(chunk)) {
      throw damaged("describes blocks up to byte " + position + " only");
    }
    if (filled != pageNumbers.length
        || frames != filled
        || blocks.size() != footer.blocks(chunk)
        || !commits.isFull()) {
      throw damaged("has fewer blocks, frames or transactions than the footer says");
    }
    if (chunk == footer.chunks() - 1
        && (footer.transactions(chunk) == 0 || commits.lastEndFrame() != filled)) {
      throw damaged("ends within a transaction, and it is the last one");
    }
  }

  private int next() {
    if (at == end) {
      throw damaged("ends within an op");
    }
    return bytes[at++] & 0xff;
  }

  private long varint() {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      int b = next();
      if (shift == 63 && b > 1) {
        break;
      }
      value |= (long) (b & 0x7f) << shift;
      if (b < 0x80) {
        return value;
      }
    }
    throw damaged("has a number of more than 64 bits");
  }

  private long fixedLong() {
    long value = 0;
    for (int i = 0; i < 8; i++) {
      value = value << 8 | next();
    }
    return value;
  }

  private HistoryDamagedException damaged(String detail) {
    return Damage.damaged(name, describe() + " " + detail);
  }

  private String describe() {
    return "the index chunk at byte " + footer.offset(chunk);
  }
}
