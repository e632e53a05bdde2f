package dev.sidewal.restore;

import dev.sidewal.segment.BlockEntry;
import dev.sidewal.segment.IndexChunk;
import java.util.ArrayList;
import java.util.List;

/**
 * Blocks that lie side by side in an object, and which of their page images are needed. Filled by
 * one thread from the last block to the first, then only read.
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

    /** Returns the i-th frame that is needed; they descend. */
    int frame(int i) {
      return frames[i];
    }
  }

  private final IndexChunk chunk;
  private final List<Part> parts = new ArrayList<>();
  private long first;
  private long end;
  private long raw;
  private int largestRaw;

  BlockBatch(IndexChunk chunk) {
    this.chunk = chunk;
  }

  boolean isEmpty() {
    return parts.isEmpty();
  }

  /** Returns whether the next block to the left would make it too large. */
  boolean isFullFor(BlockEntry block, long maxBytes) {
    return !parts.isEmpty()
        && (end - block.offset() > maxBytes || raw + block.rawLength() > MAX_RAW);
  }

  /** Adds the block to the left of the others. */
  void add(BlockEntry block, int[] frames, int count) {
    if (parts.isEmpty()) {
      end = block.end();
    }
    first = block.offset();
    raw += block.rawLength();
    if (count > 0) {
      largestRaw = Math.max(largestRaw, block.rawLength());
    }
    parts.add(new Part(block, count == 0 ? NONE : java.util.Arrays.copyOf(frames, count)));
  }

  List<Part> parts() {
    return parts;
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

  /** Returns the raw bytes of its largest block that must be decompressed; 0 if none must. */
  int largestRaw() {
    return largestRaw;
  }

  /** Returns roughly how much memory working on it takes, its stored bytes apart. */
  long overhead() {
    long frames = parts.stream().mapToLong(p -> p.block().frames()).sum();
    return largestRaw + frames * 8 + parts.size() * 100L;
  }
}
