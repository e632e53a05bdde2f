package dev.sidewal.agent;

import dev.sidewal.error.StoreException;
import dev.sidewal.store.MeteredStore;
import dev.sidewal.store.ObjectStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A database that is being replicated, until {@link #close}. Its threads are daemons: they do not
 * keep the JVM alive. Safe for use by several threads.
 */
public final class Replication implements AutoCloseable {

  /** How much longer than asked {@link #stop} waits for the last step to end. */
  static final Duration GRACE = Duration.ofSeconds(10);

  private final DatabaseReplicator replicator;
  private final ObjectStore store;
  private final Duration shutdownTimeout;

  /** Whether somebody was told why it ended: an exception cannot be thrown on top of itself. */
  private volatile boolean told;

  private Replication(DatabaseReplicator replicator, ObjectStore store, Duration shutdownTimeout) {
    this.replicator = replicator;
    this.store = store;
    this.shutdownTimeout = shutdownTimeout;
  }

  static Replication start(Path database, ObjectStore given, ReplicationOptions options) {
    ObjectStore store =
        options.observer().<ObjectStore>map(o -> new MeteredStore(given, o)).orElse(given);
    DatabaseReplicator replicator = new DatabaseReplicator(database, store, options);
    replicator.start();
    return new Replication(replicator, store, options.shutdownTimeout());
  }

  /**
   * Returns what it is doing, as of its last step. Asks nobody and waits for nothing, so that a
   * health check may call it as often as it likes.
   */
  public ReplicationStatus status() {
    return replicator.status();
  }

  /**
   * Returns whether the thread that follows the database moves. False when it has not moved for
   * twice the stall timeout: then only a restart of the process helps.
   */
  public boolean isAlive() {
    return replicator.isAlive();
  }

  /** Returns why it ended by itself; empty while it runs and after it was stopped. */
  public Optional<RuntimeException> failure() {
    return replicator.failure();
  }

  /**
   * Waits until everything that was committed before this call is durable in the store. Also waits
   * for the database to exist and for the first snapshot, when called that early.
   *
   * @param timeout how long to wait at most
   * @return the last transaction that is then durable
   * @throws TimeoutException if that takes longer; replication goes on
   * @throws RuntimeException the reason, if replication ends before
   */
  public long sync(Duration timeout) throws InterruptedException, TimeoutException {
    return await(replicator.sync(), timeout);
  }

  /** Asks for what is committed now to be shipped without delay; does not wait. */
  public void beginSync() {
    var unused = replicator.sync();
  }

  /** Asks for a snapshot; does not wait. */
  public void beginSnapshot() {
    var unused = replicator.snapshot();
  }

  private long await(CompletableFuture<Long> request, Duration timeout)
      throws InterruptedException, TimeoutException {
    try {
      return request.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException reason) {
        told = true;
        throw reason;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  /**
   * Takes a snapshot of what is committed when it begins, and waits until the store has it. If
   * nothing was committed since the last one, that is the answer.
   *
   * @return the snapshot's transaction
   * @throws TimeoutException if that takes longer; the snapshot goes on
   * @throws RuntimeException the reason, if replication ends before
   */
  public long snapshot(Duration timeout) throws InterruptedException, TimeoutException {
    return await(replicator.snapshot(), timeout);
  }

  /**
   * Waits until it ends by itself.
   *
   * @return false if it did not in this time
   */
  public boolean awaitEnd(Duration timeout) throws InterruptedException {
    return replicator.awaitEnd(timeout);
  }

  /** Asks for what {@link #stop} does; does not wait. */
  void requestStop(Duration timeout) {
    replicator.requestStop(timeout);
  }

  /**
   * Copies what is committed now, ships the rest, and ends. Further calls wait for the same end.
   * Where the application is in this process, it closes its connections before.
   *
   * @param timeout how long shipping may take
   * @return whether everything was shipped
   */
  public boolean stop(Duration timeout) throws InterruptedException {
    return stop(timeout, GRACE);
  }

  /** Does the same, and says how much longer to wait for the last step to end. */
  boolean stop(Duration timeout, Duration grace) throws InterruptedException {
    replicator.requestStop(timeout);
    boolean ended = replicator.awaitEnd(timeout.plus(grace));
    if (ended) {
      store.close();
    }
    return ended && replicator.allShipped();
  }

  /**
   * Stops with the shutdown timeout of the options.
   *
   * @throws StoreException if not everything was shipped in that time
   * @throws RuntimeException the reason, if replication had ended by itself and {@link #sync} has
   *     not told it already
   */
  @Override
  public void close() {
    boolean shipped;
    try {
      shipped = stop(shutdownTimeout);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      shipped = false;
    }
    Optional<RuntimeException> reason = failure();
    if (reason.isPresent()) {
      if (told) {
        return;
      }
      throw reason.get();
    }
    if (!shipped) {
      throw new StoreException(
          "Not everything was shipped in "
              + shutdownTimeout.toSeconds()
              + " s; what is missing is still in the database.",
          true,
          null);
    }
  }
}
