package dev.sidewal.replica;

import dev.sidewal.error.HistoryDamagedException;
import dev.sidewal.segment.SegmentHeader;
import dev.sidewal.segment.SegmentReader;
import dev.sidewal.segment.SegmentSource;
import dev.sidewal.segment.SegmentSummary;
import dev.sidewal.store.ObjectStore;
import java.io.IOException;
import java.util.UUID;

/** Opens history objects and proves that they are what their names say. */
public final class HistoryReader {

  private HistoryReader() {}

  /**
   * Opens a stored object: its header, its footer and its length are as they must be.
   *
   * @throws ObjectGoneException if it is not there any more, or is shorter than it was listed
   * @throws HistoryDamagedException if it is damaged, or another one than its name says
   * @throws dev.sidewal.error.StoreException if the store is unreachable or refuses
   */
  public static SegmentReader open(ObjectStore store, StoredObject object, UUID replicaId)
      throws IOException {
    return open(object, new StoredObjectSource(store, object), replicaId);
  }

  /** Opens an object whose bytes are at hand and proves that it is what its name says. */
  public static SegmentReader open(StoredObject object, SegmentSource source, UUID replicaId)
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
}
