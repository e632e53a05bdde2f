package dev.sidewal.segment;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.function.LongConsumer;

/**
 * Reads one history object. Safe for use by several threads: nothing in it changes once it is open.
 *
 * <p>Opening reads the tail (the footer lies there, and of a small object everything) and the
 * header. Index chunks and blocks are read when asked for and not kept.
 *
 * <p>Every method throws {@link dev.sidewal.error.HistoryDamagedException} naming the source if the
 * bytes it read are not what a writer wrote, its subtype {@link
 * dev.sidewal.error.UnsupportedFormatException} if a newer version wrote them, and {@link
 * IOException} only if the source did: that says nothing about the object.
 *
 * <p>Invariant: no length read from the object is used before it was held against the limits of
 * {@link SegmentFormat} and against the object's real length.
 */
public final class SegmentReader {

  /** How much of the object's end is read with the first request. */
  private static final int TAIL_BYTES = 1 << 16;

  private final SegmentSource source;
  private final byte[] tail;
  private final long tailStart;
  private final Footer footer;

  private SegmentReader(SegmentSource source, byte[] tail, long tailStart, Footer footer) {
    this.source = source;
    this.tail = tail;
    this.tailStart = tailStart;
    this.footer = footer;
  }

  /** Gets transactions, first to last. */
  @FunctionalInterface
  public interface TransactionAction {
    /** Gets the next transaction; a failure ends the walk. */
    void accept(Transaction transaction) throws IOException;
  }

  /** Opens an object: reads and checks its header and its footer, nothing else. */
  public static SegmentReader open(SegmentSource source) throws IOException {
    String name = source.name();
    long length = source.length();
    int least = SegmentFormat.HEADER_LENGTH + SegmentFormat.FOOTER_FIXED_LENGTH;
    if (length < least) {
      throw Damage.damaged(name, "its " + length + " bytes are too few for an object of Sidewal");
    }
    int tailLength = (int) Math.min(TAIL_BYTES, length);
    byte[] tail = new byte[tailLength];
    source.read(length - tailLength, tail, 0, tailLength);
    byte[] head = tail;
    if (tailLength < length) {
      head = new byte[SegmentFormat.HEADER_LENGTH];
      source.read(0, head, 0, head.length);
    }
    SegmentHeader header = HeaderCodec.decode(name, head, 0);
    int footerLength =
        Footer.length(name, tail, tailLength - SegmentFormat.FOOTER_FIXED_LENGTH, length);
    byte[] bytes = tail;
    int offset = tailLength - footerLength;
    if (offset < 0) {
      bytes = new byte[footerLength];
      offset = 0;
      source.read(length - footerLength, bytes, 0, footerLength);
    }
    Footer footer =
        Footer.decode(
            name, HeaderCodec.version(head, 0), header, bytes, offset, footerLength, length);
    return new SegmentReader(source, tail, length - tailLength, footer);
  }

  /** Returns what the header and the footer say. */
  public SegmentSummary summary() {
    return footer.summary();
  }

  /** Returns the object's name for messages. */
  public String name() {
    return source.name();
  }

  /** Returns the format version in which the object was written, 1 or more. */
  public int version() {
    return footer.version();
  }

  /**
   * Returns whether a page image may be kept as what differs from one in an earlier block of its
   * index chunk, so that the blocks of a chunk must be decoded in order: see {@link ChunkPages}.
   */
  public boolean blocksBuildOnEachOther() {
    return footer.isPatched();
  }

  /** Returns how many index chunks the object has, 1 or more. */
  public int indexChunks() {
    return footer.chunks();
  }

  /** Returns how many frames an index chunk describes; it is not read for that. */
  public long chunkFrames(int chunk) {
    return footer.frames(chunk);
  }

  /** Returns how many transactions end in an index chunk; it is not read for that. */
  public long chunkTransactions(int chunk) {
    return footer.transactions(chunk);
  }

  /**
   * Returns the last transaction that ended before an index chunk (first txid - 1 if none did); it
   * is not read for that. A chunk for which this is at or above a target holds nothing for the
   * target.
   */
  public long txidBefore(int chunk) {
    return footer.txidBefore(chunk);
  }

  /** Reads and checks one index chunk, numbered from 0. */
  public IndexChunk index(int chunk) throws IOException {
    try (BlockDecoder decoder = new BlockDecoder()) {
      return index(chunk, decoder);
    }
  }

  /** Reads and checks one index chunk, numbered from 0, with the calling thread's decoder. */
  public IndexChunk index(int chunk, BlockDecoder decoder) throws IOException {
    Objects.checkIndex(chunk, footer.chunks());
    int length = footer.length(chunk);
    byte[] stored = decoder.stored(length);
    readAt(footer.offset(chunk), stored, length);
    return decodeIndex(chunk, decoder, stored, 0);
  }

  /** Checks and reads an index chunk whose bytes are at hand. */
  IndexChunk decodeIndex(int chunk, BlockDecoder decoder, byte[] stored, int offset) {
    int length = footer.length(chunk);
    long position = footer.offset(chunk);
    int rawLength =
        ByteBuffer.wrap(stored).getInt(offset + SegmentFormat.PartField.RAW_LENGTH.at());
    if (rawLength < 1 || rawLength > SegmentFormat.MAX_INDEX_RAW) {
      throw Damage.damaged(
          name(),
          "the index chunk at byte "
              + position
              + " claims "
              + Integer.toUnsignedString(rawLength)
              + " raw bytes");
    }
    PartCodec.check(name(), SegmentFormat.INDEX_MAGIC, position, rawLength, stored, offset, length);
    byte[] raw = new byte[rawLength];
    PartCodec.decompress(
        name(),
        decoder.zstd(),
        SegmentFormat.INDEX_MAGIC,
        position,
        stored,
        offset,
        length,
        raw,
        0,
        rawLength);
    return IndexParser.parse(name(), footer, chunk, raw, rawLength);
  }

