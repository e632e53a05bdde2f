package dev.sidewal.restore;

import dev.sidewal.replica.StoredObject;
import dev.sidewal.replica.StoredObjectSource;
import dev.sidewal.segment.SegmentSource;
import dev.sidewal.store.ObjectStore;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;

/**
 * Fetches small objects whole, ahead of when they are needed, as far as the budget allows. Objects
 * are taken out in the order of the list. Used by one thread.
 *
 * <p>Fetches are begun strictly in order, so the object to be taken next never waits for memory
 * that a later one holds.
 */
final class Prefetcher {

  /** What an object takes at least, whatever its size. */
  private static final long LEAST = 16 * 1024;

  /** An object to read, and the memory that it takes until it is released. */
  record Fetched(SegmentSource source, Optional<MemoryBudget.Share> share) {}

  private record Fetch(FutureTask<byte[]> task, MemoryBudget.Share share) {}

  private final ObjectStore store;
  private final List<PlannedObject> order;
  private final Executor executor;
  private final MemoryBudget budget;
  private final long smallBytes;
  private final Deque<Fetch> fetches = new ArrayDeque<>();
  private int begun;
  private int taken;

  Prefetcher(
      ObjectStore store,
      List<PlannedObject> order,
      Executor executor,
      MemoryBudget budget,
      long smallBytes) {
    this.store = store;
    this.order = order;
    this.executor = executor;
    this.budget = budget;
    this.smallBytes = smallBytes;
  }

  /** Returns the next object of the list; its bytes are at hand if it is small. */
  Fetched next() throws IOException {
    StoredObject object = order.get(taken).object();
    if (begun == taken && isSmall(object)) {
      begin(object, budget.take(cost(object)));
    } else if (begun == taken) {
      begun++;
    }
    ahead();
    taken++;
    if (!isSmall(object)) {
      return new Fetched(new StoredObjectSource(store, object), Optional.empty());
    }
    Fetch fetch = fetches.removeFirst();
    return new Fetched(
        new MemorySource(object.key(), result(fetch.task())), Optional.of(fetch.share()));
  }

  private void ahead() {
    while (begun < order.size()) {
      StoredObject object = order.get(begun).object();
      if (!isSmall(object)) {
        begun++;
        continue;
      }
      Optional<MemoryBudget.Share> share = budget.tryTake(cost(object));
      if (share.isEmpty()) {
        return;
      }
      begin(object, share.get());
    }
  }

  private void begin(StoredObject object, MemoryBudget.Share share) {
    FutureTask<byte[]> task =
        new FutureTask<>(
            () -> {
              byte[] bytes = new byte[Math.toIntExact(object.bytes())];
              new StoredObjectSource(store, object).read(0, bytes, 0, bytes.length);
              return bytes;
            });
    fetches.addLast(new Fetch(task, share));
    executor.execute(task);
    begun++;
  }

  private boolean isSmall(StoredObject object) {
    return object.bytes() <= smallBytes;
  }

  private static long cost(StoredObject object) {
    return Math.max(LEAST, object.bytes());
  }

  private static byte[] result(FutureTask<byte[]> task) throws IOException {
    try {
      return task.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException io) {
        throw io;
      }
      if (e.getCause() instanceof RuntimeException runtime) {
        throw runtime;
      }
      throw new IllegalStateException(e.getCause());
    }
  }
}
