package dev.sidewal.segment;

import java.io.IOException;
import java.util.Objects;
import java.util.Optional;

/**
 * Takes the blocks of one index chunk apart into page images.
 *
 * <p>Where {@link SegmentReader#blocksBuildOnEachOther}, an image may be kept as what differs from
 * one in an earlier block of the chunk: then blocks must be taken in order from the chunk's first
 * on, none left out; those behind the last that is needed need not be taken. Else any block can be
 * taken alone. Not thread-safe, and one at a time for each decoder.
 */
public final class ChunkPages {

  /** The most bytes of earlier images that are kept for those that build on them. */
  public static final int MOST_KEPT_BYTES = SegmentFormat.SLOT_BYTES;

  private final SegmentReader reader;
  private final BlockDecoder decoder;
  private final BlockPages pages;
  private final boolean inOrder;
  private int nextFrame;

  /** Gets page images, in order. */
  @FunctionalInterface
  public interface Sink {
    /**
     * Gets one image.
     *
     * @param frame its ordinal within the chunk, from 0
     * @param bytes holds it from {@code offset} on; overwritten when this returns
     */
    void page(int frame, byte[] bytes, int offset) throws IOException;
  }

  /**
   * Begins with a chunk.
   *
   * @param decoder the calling thread's
   */
  public ChunkPages(SegmentReader reader, BlockDecoder decoder) {
    this.reader = Objects.requireNonNull(reader, "reader");
    this.decoder = Objects.requireNonNull(decoder, "decoder");
    int pageSize = reader.summary().header().pageSize();
    inOrder = reader.blocksBuildOnEachOther();
    pages =
        new BlockPages(
            reader.name(),
            pageSize,
            inOrder ? Optional.of(decoder.slots(pageSize)) : Optional.empty());
    pages.beginChunk();
  }

  /** Fetches, checks and takes a block apart. */
  public void read(BlockEntry block, Sink sink) throws IOException {
    byte[] stored = decoder.stored(block.storedLength());
    reader.fetch(block, stored);
    decode(block, stored, 0, sink);
  }

  /**
   * Checks and takes a block apart whose stored bytes the caller has fetched.
   *
   * @param stored holds the block's {@code storedLength} bytes, header included, from {@code
   *     offset}
   * @throws IllegalStateException if an earlier block was left out that this one may build on
   */
  public void decode(BlockEntry block, byte[] stored, int offset, Sink sink) throws IOException {
    if (inOrder && block.firstFrame() != nextFrame) {
      throw new IllegalStateException(
          "frame " + block.firstFrame() + " after " + nextFrame + " of a chunk");
    }
    byte[] raw = decoder.raw(block.rawLength());
    reader.decode(block, stored, offset, decoder, raw, 0);
    int count =
        pages.next(
            block.offset(),
            raw,
            block.rawLength(),
            (slot, bytes, at) -> {
              if (slot >= block.frames()) {
                throw wrongCount(block);
              }
              sink.page(block.firstFrame() + slot, bytes, at);
            });
    if (count != block.frames()) {
      throw wrongCount(block);
    }
    nextFrame = block.firstFrame() + block.frames();
  }

  private RuntimeException wrongCount(BlockEntry block) {
    return Damage.damaged(
        reader.name(),
        "the block at byte "
            + block.offset()
            + " does not hold the "
            + block.frames()
            + " page images that its index says");
  }
}
