package dev.sidewal.restore;

import dev.sidewal.error.HistoryDamagedException;
import dev.sidewal.replica.TimelineObject;
import dev.sidewal.segment.SegmentReader;
import dev.sidewal.segment.Transaction;
import dev.sidewal.segment.TransactionEnd;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;

/** Looks transactions up in history objects. */
final class IndexLookup {

  private IndexLookup() {}

  /** Returns one transaction as an object records it. */
  static Transaction transaction(SegmentReader reader, long txid) throws IOException {
    int chunk = 0;
    while (chunk + 1 < reader.indexChunks() && reader.txidBefore(chunk + 1) < txid) {
      chunk++;
    }
    for (TransactionEnd end : reader.index(chunk).transactions()) {
      if (end.transaction().txid() == txid) {
        return end.transaction();
      }
    }
    throw new HistoryDamagedException(
        reader.name() + " does not record transaction " + txid + ", which its name claims.");
  }

  /**
   * Returns the last valid transaction of an object at or before a time; empty if all are later.
   */
  static OptionalLong lastAt(SegmentReader reader, TimelineObject object, Instant time)
      throws IOException {
    for (int chunk = reader.indexChunks() - 1; chunk >= 0; chunk--) {
      List<TransactionEnd> ends = reader.index(chunk).transactions();
      for (int i = ends.size() - 1; i >= 0; i--) {
        Transaction t = ends.get(i).transaction();
        if (t.txid() < object.first()) {
          return OptionalLong.empty();
        }
        if (t.txid() <= object.last() && !t.time().isAfter(time)) {
          return OptionalLong.of(t.txid());
        }
      }
    }
    return OptionalLong.empty();
  }
}
