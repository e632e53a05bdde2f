package dev.sidewal.replica;

import dev.sidewal.segment.SegmentSource;
import dev.sidewal.store.ObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.Optional;

/**
 * The bytes of an object in a store. A stream that breaks off is resumed where it broke, {@value
 * #RESUMES} times in one read. Safe for use by several threads.
 *
 * <p>{@link #read} throws {@link ObjectGoneException} if the object is not there any more or ends
 * earlier than it was listed, and {@link dev.sidewal.error.StoreException} if the store fails.
 */
public final class StoredObjectSource implements SegmentSource {

  private static final int RESUMES = 5;
  private static final long FIRST_PAUSE_MILLIS = 25;

  private final ObjectStore store;
  private final String key;
  private final long length;

  /**
   * Creates a source.
   *
   * @param length the object's length in bytes, as it was listed
   */
  public StoredObjectSource(ObjectStore store, String key, long length) {
    this.store = store;
    this.key = key;
    this.length = length;
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
    int done = 0;
    int breaks = 0;
    while (done < count) {
      Optional<InputStream> opened = store.get(key, position + done, count - done);
      if (opened.isEmpty()) {
        throw new ObjectGoneException(key, key + " was listed, but is not there any more");
      }
      try (InputStream in = opened.get()) {
        while (done < count) {
          int n = in.read(target, offset + done, count - done);
          if (n < 0) {
            throw new ObjectGoneException(
                key, key + " was listed with " + length + " bytes, but is shorter now");
          }
          done += n;
        }
      } catch (ObjectGoneException e) {
        throw e;
      } catch (IOException e) {
        if (done < count) {
          breaks++;
          if (breaks > RESUMES) {
            throw StoreReads.broken(key, store, e);
          }
          pause(FIRST_PAUSE_MILLIS << breaks);
        }
      }
    }
  }

  private static void pause(long millis) throws InterruptedIOException {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for the store");
    }
  }
}
