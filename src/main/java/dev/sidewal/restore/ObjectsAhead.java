package dev.sidewal.restore;

import dev.sidewal.replica.StoredObject;
import dev.sidewal.replica.StoredObjectSource;
import dev.sidewal.replica.TimelineObject;
import dev.sidewal.segment.SegmentSource;
import dev.sidewal.store.ObjectStore;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The objects of a way, in their order. Small ones are fetched whole by several threads while those
 * before them are applied: a history of many small segments takes the time of its bytes, not that
 * of one request after the other.
 *
 * <p>Invariant: no more than {@link #WINDOW} objects of {@link #SMALL} bytes at most are in memory.
 */
final class ObjectsAhead implements Closeable {

  private static final int SMALL = 1 << 18;
  private static final int WINDOW = 32;

  private final ObjectStore store;
  private final List<TimelineObject> way;
  private final ExecutorService threads;
  private final Deque<Future<SegmentSource>> ahead = new ArrayDeque<>();
  private int begun;

  ObjectsAhead(ObjectStore store, List<TimelineObject> way, int parallelism) {
    this.store = store;
    this.way = way;
    this.threads =
        Executors.newFixedThreadPool(
            parallelism,
            task -> {
              Thread thread = new Thread(task, "sidewal read ahead");
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Returns the next object's source. Throws what reading it throws. */
  SegmentSource next() throws IOException {
    while (begun < way.size() && ahead.size() < WINDOW) {
      StoredObject object = way.get(begun++).object();
      ahead.add(threads.submit(() -> source(object)));
    }
    try {
      return ahead.remove().get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while reading ahead");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  private SegmentSource source(StoredObject object) throws IOException {
    StoredObjectSource source = new StoredObjectSource(store, object);
    if (object.bytes() > SMALL) {
      return source;
    }
    byte[] bytes = new byte[(int) object.bytes()];
    source.read(0, bytes, 0, bytes.length);
    return new MemorySource(object.key(), bytes);
  }

  @Override
  public void close() {
    threads.shutdownNow();
    boolean interrupted = false;
    // Who closes this closes the store next: nothing may still read from it.
    for (Future<SegmentSource> future : ahead) {
      future.cancel(true);
    }
    while (!threads.isTerminated()) {
      try {
        threads.awaitTermination(1, java.util.concurrent.TimeUnit.MINUTES);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