  /**
   * Checks and decompresses a block whose stored bytes were fetched.
   *
   * @param stored holds the block's {@code storedLength} bytes, header included, from {@code
   *     offset}
   * @param target gets the block's {@code rawLength} bytes from {@code targetOffset}
   */
  void decode(
      BlockEntry block,
      byte[] stored,
      int offset,
      BlockDecoder decoder,
      byte[] target,
      int targetOffset) {
    Objects.checkFromIndexSize(targetOffset, block.rawLength(), target.length);
    check(block, stored, offset);
    PartCodec.decompress(
        name(),
        decoder.zstd(),
        SegmentFormat.BLOCK_MAGIC,
        block.offset(),
        stored,
        offset,
        block.storedLength(),
        target,
        targetOffset,
        block.rawLength());
  }

  /** Checks the header and the CRC32C of a block whose stored bytes the caller has fetched. */
  public void check(BlockEntry block, byte[] stored, int offset) {
    Objects.checkFromIndexSize(offset, block.storedLength(), stored.length);
    PartCodec.check(
        name(),
        SegmentFormat.BLOCK_MAGIC,
        block.offset(),
        block.rawLength(),
        stored,
        offset,
        block.storedLength());
  }

  /** Fetches the stored bytes of a block. */
  void fetch(BlockEntry block, byte[] target) throws IOException {
    readAt(block.offset(), target, block.storedLength());
  }

  /** Fetches one block and checks its header and CRC32C with the calling thread's decoder. */
  public void checkBlock(BlockEntry block, BlockDecoder decoder) throws IOException {
    byte[] stored = decoder.stored(block.storedLength());
    fetch(block, stored);
    check(block, stored, 0);
  }

  /** Hands over every transaction, first to last; reads the index chunks, but no block. */
  public void forEachTransaction(TransactionAction action) throws IOException {
    ChunkChain chain = new ChunkChain(name());
    try (BlockDecoder decoder = new BlockDecoder()) {
      for (int i = 0; i < footer.chunks(); i++) {
        IndexChunk chunk = index(i, decoder);
        chain.follow(chunk);
        for (TransactionEnd end : chunk.transactions()) {
          action.accept(end.transaction());
        }
      }
    }
  }

  /** Hands over every page image and every transaction, in the order in which they were written. */
  public void forEachPage(SegmentVisitor visitor) throws IOException {
    ChunkChain chain = new ChunkChain(name());
    try (BlockDecoder decoder = new BlockDecoder()) {
      for (int i = 0; i < footer.chunks(); i++) {
        IndexChunk chunk = index(i, decoder);
        chain.follow(chunk);
        ChunkPages pages = new ChunkPages(this, decoder);
        List<TransactionEnd> ends = chunk.transactions();
        int[] end = {visitEnds(visitor, ends, 0, 0)};
        for (BlockEntry block : chunk.blocks()) {
          pages.read(
              block,
              (frame, bytes, offset) -> {
                visitor.page(chunk.pageNumber(frame), bytes, offset);
                end[0] = visitEnds(visitor, ends, end[0], frame + 1);
              });
        }
      }
    }
  }

  private static int visitEnds(
      SegmentVisitor visitor, List<TransactionEnd> ends, int from, int frame) throws IOException {
    int next = from;
    while (next < ends.size()) {
      TransactionEnd end = ends.get(next);
      if (end.endFrame() != frame) {
        break;
      }
      visitor.commit(end.transaction());
      next++;
    }
    return next;
  }

  /** Does {@link #verifyAll(LongConsumer)} without telling how far it is. */
  public void verifyAll() throws IOException {
    verifyAll(bytes -> {});
  }

  /**
   * Proves that the object is whole: reads every byte once, front to back, and checks that the
   * parts tile it, every CRC32C, that every block decompresses to what the index says, that the
   * index agrees with itself and the footer, and the digest. Memory: two parts and an index chunk.
   *
   * @param progress gets the bytes verified so far, after each part
   */
  public void verifyAll(LongConsumer progress) throws IOException {
    verifyAll(progress, VerifiedParts.NONE);
  }

  /**
   * Does {@link #verifyAll(LongConsumer)}, and hands over what it meets on the way.
   *
   * @param parts gets every block and every index chunk, after it was checked
   */
  public void verifyAll(LongConsumer progress, VerifiedParts parts) throws IOException {
    try (BlockDecoder decoder = new BlockDecoder()) {
      new SegmentVerifier(this, source, footer, decoder).verify(progress, parts);
    }
  }

  private void readAt(long position, byte[] target, int length) throws IOException {
    if (position >= tailStart) {
      System.arraycopy(tail, (int) (position - tailStart), target, 0, length);
    } else {
      source.read(position, target, 0, length);
    }
  }

  @Override
  public String toString() {
    return "SegmentReader[" + name() + "]";
  }
}
