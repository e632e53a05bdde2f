package dev.sidewal.restore;

import dev.sidewal.segment.BlockEntry;
import dev.sidewal.segment.ChunkPages;
import dev.sidewal.segment.IndexChunk;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Blocks that lie side by side in an object, and which of their page images are needed. Where
 * blocks build on each other these are all of an index chunk. Filled by one thread from the last
 * block to the first, then only read.
 */
final class BlockBatch {

  private static final int[] NONE = new int[0];

  /** Raw bytes in one batch, so that well compressed objects are decoded by several threads too. */
  private static final long MAX_RAW = 32L << 20;

  /** One block, and which of its frames are needed. */
  static final class Part {
    private final BlockEntry block;
    private final int[] frames;

    private Part(BlockEntry block, int[] frames) {
      this.block = block;
      this.frames = frames;
    }

    BlockEntry block() {
      return block;
    }

    /** Returns how many frames are needed; 0 if the block is only checked. */
    int needed() {
      return frames.length;
    }

    /** Returns the i-th frame that is needed; they ascend. */
    int frame(int i) {
      return frames[i];
    }
  }

  private final IndexChunk chunk;
  private final boolean inOrder;
  private final List<Part> parts = new ArrayList<>();
  private long first;
  private long end;
  private long raw;
  private int largestRaw;

  /**
   * Creates an empty one.
   *
   * @param inOrder whether the blocks of the chunk build on each other
   */
  BlockBatch(IndexChunk chunk, boolean inOrder) {
    this.chunk = chunk;
    this.inOrder = inOrder;
  }

  boolean isEmpty() {
    return parts.isEmpty();
  }

  /** Returns whether the next block to the left would make it too large. */
  boolean isFullFor(BlockEntry block, long maxBytes) {
    return !inOrder
        && !parts.isEmpty()
        && (end - block.offset() > maxBytes || raw + block.rawLength() > MAX_RAW);
  }

  /**
   * Adds the block to the left of the others.
   *
   * @param frames the frames that are needed, descending
   * @param count how many of them there are
   */
  void add(BlockEntry block, int[] frames, int count) {
    if (parts.isEmpty()) {
      end = block.end();
    }
    first = block.offset();
    raw += block.rawLength();
    if (count > 0) {
      largestRaw = Math.max(largestRaw, block.rawLength());
    }
    int[] ascending = count == 0 ? NONE : new int[count];
    for (int i = 0; i < count; i++) {
      ascending[i] = frames[count - 1 - i];
    }
    parts.add(new Part(block, ascending));
  }

  /** Returns the blocks, first to last. */
  List<Part> parts() {
    List<Part> forward = new ArrayList<>(parts);
    Collections.reverse(forward);
    return forward;
  }

  /** Returns whether a block need not be decompressed, but only checked. */
  boolean isOnlyChecked(Part part) {
    return part.needed() == 0 && (!inOrder || part.block().firstFrame() > lastNeeded());
  }

  /** Returns the last frame that is needed, -1 if none is. */
  private int lastNeeded() {
    // The parts go from the last block to the first.
    for (Part part : parts) {
      if (part.needed() > 0) {
        return part.frame(part.needed() - 1);
      }
    }
    return -1;
  }

  long pageNumber(int frame) {
    return chunk.pageNumber(frame);
  }

  /** Returns the offset of its first byte in the object. */
  long offset() {
    return first;
  }

  /** Returns its bytes in the object. */
  int length() {
    return Math.toIntExact(end - first);
  }

  /** Returns roughly how much memory working on it takes, its stored bytes apart. */
  long overhead() {
    long frames = parts.stream().mapToLong(p -> p.block().frames()).sum();
    long slots = inOrder && largestRaw > 0 ? Math.min(ChunkPages.MOST_KEPT_BYTES, raw) : 0;
    return largestRaw + slots + frames * 8 + parts.size() * 100L;
  }
}
