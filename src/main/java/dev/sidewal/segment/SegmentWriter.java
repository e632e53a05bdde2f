package dev.sidewal.segment;

import com.dynatrace.hash4j.hashing.HashStream64;
import com.dynatrace.hash4j.hashing.Hashing;
import com.github.luben.zstd.ZstdCompressCtx;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.Objects;

/**
 * Writes one history object, front to back, to a stream. Not thread-safe.
 *
 * <p>Call {@link #page} for the page images of a transaction in order, {@link #commit} at its end,
 * and {@link #finish} once after the last. {@link #close} frees native memory and is needed in
 * every case; it does not close the stream. After any {@link IOException} the object is lost and
 * every further call fails.
 *
 * <p>Memory: one raw block, one compressed block and one index chunk (at most 2 MiB), and of
 * segments and packs up to 8 MiB of earlier versions of pages, whatever the size of the object; and
 * 32 bytes for each index chunk.
 *
 * <p>Invariants: {@code block} holds the images of the frames that no written block has; the ops of
 * those frames, and of commits among them, wait in {@code index}. When a chunk is written no block
 * is open. So each chunk describes whole blocks, and begins where the last one ended.
 */
public final class SegmentWriter implements Closeable {

  private static final int CHUNK_OPS = 1 << 20;
  private static final int OPEN_OPS = 1 << 18;
  private static final int CHUNK_BLOCKS = 32;

  /** Of objects with patches a chunk is also what must be decoded from its begin. */
  private static final long CHUNK_RAW_BYTES = 32L << 20;

  private final SegmentHeader header;
  private final OutputStream out;
  private final int pageSize;
  private final boolean patched;
  private final int chunkBlocks;
  private final long chunkRawBytes;
  private final ZstdCompressCtx zstd;
  private final HashStream64 digest = Hashing.xxh3_64().hashStream();
  private final IndexEncoder index = new IndexEncoder();
  private final ByteSink table = new ByteSink(SegmentFormat.TABLE_ENTRY_LENGTH * 4);

  private final BlockContent block;
  private byte[] stored = new byte[0];

  private boolean headerWritten;
  private boolean broken;
  private boolean finished;
  private boolean closed;
  private long bytesWritten;
  private long frames;
  private long openFrames;
  private long transactions;
  private long lastTxid;
  private long firstMillis;
  private long lastMillis;
  private long databasePages;
  private long checksum;

  /**
   * Creates a writer; nothing is written yet.
   *
   * @param out gets the object; is neither flushed nor closed
   * @throws IllegalArgumentException if a snapshot's header names a base
   */
  public SegmentWriter(SegmentHeader header, OutputStream out, SegmentWriterOptions options) {
    this(
        header,
        out,
        options,
        header.kind().isImage() ? 2 * CHUNK_BLOCKS : CHUNK_BLOCKS,
        header.kind().isImage() ? 2 * CHUNK_RAW_BYTES : CHUNK_RAW_BYTES);
  }

  /** Creates a writer that writes an index chunk after so many blocks and raw bytes. */
  SegmentWriter(
      SegmentHeader header,
      OutputStream out,
      SegmentWriterOptions options,
      int chunkBlocks,
      long chunkRawBytes) {
    this.header = Objects.requireNonNull(header, "header");
    this.out = Objects.requireNonNull(out, "out");
    if (header.kind() == ObjectKind.SNAPSHOT && (header.basePages() | header.baseChecksum()) != 0) {
      throw new IllegalArgumentException("a snapshot has no base");
    }
    this.chunkBlocks = chunkBlocks;
    this.chunkRawBytes = chunkRawBytes;
    pageSize = header.pageSize();
    patched = SegmentFormat.isPatched(SegmentFormat.version(header.kind()));
    block = ContentPool.take(pageSize, options.blockBytes(), patched);
    lastTxid = header.firstTxid() - 1;
    index.begin(SegmentFormat.HEADER_LENGTH, 0, 0, lastTxid, 0);
    zstd = new ZstdCompressCtx();
    zstd.setLevel(options.compressionLevel());
    if (!patched) {
      // Images have larger blocks than the level's window reaches back.
      zstd.setLong(
          Math.max(
              10, 32 - Integer.numberOfLeadingZeros(Math.max(options.blockBytes(), pageSize) - 1)));
    }
    zstd.setContentSize(true).setChecksum(false).setDictID(false);
  }

  /**
   * Adds one page image to the open transaction. The bytes are copied.
   *
   * @param pageNumber 1 to 0xfffffffe
   * @param source holds the image's page-size bytes from {@code offset}
   */
  public void page(long pageNumber, byte[] source, int offset) throws IOException {
    usable();
    if (pageNumber < 1 || pageNumber > SegmentFormat.MAX_PAGE) {
      throw new IllegalArgumentException("page number " + pageNumber);
    }
    Objects.checkFromIndexSize(offset, pageSize, source.length);
    if (header.kind().isImage() && transactions == 1) {
      throw new IllegalStateException("a " + header.kind() + " holds one transaction");
    }
    if (block.isFull() || index.openBytes() >= OPEN_OPS) {
      flushBlock();
    }
    block.add(pageNumber, source, offset);
    index.page(pageNumber);
    frames++;
    openFrames++;
  }

