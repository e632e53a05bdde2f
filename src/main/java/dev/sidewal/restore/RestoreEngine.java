package dev.sidewal.restore;

import dev.sidewal.error.HistoryDamagedException;
import dev.sidewal.error.UnsupportedFormatException;
import dev.sidewal.replica.HistoryReader;
import dev.sidewal.segment.SegmentReader;
import dev.sidewal.segment.SegmentSource;
import dev.sidewal.store.ObjectStore;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Writes the pages of a planned state into a file. One thread, the caller's, walks through the
 * objects and decides; the others fetch, check, decompress and write.
 *
 * <p>Memory is bounded by two budgets whatever the size of the history: one for small objects that
 * are held whole, one for what is being worked on. Work never waits for the first, and always ends;
 * so both are given back in the end, and nothing can wait for ever.
 */
final class RestoreEngine {

  private static final long MIB = 1 << 20;

  /** Objects up to here are fetched whole; larger ones in ranges of up to as much. */
  private static final long MAX_FETCH = 8 * MIB;

  private final ObjectStore store;
  private final long fetch;
  private final RestorePlan plan;
  private final RestoreProgress progress;
  private final PageWriter writer;
  private final ExecutorService workers;
  private final MemoryBudget working;
  private final Prefetcher prefetcher;
  private final BackwardWalk walk;
  private final List<PlannedObject> newestFirst;

  /** The first failure of a worker; null while there is none. */
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  private final Object progressLock = new Object();
  private final long totalBytes;
  private long doneBytes;

  private RestoreEngine(
      ObjectStore store,
      RestorePlan plan,
      OutputFile output,
      int parallelism,
      RestoreProgress progress) {
    this.store = store;
    this.plan = plan;
    this.progress = progress;
    long memory = Math.min(512 * MIB, Runtime.getRuntime().maxMemory()) * 3 / 8;
    fetch = Math.max(MIB / 4, Math.min(MAX_FETCH, memory / 4 / parallelism));
    this.writer = new PageWriter(output, plan.pageSize(), Math.toIntExact(fetch));
    this.working = new MemoryBudget(memory * 2 / 3);
    this.walk = new BackwardWalk(plan, fetch);
    this.totalBytes = plan.totalBytes();
    this.newestFirst = new ArrayList<>(plan.objects());
    Collections.reverse(newestFirst);
    AtomicInteger number = new AtomicInteger();
    this.workers =
        Executors.newFixedThreadPool(
            parallelism,
            task -> {
              Thread thread = new Thread(task, "restore-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    this.prefetcher =
        new Prefetcher(
            this.store, newestFirst, workers, new MemoryBudget(memory / 3), Math.max(fetch, MIB));
  }

  /**
   * Writes all pages of a plan; returns when they are written, or with the first failure.
   *
   * @throws ObjectFailure if an object is damaged
   * @throws IOException if an object is gone, or the thread was interrupted
   */
  static void run(
      ObjectStore store,
      RestorePlan plan,
      OutputFile output,
      int parallelism,
      RestoreProgress progress)
      throws IOException {
    RestoreEngine engine = new RestoreEngine(store, plan, output, parallelism, progress);
    try {
      engine.walkAll();
    } finally {
      engine.workers.shutdownNow();
      engine.awaitWorkers();
      engine.writer.close();
    }
  }

  private void walkAll() throws IOException {
    report(0);
    for (PlannedObject object : newestFirst) {
      throwFailure();
      new ObjectRun(object).run();
    }
    workers.shutdown();
    awaitWorkers();
    throwFailure();
    report(totalBytes - doneBytes);
  }

  private void awaitWorkers() throws InterruptedIOException {
    try {
      // Every task ends: reads give up after a bounded number of tries.
      workers.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
  }

  private void throwFailure() throws IOException {
    Throwable first = failure.get();
    if (first instanceof IOException e) {
      throw e;
    }
    if (first instanceof RuntimeException e) {
      throw e;
    }
    if (first instanceof Error e) {
      throw e;
    }
  }

  private void report(long bytes) {
    synchronized (progressLock) {
      doneBytes += bytes;
      progress.progress(RestoreProgress.Phase.RESTORING, doneBytes, totalBytes);
    }
  }

  /** Work on one object. */
  private final class ObjectRun {
    private final PlannedObject object;
    private final AtomicInteger open = new AtomicInteger(1);
    private final AtomicLong reported = new AtomicLong();
    private final Prefetcher.Fetched fetched;

    ObjectRun(PlannedObject object) throws IOException {
      this.object = object;
      this.fetched = prefetcher.next();
    }

    void run() throws IOException {
      try {
        SegmentReader reader =
            HistoryReader.open(object.object(), fetched.source(), plan.replicaId());
        walk.walk(object, reader, batch -> submit(batch, reader));
      } catch (UnsupportedFormatException e) {
        throw e;
      } catch (HistoryDamagedException e) {
        throw new ObjectFailure(object.key(), e);
      }
      close();
    }

    private void submit(BlockBatch batch, SegmentReader reader) throws IOException {
      throwFailure();
      boolean atHand = fetched.source() instanceof MemorySource;
      long toFetch = atHand ? 0 : Math.min(fetch, batch.length());
      MemoryBudget.Share share = working.take(toFetch + batch.overhead());
      open.incrementAndGet();
      workers.execute(
          () -> {
            try {
              work(batch, reader, fetched.source());
            } catch (UnsupportedFormatException e) {
              fail(e);
            } catch (HistoryDamagedException e) {
              fail(new ObjectFailure(object.key(), e));
            } catch (IOException | RuntimeException | Error e) {
              fail(e);
            } finally {
              share.release();
              close();
            }
          });
    }

    private void work(BlockBatch batch, SegmentReader reader, SegmentSource source)
        throws IOException {
      if (failure.get() != null) {
        return;
      }
      if (source instanceof MemorySource memory) {
        writer.write(batch, reader, memory);
      } else {
        writer.write(batch, reader, source);
      }
      reported.addAndGet(batch.length());
      report(batch.length());
    }

    private void fail(Throwable e) {
      failure.compareAndSet(null, e);
    }

    private void close() {
      if (open.decrementAndGet() == 0) {
        fetched.share().ifPresent(MemoryBudget.Share::release);
        report(object.bytes() - reported.get());
      }
    }
  }
}
