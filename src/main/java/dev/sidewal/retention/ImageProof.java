package dev.sidewal.retention;

import dev.sidewal.error.HistoryDamagedException;
import dev.sidewal.replica.HistoryReader;
import dev.sidewal.replica.ObjectGoneException;
import dev.sidewal.replica.StoredObject;
import dev.sidewal.segment.SegmentReader;
import dev.sidewal.segment.SegmentSummary;
import dev.sidewal.store.ObjectStore;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Opens what retention relies on: header, footer and length are as they must be, and a delta is one
 * on its base. Two or three requests an object, or every byte of it where what relies on it is
 * deleted for good; what was proved once is not looked at again, because objects never change. Not
 * thread-safe.
 */
final class ImageProof {

  private final ObjectStore store;
  private final boolean everyByte;
  private final Set<String> proved = new HashSet<>();

  /**
   * Creates a proof.
   *
   * @param everyByte whether every byte is read
   */
  ImageProof(ObjectStore store, boolean everyByte) {
    this.store = store;
    this.everyByte = everyByte;
  }

  /** Forgets what is not asked for any more. */
  void forgetAllBut(Set<String> keys) {
    proved.retainAll(keys);
  }

  /**
   * Proves the objects that make an image, or a pack.
   *
   * @return what is wrong, naming the object; empty if nothing
   * @throws dev.sidewal.error.StoreException if the store is unreachable or refuses
   */
  Optional<String> fault(List<StoredObject> chain, UUID replicaId) {
    if (chain.stream().allMatch(o -> proved.contains(o.key()))) {
      return Optional.empty();
    }
    Optional<SegmentSummary> base = Optional.empty();
    for (StoredObject object : chain) {
      try {
        SegmentReader reader = HistoryReader.open(store, object, replicaId);
        SegmentSummary summary = reader.summary();
        if (everyByte && !proved.contains(object.key())) {
          reader.verifyAll();
        }
        boolean builds =
            base.isEmpty()
                || (summary.header().baseChecksum() == base.get().checksum()
                    && summary.header().basePages() == base.get().databasePages());
        if (!builds) {
          return Optional.of(object.key() + " is a delta on another state than its base holds");
        }
        base = Optional.of(summary);
      } catch (HistoryDamagedException | ObjectGoneException e) {
        return Optional.of(e.getMessage());
      } catch (IOException e) {
        return Optional.of(object.key() + " cannot be read: " + e);
      }
    }
    chain.forEach(o -> proved.add(o.key()));
    return Optional.empty();
  }
}
