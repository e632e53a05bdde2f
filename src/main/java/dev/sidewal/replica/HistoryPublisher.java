package dev.sidewal.replica;

import dev.sidewal.error.HistoryDamagedException;
import dev.sidewal.error.StoreException;
import dev.sidewal.error.SupersededException;
import dev.sidewal.segment.SegmentReader;
import dev.sidewal.segment.SegmentSummary;
import dev.sidewal.store.ObjectInfo;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.Payload;
import dev.sidewal.store.PutOutcome;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;

/**
 * Writes history objects of one generation.
 *
 * <p>Invariant: an object is never overwritten. When one is there already, it is this writer's own
 * only if every byte is the same: the reply to an earlier, successful write was lost. Anything else
 * was written by another agent, and this one must stop. Safe for use by several threads.
 */
public final class HistoryPublisher {

  private static final int COMPARE_BYTES = 4 << 20;

  private final ObjectStore store;
  private final long generation;

  /** Creates a publisher for a generation that was claimed. */
  public HistoryPublisher(ObjectStore store, long generation) {
    this.store = store;
    this.generation = generation;
  }

  /**
   * Writes one object; returns when it is durable.
   *
   * @throws SupersededException if another agent wrote an object of that name
   * @throws StoreException if the store is unreachable or refuses
   */
  public void publish(HistoryObject name, Payload payload) {
    String key = name.key();
    if (store.putIfAbsent(key, payload) == PutOutcome.ALREADY_EXISTS && !isSame(key, payload)) {
      throw otherContent(key);
    }
  }

  /**
   * Looks at an object in the store, and proves that it is the one that was written: its length,
   * its header and its footer, which has the digest of all bytes.
   *
   * @throws SupersededException if it is another one
   * @throws HistoryDamagedException if it is gone, or not whole
   * @throws StoreException if the store is unreachable or refuses
   */
  public void prove(HistoryObject name, SegmentSummary written) {
    String key = name.key();
    try {
      long length = store.head(key).orElseThrow(() -> gone(key)).size();
      if (length != written.length()
          || !SegmentReader.open(new StoredObjectSource(store, key, length))
              .summary()
              .equals(written)) {
        throw otherContent(key);
      }
    } catch (ObjectGoneException e) {
      throw gone(key);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private SupersededException otherContent(String key) {
    return new SupersededException(
        "Another agent writes to the same generation of "
            + store.location()
            + ": "
            + key
            + " is there with other content. This agent stops; nothing was overwritten. Make sure"
            + " that only one agent replicates to this replica, then start it again.");
  }

  private HistoryDamagedException gone(String key) {
    return new HistoryDamagedException(
        key
            + " in "
            + store.location()
            + " was there a moment ago and is gone. Something deletes objects of the history:"
            + " look for lifecycle rules and scripts on the bucket.");
  }

  private boolean isSame(String key, Payload payload) {
    Optional<ObjectInfo> there;
    try {
      there = store.head(key);
      if (there.isPresent() && there.get().size() != payload.length()) {
        return false;
      }
      if (there.isPresent()) {
        return isSame(new StoredObjectSource(store, key, there.get().size()), payload);
      }
    } catch (ObjectGoneException e) {
      there = Optional.empty();
    } catch (StoreException e) {
      throw new StoreException(
          "Cannot tell whether " + key + " in the store is this agent's own: " + e.getMessage(),
          e.retriable(),
          e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    throw gone(key);
  }

  /** Compares byte for byte; a stream from the store that breaks off goes on where it broke. */
  private static boolean isSame(StoredObjectSource theirs, Payload payload) throws IOException {
    byte[] a = new byte[(int) Math.min(COMPARE_BYTES, Math.max(1, theirs.length()))];
    byte[] b = new byte[a.length];
    try (InputStream ours = payload.open()) {
      for (long at = 0; at < theirs.length(); at += a.length) {
        int n = (int) Math.min(a.length, theirs.length() - at);
        theirs.read(at, b, 0, n);
        if (ours.readNBytes(a, 0, n) != n || !Arrays.equals(a, 0, n, b, 0, n)) {
          return false;
        }
      }
      return ours.read() < 0;
    }
  }

  /**
   * Asks the store whether a newer generation was claimed.
   *
   * @throws SupersededException if so
   * @throws StoreException if the store is unreachable or refuses
   */
  public void checkNotSuperseded() {
    String next = Generations.manifestKey(generation + 1);
    if (store.head(next).isPresent()) {
      throw superseded(store, generation + 1);
    }
  }

  /**
   * Asks the store whether this generation's claim is still there.
   *
   * @throws HistoryDamagedException if it is not: the replica was emptied, or another one put in
   *     its place
   * @throws StoreException if the store is unreachable or refuses
   */
  public void checkClaimIsThere() {
    String own = Generations.manifestKey(generation);
    if (store.head(own).isEmpty()) {
      throw new HistoryDamagedException(
          own
              + ", the claim of this agent, is gone from "
              + store.location()
              + ": the replica was emptied. What it held cannot be restored; look for lifecycle"
              + " rules and scripts on the bucket.");
    }
  }

  /**
   * Returns whether this generation was claimed in a replica.
   *
   * @throws StoreException if the store is unreachable or refuses
   * @throws HistoryDamagedException if the claim cannot be read
   */
  public boolean isClaimedIn(UUID replicaId) {
    String own = Generations.manifestKey(generation);
    Optional<InputStream> there = store.get(own, 0, GenerationManifest.MAX_BYTES);
    if (there.isEmpty()) {
      return false;
    }
    try (InputStream in = there.get()) {
      return GenerationManifest.parse(in.readAllBytes(), own).replicaId().equals(replicaId);
    } catch (IOException e) {
      throw new StoreException("Reading " + own + " of " + store.location() + " failed", true, e);
    }
  }

  /** Returns the failure that another agent has claimed a newer generation. */
  public static SupersededException superseded(ObjectStore store, long newer) {
    return new SupersededException(
        "Another agent has taken over "
            + store.location()
            + " with generation "
            + Generations.name(newer)
            + ". This agent stops: what it ships from now on would be fenced and never restored by"
            + " default. If both are meant to run, give each a replica of its own.");
  }
}
