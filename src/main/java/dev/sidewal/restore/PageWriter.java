package dev.sidewal.restore;

import dev.sidewal.segment.BlockDecoder;
import dev.sidewal.segment.BlockEntry;
import dev.sidewal.segment.SegmentReader;
import java.io.IOException;

/**
 * Checks the blocks of a batch and writes the pages that are needed to their places. Safe for use
 * by several threads: no two batches write the same page.
 */
final class PageWriter {

  private final OutputFile output;
  private final int pageSize;

  PageWriter(OutputFile output, int pageSize) {
    this.output = output;
    this.pageSize = pageSize;
  }

  /**
   * Works on a batch.
   *
   * @param stored holds the batch's bytes from {@code offset}
   */
  void write(BlockBatch batch, SegmentReader reader, byte[] stored, int offset) throws IOException {
    byte[] raw = new byte[batch.largestRaw()];
    try (BlockDecoder decoder = new BlockDecoder()) {
      for (BlockBatch.Part part : batch.parts()) {
        BlockEntry block = part.block();
        int at = offset + Math.toIntExact(block.offset() - batch.offset());
        if (part.needed() == 0) {
          reader.check(block, stored, at);
        } else {
          reader.decode(block, stored, at, decoder, raw, 0);
          writePages(batch, part, raw);
        }
      }
    }
  }

  /** Writes pages that follow each other both in the block and in the file in one go. */
  private void writePages(BlockBatch batch, BlockBatch.Part part, byte[] raw) throws IOException {
    int last = 0;
    while (last < part.needed()) {
      long page = batch.pageNumber(part.frame(last));
      int i = last + 1;
      while (i < part.needed()
          && part.frame(i) == part.frame(i - 1) - 1
          && batch.pageNumber(part.frame(i)) == page - (i - last)) {
        i++;
      }
      int slot = part.frame(i - 1) - part.block().firstFrame();
      int count = i - last;
      output.write((page - count) * pageSize, raw, slot * pageSize, count * pageSize);
      last = i;
    }
  }
}
