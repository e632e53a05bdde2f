package dev.sidewal.agent;

import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Those who wait until everything that was committed when they asked is in the store.
 *
 * <p>Invariant: a request gets its txid only when the end of the log was reached and sealed after
 * it was made. {@link #add} and {@link #fail} may be called from any thread, the rest from the one
 * that follows.
 */
final class SyncRequests {

  private static final class Request {
    final CompletableFuture<Long> done = new CompletableFuture<>();
    Optional<Long> txid = Optional.empty();
  }

  private final Queue<Request> fresh = new ConcurrentLinkedQueue<>();
  private final Queue<Request> waiting = new ArrayDeque<>();

  /** Adds a request. */
  CompletableFuture<Long> add() {
    Request request = new Request();
    fresh.add(request);
    return request.done;
  }

  /** Takes notice of new requests; what is copied after this counts for them. */
  synchronized void take() {
    for (Request r = fresh.poll(); r != null; r = fresh.poll()) {
      waiting.add(r);
    }
  }

  /** Returns whether somebody waits for what is committed to be on its way. */
  synchronized boolean waitForSealing() {
    return waiting.stream().anyMatch(r -> r.txid.isEmpty());
  }

  /** Answers those whose transactions are in the store. */
  synchronized void answer(ReplicationSession session) {
    if (waiting.isEmpty()) {
      return;
    }
    if (session.allSealed()) {
      for (Request r : waiting) {
        if (r.txid.isEmpty()) {
          r.txid = Optional.of(session.lastTxid());
        }
      }
    }
    long shipped = session.shippedTxid();
    while (!waiting.isEmpty() && waiting.peek().txid.filter(t -> t <= shipped).isPresent()) {
      Request r = waiting.remove();
      r.done.complete(r.txid.orElseThrow());
    }
  }

  /** A session ended; what the next one begins with answers all. */
  synchronized void beginAnew() {
    waiting.forEach(r -> r.txid = Optional.empty());
  }

  /** Answers all with a failure. */
  synchronized void fail(RuntimeException why) {
    take();
    for (Request r = waiting.poll(); r != null; r = waiting.poll()) {
      r.done.completeExceptionally(why);
    }
  }
}