  /**
   * Ends the open transaction: the pages since the last commit are its frames.
   *
   * @param transaction its time counts in whole milliseconds
   * @throws IllegalArgumentException if its txid is not the next one, its time lies before its
   *     predecessor's or before 1970, or its frames are not as many as were added
   */
  public void commit(Transaction transaction) throws IOException {
    usable();
    long millis = transaction.time().toEpochMilli();
    checkTxid(transaction.txid());
    if (millis < lastMillis || millis > SegmentFormat.MAX_MILLIS) {
      throw new IllegalArgumentException(
          "time "
              + transaction.time()
              + " after "
              + Instant.ofEpochMilli(lastMillis)
              + " in txid "
              + transaction.txid());
    }
    if (transaction.frames() != openFrames) {
      throw new IllegalArgumentException(
          "txid "
              + transaction.txid()
              + " has "
              + openFrames
              + " frames, not "
              + transaction.frames());
    }
    if (openFrames > 0 && transaction.pages() == 0) {
      throw new IllegalArgumentException("txid " + transaction.txid() + " has frames, but no page");
    }
    index.commit(transaction, transaction.txid() - lastTxid, millis - lastMillis);
    if (transactions == 0) {
      firstMillis = millis;
    }
    lastMillis = millis;
    lastTxid = transaction.txid();
    databasePages = transaction.databasePages();
    checksum = transaction.checksum();
    transactions++;
    openFrames = 0;
    if (index.openBytes() >= OPEN_OPS) {
      flushBlock();
    }
  }

  private void checkTxid(long txid) {
    boolean right =
        switch (header.kind()) {
          case SEGMENT, PACK -> txid == lastTxid + 1;
          case SNAPSHOT -> transactions == 0 && txid == header.firstTxid();
          case DELTA -> transactions == 0 && txid >= header.firstTxid();
        };
    if (!right) {
      throw new IllegalArgumentException(
          "txid " + txid + " after " + lastTxid + " in a " + header.kind());
    }
  }

  /** Returns the bytes handed to the stream so far; the open block is not among them. */
  public long bytesWritten() {
    return bytesWritten;
  }

  /** Returns the raw bytes that wait in the open block. */
  public long pendingBytes() {
    return block.length();
  }

  /**
   * Writes what is still open, the last index chunk and the footer.
   *
   * @throws IllegalStateException if a transaction is open or there is none
   */
  public SegmentSummary finish() throws IOException {
    usable();
    if (openFrames > 0 || transactions == 0) {
      throw new IllegalStateException(
          transactions + " transactions, then " + openFrames + " frames without a commit");
    }
    flushBlock();
    if (index.frames() > 0 || index.transactions() > 0) {
      writeChunk();
    }
    long length = bytesWritten + table.length() + SegmentFormat.FOOTER_FIXED_LENGTH;
    SegmentSummary summary =
        new SegmentSummary(
            header,
            lastTxid,
            transactions,
            frames,
            frames * pageSize,
            Instant.ofEpochMilli(firstMillis),
            Instant.ofEpochMilli(lastMillis),
            databasePages,
            checksum,
            digest.getAsLong(),
            length);
    byte[] footer = Footer.encode(table, summary);
    write(footer, footer.length);
    finished = true;
    return summary;
  }

  private void flushBlock() throws IOException {
    if (!headerWritten) {
      byte[] bytes = HeaderCodec.encode(header);
      writeDigested(bytes, bytes.length);
      headerWritten = true;
    }
    if (block.frames() > 0) {
      int length = writePart(SegmentFormat.BLOCK_MAGIC, block.array(), block.length());
      index.block(length, block.length(), block.frames(), patched);
      block.clear();
    } else {
      index.flushOpen();
    }
    if (index.ops().length() >= CHUNK_OPS
        || (index.blocks() >= chunkBlocks && index.rawBytes() >= chunkRawBytes)) {
      writeChunk();
    }
  }

  private void writeChunk() throws IOException {
    if (table.length() == SegmentFormat.MAX_CHUNKS * SegmentFormat.TABLE_ENTRY_LENGTH) {
      broken = true;
      throw new IllegalStateException("the object is too large for its block size");
    }
    if (index.ops().length() > SegmentFormat.MAX_INDEX_RAW) {
      broken = true;
      throw new IllegalStateException("an index chunk of " + index.ops().length() + " bytes");
    }
    long offset = bytesWritten;
    int length = writePart(SegmentFormat.INDEX_MAGIC, index.ops().array(), index.ops().length());
    Footer.encodeEntry(table, offset, length, index.blocks(), index.frames(), index.transactions());
    index.begin(bytesWritten, frames, openFrames, lastTxid, lastMillis);
    block.beginChunk();
  }

  private int writePart(int magic, byte[] raw, int rawLength) throws IOException {
    int bound = PartCodec.bound(rawLength);
    if (stored.length < bound) {
      stored = new byte[bound];
    }
    int length = PartCodec.encode(zstd, magic, raw, rawLength, stored);
    writeDigested(stored, length);
    return length;
  }

  private void writeDigested(byte[] bytes, int length) throws IOException {
    digest.putBytes(bytes, 0, length);
    write(bytes, length);
  }

  private void write(byte[] bytes, int length) throws IOException {
    broken = true;
    out.write(bytes, 0, length);
    broken = false;
    bytesWritten += length;
  }

  private void usable() {
    if (broken || finished || closed) {
      throw new IllegalStateException(
          broken ? "writing failed before" : finished ? "already finished" : "already closed");
    }
  }

  /** Frees native memory. Does not close the stream; an object that is not finished is useless. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      zstd.close();
      if (patched) {
        ContentPool.give(block);
      }
    }
  }
}
