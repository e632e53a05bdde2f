package dev.sidewal.restore;

import dev.sidewal.store.ConditionalPut;
import dev.sidewal.store.ObjectInfo;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ObjectUpload;
import dev.sidewal.store.Payload;
import dev.sidewal.store.PutOutcome;
import dev.sidewal.store.TagOutcome;
import dev.sidewal.store.TagSupport;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** A store in memory that can be told to break. */
public final class MemoryObjectStore implements ObjectStore {

  /** Looks at each GET before it is answered. */
  interface OnGet {
    void get(String key);
  }

  private final Map<String, byte[]> objects;
  final AtomicInteger gets = new AtomicInteger();
  volatile int breakEvery;
  volatile OnGet onGet = key -> {};

  public MemoryObjectStore() {
    this(Map.of());
  }

  private MemoryObjectStore(Map<String, byte[]> objects) {
    this.objects = new TreeMap<>(objects);
  }

  /** Returns a store with the same objects, to be damaged. */
  synchronized MemoryObjectStore copy() {
    return new MemoryObjectStore(objects);
  }

  public synchronized List<String> keys() {
    return List.copyOf(objects.keySet());
  }

  public synchronized byte[] bytes(String key) {
    return objects.get(key);
  }

  public synchronized void put(String key, byte[] bytes) {
    objects.put(key, bytes);
  }

  @Override
  public String location() {
    return "memory:replica";
  }

  @Override
  public void list(String prefix, Consumer<ObjectInfo> visitor) {
    List<ObjectInfo> found = new ArrayList<>();
    synchronized (this) {
      objects.forEach(
          (key, bytes) -> {
            if (key.startsWith(prefix)) {
              found.add(new ObjectInfo(key, bytes.length, Instant.EPOCH));
            }
          });
    }
    found.forEach(visitor);
  }

  @Override
  public synchronized Optional<ObjectInfo> head(String key) {
    return Optional.ofNullable(objects.get(key))
        .map(b -> new ObjectInfo(key, b.length, Instant.EPOCH));
  }

  @Override
  public Optional<InputStream> get(String key, long offset, long length) {
    onGet.get(key);
    int n = gets.incrementAndGet();
    byte[] bytes;
    synchronized (this) {
      if (!objects.containsKey(key)) {
        return Optional.empty();
      }
      bytes = objects.get(key);
    }
    int from = (int) Math.min(offset, bytes.length);
    int count = (int) Math.min(length, bytes.length - from);
    InputStream whole = new ByteArrayInputStream(bytes, from, count);
    boolean breaks = breakEvery > 0 && n % breakEvery == 0;
    return Optional.of(breaks ? new BreakingStream(whole, count / 2) : whole);
  }

  private static final class BreakingStream extends InputStream {
    private final InputStream in;
    private int left;

    BreakingStream(InputStream in, int left) {
      this.in = in;
      this.left = left;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      if (left == 0) {
        throw new IOException("connection reset");
      }
      int n = in.read(target, offset, Math.min(length, left));
      left -= Math.max(n, 0);
      return n;
    }
  }

  @Override
  public synchronized PutOutcome putIfAbsent(String key, Payload payload) {
    try (InputStream in = payload.open()) {
      byte[] bytes = in.readAllBytes();
      return Optional.ofNullable(objects.putIfAbsent(key, bytes)).isEmpty()
          ? PutOutcome.CREATED
          : PutOutcome.ALREADY_EXISTS;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public ObjectUpload newUpload(String key) {
    throw new UnsupportedOperationException();
  }

  @Override
  public synchronized void delete(String key) {
    objects.remove(key);
  }

  @Override
  public ConditionalPut probeConditionalPut(String existingKey, Payload sameContent) {
    return ConditionalPut.ENFORCED;
  }

  @Override
  public TagOutcome tag(String key, String name, String value) {
    return TagOutcome.UNSUPPORTED;
  }

  @Override
  public TagSupport probeTags(String existingKey) {
    return TagSupport.UNSUPPORTED;
  }

  @Override
  public Optional<String> expiryAlarm() {
    return Optional.empty();
  }

  @Override
  public void close() {}
}
