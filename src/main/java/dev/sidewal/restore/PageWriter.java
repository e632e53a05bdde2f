package dev.sidewal.restore;

import dev.sidewal.segment.BlockDecoder;
import dev.sidewal.segment.BlockEntry;
import dev.sidewal.segment.ChunkPages;
import dev.sidewal.segment.SegmentReader;
import dev.sidewal.segment.SegmentSource;
import java.io.IOException;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;

/**
 * Checks the blocks of a batch and writes the pages that are needed to their places. Safe for use
 * by several threads: no two batches write the same page.
 */
final class PageWriter implements AutoCloseable {

  private static final int RUN_BYTES = 1 << 18;

  private final OutputFile output;
  private final int pageSize;
  private final int maxFetch;

  /** Those that no thread uses just now: their native state is dear. */
  private final Deque<BlockDecoder> decoders = new ConcurrentLinkedDeque<>();

  /**
   * Creates a writer.
   *
   * @param maxFetch how many bytes are fetched in one go, if a block is no longer than that
   */
  PageWriter(OutputFile output, int pageSize, int maxFetch) {
    this.output = output;
    this.pageSize = pageSize;
    this.maxFetch = maxFetch;
  }

  /** Works on a batch whose bytes are at hand. */
  void write(BlockBatch batch, SegmentReader reader, MemorySource source) throws IOException {
    BlockDecoder decoder = decoder();
    try {
      BatchRun run = new BatchRun(batch, reader, decoder);
      run.blocks(batch.parts(), source.bytes(), 0);
      run.flush();
    } finally {
      rest(decoder);
    }
  }

  /** Works on a batch whose bytes must be fetched. */
  void write(BlockBatch batch, SegmentReader reader, SegmentSource source) throws IOException {
    BlockDecoder decoder = decoder();
    try {
      BatchRun run = new BatchRun(batch, reader, decoder);
      List<BlockBatch.Part> parts = batch.parts();
      byte[] stored = new byte[0];
      int from = 0;
      while (from < parts.size()) {
        long first = parts.get(from).block().offset();
        int to = from + 1;
        while (to < parts.size() && parts.get(to).block().end() - first <= maxFetch) {
          to++;
        }
        int length = Math.toIntExact(parts.get(to - 1).block().end() - first);
        if (stored.length < length) {
          stored = new byte[length];
        }
        source.read(first, stored, 0, length);
        run.blocks(parts.subList(from, to), stored, first);
        from = to;
      }
      run.flush();
    } finally {
      rest(decoder);
    }
  }

  /**
   * Keeps a decoder for another batch, without the memory that counts as that of this batch: there
   * are as many decoders as threads, and the next batch comes to another one.
   */
  private void rest(BlockDecoder decoder) {
    decoder.shrink();
    decoders.push(decoder);
  }

  private BlockDecoder decoder() {
    BlockDecoder used = decoders.poll();
    return used == null ? new BlockDecoder() : used;
  }

  /** Frees native memory; nothing may be written any more. */
  @Override
  public void close() {
    for (BlockDecoder d = decoders.poll(); d != null; d = decoders.poll()) {
      d.close();
    }
  }

  /** The way through one batch; gathers pages that follow each other into one write. */
  private final class BatchRun {
    private final BlockBatch batch;
    private final SegmentReader reader;
    private final ChunkPages pages;
    private byte[] run = new byte[4 * pageSize];
    private int runPages;
    private long firstPage;
    private int next;

    BatchRun(BlockBatch batch, SegmentReader reader, BlockDecoder decoder) {
      this.batch = batch;
      this.reader = reader;
      this.pages = new ChunkPages(reader, decoder);
    }

    /** Takes blocks whose bytes are at hand; {@code start} is where those lie in the object. */
    void blocks(List<BlockBatch.Part> parts, byte[] stored, long start) throws IOException {
      for (BlockBatch.Part part : parts) {
        BlockEntry block = part.block();
        int at = Math.toIntExact(block.offset() - start);
        if (batch.isOnlyChecked(part)) {
          reader.check(block, stored, at);
        } else {
          next = 0;
          pages.decode(
              block, stored, at, (frame, bytes, offset) -> page(part, frame, bytes, offset));
        }
      }
    }

    private void page(BlockBatch.Part part, int frame, byte[] bytes, int offset)
        throws IOException {
      if (next == part.needed() || part.frame(next) != frame) {
        return;
      }
      next++;
      long page = batch.pageNumber(frame);
      if (runPages > 0 && (page != firstPage + runPages || (runPages + 1) * pageSize > RUN_BYTES)) {
        flush();
      }
      if (runPages == 0) {
        firstPage = page;
      }
      if ((runPages + 1) * pageSize > run.length) {
        run = java.util.Arrays.copyOf(run, Math.min(Math.max(RUN_BYTES, pageSize), run.length * 4));
      }
      System.arraycopy(bytes, offset, run, runPages * pageSize, pageSize);
      runPages++;
    }

    void flush() throws IOException {
      if (runPages > 0) {
        output.write((firstPage - 1) * pageSize, run, 0, runPages * pageSize);
        runPages = 0;
      }
    }
  }
}
