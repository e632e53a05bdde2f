package dev.sidewal.agent;

import dev.sidewal.store.ConditionalPut;
import dev.sidewal.store.ObjectInfo;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ObjectUpload;
import dev.sidewal.store.Payload;
import dev.sidewal.store.PutOutcome;
import dev.sidewal.store.TagOutcome;
import dev.sidewal.store.TagSupport;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A store of which not more than so many bytes a second are read, by all threads together. It can
 * only be read, and closing it leaves the store behind it open. Safe for use by several threads.
 */
final class ThrottledStore implements ObjectStore {

  /** So much is read at a time, so that the pauses are short. */
  private static final int STEP = 1 << 16;

  private final ObjectStore store;
  private final long bytesPerSecond;

  /** When the next byte may be read, in terms of {@link System#nanoTime}. */
  private long free = System.nanoTime();

  ThrottledStore(ObjectStore store, long bytesPerSecond) {
    this.store = store;
    this.bytesPerSecond = bytesPerSecond;
  }

  private void pay(long bytes) throws InterruptedIOException {
    long wait;
    synchronized (this) {
      long now = System.nanoTime();
      free = Math.max(free, now) + Math.round(bytes * 1e9 / bytesPerSecond);
      wait = free - now;
    }
    try {
      TimeUnit.NANOSECONDS.sleep(wait);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
  }

  @Override
  public Optional<InputStream> get(String key, long offset, long length) {
    return store.get(key, offset, length).map(Slow::new);
  }

  private final class Slow extends FilterInputStream {
    Slow(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int b = super.read();
      pay(1);
      return b;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int n = super.read(target, offset, Math.min(length, STEP));
      pay(Math.max(0, n));
      return n;
    }
  }

  @Override
  public String location() {
    return store.location();
  }

  @Override
  public void list(String prefix, Consumer<ObjectInfo> visitor) {
    store.list(prefix, visitor);
  }

  @Override
  public Optional<ObjectInfo> head(String key) {
    return store.head(key);
  }

  @Override
  public Optional<String> expiryAlarm() {
    return store.expiryAlarm();
  }

  @Override
  public PutOutcome putIfAbsent(String key, Payload payload) {
    throw new UnsupportedOperationException(key);
  }

  @Override
  public ObjectUpload newUpload(String key) {
    throw new UnsupportedOperationException(key);
  }

  @Override
  public void delete(String key) {
    throw new UnsupportedOperationException(key);
  }

  @Override
  public ConditionalPut probeConditionalPut(String existingKey, Payload sameContent) {
    throw new UnsupportedOperationException(existingKey);
  }

  @Override
  public TagOutcome tag(String key, String name, String value) {
    throw new UnsupportedOperationException(key);
  }

  @Override
  public TagSupport probeTags(String existingKey) {
    throw new UnsupportedOperationException(existingKey);
  }

  @Override
  public void close() {}
}
