package dev.sidewal.agent;

import dev.sidewal.error.HistoryDamagedException;
import dev.sidewal.error.StoreException;
import dev.sidewal.fault.CrashPoint;
import dev.sidewal.replica.HistoryObject;
import dev.sidewal.replica.HistoryPublisher;
import dev.sidewal.replica.ObjectGoneException;
import dev.sidewal.replica.StoredObjectSource;
import dev.sidewal.segment.FileSegmentSource;
import dev.sidewal.segment.SegmentReader;
import dev.sidewal.segment.SegmentSummary;
import dev.sidewal.store.ObjectInfo;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.Payload;
import dev.sidewal.store.PutOutcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.UUID;

/**
 * Puts packs into the store, and makes sure that they are there.
 *
 * <p>Invariant: {@link #put} returns only when the store holds, under the pack's name, an object
 * with the very transactions of the pack: the pack itself, by its length and its last bytes, in
 * which footer and digest lie; or one that an earlier life put, every byte of which was read and
 * checked. Nothing is overwritten. Safe for use by several threads.
 */
final class PackUpload {

  private static final int TAIL_BYTES = 1 << 16;

  private final ObjectStore store;
  private final UUID replicaId;

  PackUpload(ObjectStore store, UUID replicaId) {
    this.store = store;
    this.replicaId = replicaId;
  }

  /**
   * Puts a pack that is complete on local disk.
   *
   * @return the length of the object in the store
   * @throws StoreException if the store is unreachable or refuses
   * @throws HistoryDamagedException if the store does not have it, and will not: there is something
   *     else in its place, or the replica is gone
   * @throws IOException if the local file fails
   */
  long put(HistoryObject name, Path file) throws IOException {
    // An emptied replica must stay empty: a pack alone would be the ruin of one.
    if (!new HistoryPublisher(store, name.generation()).isClaimedIn(replicaId)) {
      throw new HistoryDamagedException(
          store.location()
              + " is not, or no longer, the replica to which "
              + name
              + " belongs; it is not put there.");
    }
    CrashPoint.PACK_BEFORE.reached();
    PutOutcome outcome = store.putIfAbsent(name.key(), Payload.of(file));
    CrashPoint.PACK_PUT.reached();
    try (FileSegmentSource ours = new FileSegmentSource(file)) {
      ObjectInfo there =
          store
              .head(name.key())
              .orElseThrow(
                  () ->
                      new StoreException(
                          store.location() + " took " + name + " and does not have it.",
                          true,
                          null));
      StoredObjectSource theirs = new StoredObjectSource(store, name.key(), there.size());
      boolean same =
          there.size() == ours.length()
              && Arrays.equals(tail(ours, ours.length()), stored(theirs, ours.length()));
      if (!same && outcome == PutOutcome.ALREADY_EXISTS) {
        same = holdsTheSame(ours, theirs);
      }
      if (!same) {
        throw new HistoryDamagedException(
            name
                + " in "
                + store.location()
                + " is not what it should be: it was there before with other transactions, or does"
                + " not read back as it was written. The segments that it should replace stay.");
      }
      CrashPoint.PACK_VERIFIED.reached();
      return there.size();
    }
  }

  private static byte[] tail(FileSegmentSource source, long length) throws IOException {
    byte[] bytes = new byte[(int) Math.min(TAIL_BYTES, length)];
    source.read(length - bytes.length, bytes, 0, bytes.length);
    return bytes;
  }

  private static byte[] stored(StoredObjectSource source, long length) {
    byte[] bytes = new byte[(int) Math.min(TAIL_BYTES, length)];
    try {
      source.read(length - bytes.length, bytes, 0, bytes.length);
      return bytes;
    } catch (ObjectGoneException e) {
      throw new StoreException(e.getMessage() + ".", true, e);
    } catch (IOException e) {
      throw new StoreException("Reading " + source.name() + " failed: " + e, true, e);
    }
  }

  /** Returns whether an object in the store is whole, and has the transactions of ours. */
  private static boolean holdsTheSame(FileSegmentSource ours, StoredObjectSource theirs)
      throws IOException {
    SegmentReader own = SegmentReader.open(ours);
    byte[] wanted = transactions(own);
    try {
      SegmentReader other = SegmentReader.open(theirs);
      SegmentSummary a = own.summary();
      SegmentSummary b = other.summary();
      boolean same =
          a.header().equals(b.header())
              && a.lastTxid() == b.lastTxid()
              && a.databasePages() == b.databasePages()
              && a.checksum() == b.checksum()
              && Arrays.equals(wanted, transactions(other));
      if (same) {
        other.verifyAll();
      }
      return same;
    } catch (HistoryDamagedException e) {
      return false;
    } catch (IOException e) {
      throw new StoreException("Reading " + theirs.name() + " failed: " + e, true, e);
    }
  }

  /** Returns a digest of all that is recorded of the transactions. */
  private static byte[] transactions(SegmentReader reader) throws IOException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
    reader.forEachTransaction(
        t -> {
          digest.update((t.toString() + "\n").getBytes(StandardCharsets.UTF_8));
        });
    return digest.digest();
  }
}
