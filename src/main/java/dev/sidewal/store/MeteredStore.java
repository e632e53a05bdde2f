package dev.sidewal.store;

import dev.sidewal.error.StoreDeniedException;
import dev.sidewal.store.StoreListener.Operation;
import dev.sidewal.store.StoreListener.Outcome;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A store that tells a listener of everything it is asked for, and hands it on.
 *
 * <p>Invariant: each call is told once, when it is over, however it ends; what is read of an object
 * when its stream is closed.
 */
public final class MeteredStore implements ObjectStore {

  private final ObjectStore store;
  private final StoreListener listener;

  /** Wraps a store. */
  public MeteredStore(ObjectStore store, StoreListener listener) {
    this.store = store;
    this.listener = listener;
  }

  @Override
  public String location() {
    return store.location();
  }

  @Override
  public void list(String prefix, Consumer<ObjectInfo> visitor) {
    told(
        Operation.LIST,
        0,
        () -> {
          store.list(prefix, visitor);
          return true;
        },
        done -> Outcome.OK);
  }

  @Override
  public Optional<ObjectInfo> head(String key) {
    return told(Operation.HEAD, 0, () -> store.head(key), MeteredStore::found);
  }

  @Override
  public Optional<InputStream> get(String key, long offset, long length) {
    long begin = System.nanoTime();
    Optional<InputStream> in;
    try {
      in = store.get(key, offset, length);
    } catch (RuntimeException e) {
      listener.request(Operation.GET, outcome(e), since(begin), 0, 0);
      throw e;
    }
    Duration duration = since(begin);
    if (in.isEmpty()) {
      listener.request(Operation.GET, Outcome.ABSENT, duration, 0, 0);
    }
    return in.map(stream -> new Counted(stream, duration));
  }

  @Override
  public PutOutcome putIfAbsent(String key, Payload payload) {
    return told(
        Operation.PUT,
        payload.length(),
        () -> store.putIfAbsent(key, payload),
        MeteredStore::written);
  }

  @Override
  public ObjectUpload newUpload(String key) {
    return new Upload(store.newUpload(key));
  }

  @Override
  public void delete(String key) {
    told(
        Operation.DELETE,
        0,
        () -> {
          store.delete(key);
          return true;
        },
        done -> Outcome.OK);
  }

  @Override
  public ConditionalPut probeConditionalPut(String existingKey, Payload sameContent) {
    return told(
        Operation.PROBE,
        sameContent.length(),
        () -> store.probeConditionalPut(existingKey, sameContent),
        done -> Outcome.OK);
  }

  @Override
  public TagOutcome tag(String key, String name, String value) {
    return told(Operation.TAG, 0, () -> store.tag(key, name, value), done -> Outcome.OK);
  }

  @Override
  public TagSupport probeTags(String existingKey) {
    return told(Operation.PROBE, 0, () -> store.probeTags(existingKey), done -> Outcome.OK);
  }

  @Override
  public Optional<String> expiryAlarm() {
    return store.expiryAlarm();
  }

  @Override
  public void close() {
    store.close();
  }

  private <T> T told(
      Operation operation, long bytesOut, Supplier<T> call, Function<T, Outcome> outcome) {
    long begin = System.nanoTime();
    T result;
    try {
      result = call.get();
    } catch (RuntimeException e) {
      listener.request(operation, outcome(e), since(begin), 0, 0);
      throw e;
    }
    listener.request(operation, outcome.apply(result), since(begin), bytesOut, 0);
    return result;
  }

  private static Duration since(long begin) {
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  private static Outcome outcome(RuntimeException e) {
    return e instanceof StoreDeniedException ? Outcome.DENIED : Outcome.FAILED;
  }

  private static Outcome found(Optional<?> what) {
    return what.isPresent() ? Outcome.OK : Outcome.ABSENT;
  }

  private static Outcome written(PutOutcome outcome) {
    return outcome == PutOutcome.CREATED ? Outcome.OK : Outcome.EXISTS;
  }

  /** Counts what is read. */
  private final class Counted extends FilterInputStream {
    private final Duration duration;
    private long bytes;
    private Outcome outcome = Outcome.OK;
    private boolean closed;

    Counted(InputStream in, Duration duration) {
      super(in);
      this.duration = duration;
    }

    @Override
    public int read() throws IOException {
      try {
        int b = super.read();
        bytes += b < 0 ? 0 : 1;
        return b;
      } catch (IOException e) {
        outcome = Outcome.FAILED;
        throw e;
      }
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      try {
        int n = super.read(target, offset, length);
        bytes += Math.max(0, n);
        return n;
      } catch (IOException e) {
        outcome = Outcome.FAILED;
        throw e;
      }
    }

    @Override
    public void close() throws IOException {
      if (!closed) {
        closed = true;
        listener.request(Operation.GET, outcome, duration, 0, bytes);
      }
      super.close();
    }
  }

  /** Tells of parts when they were sent. */
  private final class Upload implements ObjectUpload {
    private final ObjectUpload upload;
    private long untold;

    Upload(ObjectUpload upload) {
      this.upload = upload;
    }

    @Override
    public void write(byte[] source, int offset, int length) {
      long before = upload.sentParts();
      long begin = System.nanoTime();
      try {
        upload.write(source, offset, length);
      } catch (RuntimeException e) {
        listener.request(Operation.UPLOAD_PART, outcome(e), since(begin), 0, 0);
        throw e;
      }
      untold += length;
      long sent = upload.sentParts() - before;
      for (long part = 0; part < sent; part++) {
        listener.request(
            Operation.UPLOAD_PART, Outcome.OK, since(begin).dividedBy(sent), take(), 0);
      }
    }

    private long take() {
      long bytes = untold;
      untold = 0;
      return bytes;
    }

    @Override
    public PutOutcome complete() {
      long begin = System.nanoTime();
      PutOutcome outcome;
      try {
        outcome = upload.complete();
      } catch (RuntimeException e) {
        listener.request(Operation.UPLOAD_COMPLETE, outcome(e), since(begin), 0, 0);
        throw e;
      }
      listener.request(Operation.UPLOAD_COMPLETE, written(outcome), since(begin), take(), 0);
      return outcome;
    }

    @Override
    public long sentParts() {
      return upload.sentParts();
    }

    @Override
    public void close() {
      upload.close();
    }
  }
}
