package dev.sidewal.restore;

import dev.sidewal.error.HistoryDamagedException;
import dev.sidewal.segment.BlockDecoder;
import dev.sidewal.segment.BlockEntry;
import dev.sidewal.segment.ChunkPages;
import dev.sidewal.segment.IndexChunk;
import dev.sidewal.segment.SegmentReader;
import dev.sidewal.segment.Transaction;
import dev.sidewal.segment.TransactionEnd;
import java.io.IOException;
import java.util.List;

/**
 * Walks through some transactions of one segment or pack in the order in which they were committed,
 * and reads no block that they do not need. Memory: that of a decoder, and one index chunk.
 */
final class ForwardWalk {

  private final SegmentReader reader;
  private final long from;
  private final long to;
  private final Sink sink;
  private long reached;

  /** Gets pages and transactions. */
  interface Sink {
    /** Gets the next page image of the transaction that the next commit ends. */
    void page(long page, byte[] bytes, int offset) throws IOException;

    /** Gets the end of a transaction. */
    void commit(Transaction transaction) throws IOException;
  }

  private ForwardWalk(SegmentReader reader, long from, long to, Sink sink) {
    this.reader = reader;
    this.from = from;
    this.to = to;
    this.sink = sink;
    this.reached = from - 1;
  }

  /** Hands over the transactions {@code from} to {@code to}, which the object must record. */
  static void walk(SegmentReader reader, long from, long to, Sink sink) throws IOException {
    new ForwardWalk(reader, from, to, sink).run();
  }

  private void run() throws IOException {
    try (BlockDecoder decoder = new BlockDecoder()) {
      for (int i = 0; i < reader.indexChunks() && reader.txidBefore(i) < to; i++) {
        boolean last = i + 1 == reader.indexChunks();
        // A transaction may have begun in the chunk before the one in which it ends.
        if (last || reader.txidBefore(i + 1) >= from - 1) {
          walk(reader.index(i, decoder), decoder);
        }
      }
    }
    if (reached != to) {
      throw new HistoryDamagedException(
          reader.name() + " does not record transaction " + to + ", which its name claims.");
    }
  }

  private void walk(IndexChunk chunk, BlockDecoder decoder) throws IOException {
    List<TransactionEnd> ends = chunk.transactions();
    int begin = chunk.txidBefore() >= from - 1 ? 0 : chunk.frames();
    int end = chunk.frames();
    int[] next = {0};
    for (int i = 0; i < ends.size(); i++) {
      long txid = ends.get(i).transaction().txid();
      if (txid < from) {
        next[0] = i + 1;
      }
      if (txid == from - 1) {
        begin = ends.get(i).endFrame();
      } else if (txid == to) {
        end = ends.get(i).endFrame();
      }
    }
    int first = begin;
    int behind = end;
    ChunkPages pages = new ChunkPages(reader, decoder);
    for (BlockEntry block : chunk.blocks()) {
      boolean isBefore = block.firstFrame() + block.frames() <= first;
      if (first >= behind
          || block.firstFrame() >= behind
          || (isBefore && !reader.blocksBuildOnEachOther())) {
        continue;
      }
      pages.read(
          block,
          (frame, bytes, offset) -> {
            if (frame >= first && frame < behind) {
              next[0] = commit(ends, next[0], frame);
              sink.page(chunk.pageNumber(frame), bytes, offset);
            }
          });
    }
    commit(ends, next[0], end);
  }

  /** Hands over the transactions that end at or before a frame; returns the one after them. */
  private int commit(List<TransactionEnd> ends, int from, int frame) throws IOException {
    int next = from;
    for (; next < ends.size() && ends.get(next).endFrame() <= frame; next++) {
      Transaction transaction = ends.get(next).transaction();
      if (transaction.txid() > to) {
        break;
      }
      sink.commit(transaction);
      reached = transaction.txid();
    }
    return next;
  }
}
