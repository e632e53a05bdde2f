package dev.sidewal.restore;

import dev.sidewal.error.HistoryDamagedException;
import dev.sidewal.replica.HistoryObject;
import dev.sidewal.replica.StoredObject;
import dev.sidewal.replica.StoredObjectSource;
import dev.sidewal.replica.TimelineObject;
import dev.sidewal.segment.SegmentHeader;
import dev.sidewal.segment.SegmentReader;
import dev.sidewal.segment.SegmentSource;
import dev.sidewal.segment.SegmentSummary;
import dev.sidewal.segment.Transaction;
import dev.sidewal.segment.TransactionEnd;
import dev.sidewal.store.ObjectStore;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;

/** Opens history objects and looks transactions up in them. */
final class IndexLookup {

  private IndexLookup() {}

  /** Opens a stored object and proves that it is what its name says. */
  static SegmentReader open(ObjectStore store, StoredObject object, UUID replicaId)
      throws IOException {
    return open(object, new StoredObjectSource(store, object), replicaId);
  }

  /** Opens an object whose bytes are at hand and proves that it is what its name says. */
  static SegmentReader open(StoredObject object, SegmentSource source, UUID replicaId)
      throws IOException {
    SegmentReader reader = SegmentReader.open(source);
    SegmentSummary summary = reader.summary();
    SegmentHeader header = summary.header();
    HistoryObject name = object.name();
    require(object, header.replicaId().equals(replicaId), "replica " + header.replicaId());
    require(object, header.kind() == name.kind(), "a " + header.kind());
    require(object, header.generation() == name.generation(), "generation " + header.generation());
    require(
        object,
        header.firstTxid() == name.firstTxid() && summary.lastTxid() == name.lastTxid(),
        "transactions " + header.firstTxid() + " to " + summary.lastTxid());
    require(
        object,
        summary.firstTime().equals(name.firstTime()) && summary.lastTime().equals(name.lastTime()),
        "times " + summary.firstTime() + " to " + summary.lastTime());
    return reader;
  }

  private static void require(StoredObject object, boolean same, String content) {
    if (!same) {
      throw new HistoryDamagedException(
          object.key()
              + " does not hold what its name says, but "
              + content
              + ": it was renamed or copied there.");
    }
  }

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
