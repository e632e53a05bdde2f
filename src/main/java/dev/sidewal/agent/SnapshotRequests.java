package dev.sidewal.agent;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Those who asked for a snapshot.
 *
 * <p>Invariant: a request is answered by a snapshot that was begun after it was taken notice of.
 * {@link #add} and {@link #fail} may be called from any thread, the rest from the one that follows.
 */
final class SnapshotRequests {

  private final Queue<CompletableFuture<Long>> fresh = new ConcurrentLinkedQueue<>();
  private final List<CompletableFuture<Long>> waiting = new ArrayList<>();

  /** Adds a request. */
  CompletableFuture<Long> add() {
    CompletableFuture<Long> done = new CompletableFuture<>();
    fresh.add(done);
    return done;
  }

  /** Returns whether somebody waits, and takes notice of them. */
  synchronized boolean isWaiting() {
    for (CompletableFuture<Long> r = fresh.poll(); r != null; r = fresh.poll()) {
      waiting.add(r);
    }
    return !waiting.isEmpty();
  }

  /** Answers those that were taken notice of before the snapshot began. */
  synchronized void answer(long txid) {
    waiting.forEach(r -> r.complete(txid));
    waiting.clear();
  }

  /** Answers all with a failure. */
  synchronized void fail(RuntimeException why) {
    isWaiting();
    waiting.forEach(r -> r.completeExceptionally(why));
    waiting.clear();
  }
}
