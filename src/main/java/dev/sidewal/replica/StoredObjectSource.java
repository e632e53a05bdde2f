package dev.sidewal.replica;

import dev.sidewal.error.StoreException;
import dev.sidewal.segment.SegmentSource;
import dev.sidewal.store.ObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The bytes of an object in a store. A stream that breaks off is resumed where it broke, and a
 * request that fails in a passing way is sent again, within the budget of {@link ReadPatience}.
 * Safe for use by several threads.
 *
 * <p>{@link #read} throws {@link ObjectGoneException} if the object is not there any more or ends
 * earlier than it was listed, and {@link StoreException} if the store fails.
 */
public final class StoredObjectSource implements SegmentSource {

  private final ObjectStore store;
  private final String key;
  private final long length;
  private final ReadPatience patience;

  /**
   * Creates a source.
   *
   * @param length the object's length in bytes, as it was listed
   */
  public StoredObjectSource(ObjectStore store, String key, long length) {
    this(store, key, length, ReadPatience.DEFAULT);
  }

  StoredObjectSource(ObjectStore store, String key, long length, ReadPatience patience) {
    this.store = store;
    this.key = key;
    this.length = length;
    this.patience = patience;
  }

  /** Creates a source for a listed object. */
  public StoredObjectSource(ObjectStore store, StoredObject object) {
    this(store, object.key(), object.bytes());
  }

  @Override
  public String name() {
    return key;
  }

  @Override
  public long length() {
    return length;
  }

  @Override
  public void read(long position, byte[] target, int offset, int count) throws IOException {
    Progress progress = new Progress();
    while (progress.done < count) {
      try {
        readOn(position, target, offset, count, progress);
      } catch (ObjectGoneException e) {
        throw e;
      } catch (StoreException e) {
        if (!e.retriable() || Thread.currentThread().isInterrupted()) {
          throw e;
        }
        if (!progress.mayTryAgain()) {
          throw StoreReads.failing(key, store, e);
        }
        progress.pause();
      } catch (IOException e) {
        if (progress.done < count) {
          if (!progress.mayTryAgain()) {
            throw StoreReads.broken(key, store, e);
          }
          progress.pause();
        }
      }
    }
  }

  private void readOn(long position, byte[] target, int offset, int count, Progress progress)
      throws IOException {
    Optional<InputStream> opened = store.get(key, position + progress.done, count - progress.done);
    if (opened.isEmpty()) {
      throw new ObjectGoneException(key, key + " was listed, but is not there any more");
    }
    try (InputStream in = opened.get()) {
      while (progress.done < count) {
        int n = in.read(target, offset + progress.done, count - progress.done);
        if (n < 0) {
          throw new ObjectGoneException(
              key, key + " was listed with " + length + " bytes, but is shorter now");
        }
        progress.came(n);
      }
    }
  }

  /** How far one read is, and what is left of its budget. */
  private final class Progress {
    private int done;
    private int left = patience.failures();
    private long towardsRefund;
    private int failuresInRow;
    private long lastByte = System.nanoTime();

    void came(int bytes) {
      done += bytes;
      towardsRefund += bytes;
      if (towardsRefund >= ReadPatience.REFUND_BYTES) {
        towardsRefund = 0;
        left = Math.min(patience.failures(), left + 1);
      }
      failuresInRow = 0;
      lastByte = System.nanoTime();
    }

    /** Notes a failure; returns whether the budget allows another try. */
    boolean mayTryAgain() {
      failuresInRow++;
      left--;
      return left > 0 && System.nanoTime() - lastByte < patience.silence().toNanos();
    }

    void pause() throws InterruptedIOException {
      Duration pause = patience.pause(failuresInRow);
      try {
        // Half of it at random, so that the threads of a restore do not come back all at once.
        long half = pause.toMillis() / 2;
        Thread.sleep(half + ThreadLocalRandom.current().nextLong(half + 1));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while waiting for the store");
      }
    }
  }
}
