package dev.sidewal.agent;

import dev.sidewal.error.DatabaseException;
import dev.sidewal.error.SidewalException;
import dev.sidewal.error.StoreException;
import dev.sidewal.error.SupersededException;
import dev.sidewal.sqlite.ContinuityLostException;
import dev.sidewal.store.ObjectStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replicates one database, step by step on the threads that all share, and says how it ended.
 *
 * <p>Invariant: only the steps, of which one runs at a time, touch the database and the {@link
 * ReplicationLife}. Others leave requests (stop, sync, snapshot) and read the status, which is
 * replaced as a whole.
 */
final class DatabaseReplicator {

  private static final Logger LOG = LoggerFactory.getLogger(DatabaseReplicator.class);

  /** The key under which the log context names the database. */
  static final String LOG_SUBJECT = "database";

  private final Path database;
  private final ReplicationLife life;
  private final Serial serial;
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile Optional<RuntimeException> failure = Optional.empty();

  DatabaseReplicator(Path database, ObjectStore store, ReplicationOptions options) {
    this.database = database;
    this.serial = new Serial(Workers.SHARED, database.toString(), this::step);
    this.life = new ReplicationLife(database, store, options, serial::wake);
  }

  void start() {
    serial.start(Workers.Kind.FOLLOW);
  }

  ReplicationStatus status() {
    return life.status();
  }

  boolean isAlive() {
    return life.isAlive();
  }

  Optional<RuntimeException> failure() {
    return failure;
  }

  boolean allShipped() {
    return life.allShipped();
  }

  /** Asks for everything that is committed now to be shipped without delay. */
  CompletableFuture<Long> sync() {
    return requested(life.sync());
  }

  /** Asks for a snapshot. */
  CompletableFuture<Long> snapshot() {
    return requested(life.snapshot());
  }

  private CompletableFuture<Long> requested(CompletableFuture<Long> request) {
    if (ended.getCount() == 0) {
      failRequests();
    }
    return request;
  }

  /** Asks to ship the rest within a time and to end. */
  void requestStop(Duration timeout) {
    life.requestStop(timeout);
  }

  /** Waits for the end; false if it did not come in time. */
  boolean awaitEnd(Duration timeout) throws InterruptedException {
    return ended.await(timeout.toMillis(), TimeUnit.MILLISECONDS);
  }

  private Optional<Serial.Rest> step() {
    try {
      Optional<Serial.Rest> next = life.step();
      if (next.isEmpty()) {
        end(ReplicationState.STOPPED);
      }
      return next;
    } catch (SupersededException e) {
      fail(ReplicationState.SUPERSEDED, e);
    } catch (SidewalException e) {
      fail(ReplicationState.FAILED, e);
    } catch (ContinuityLostException e) {
      fail(ReplicationState.FAILED, new DatabaseException(e.getMessage(), e));
    } catch (IOException | UncheckedIOException e) {
      fail(
          ReplicationState.FAILED,
          new DatabaseException(
              "Replicating "
                  + database
                  + " failed on the local disk: "
                  + e.getMessage()
                  + ". What was shipped before stays restorable.",
              e));
    } catch (InterruptedException e) {
      fail(ReplicationState.FAILED, new StoreException("interrupted", true, e));
    } catch (RuntimeException | Error e) {
      fail(ReplicationState.FAILED, new IllegalStateException("unexpected: " + e, e));
    }
    return Optional.empty();
  }

  private void fail(ReplicationState state, RuntimeException e) {
    LOG.debug("replication ends: {}", e.getMessage(), e);
    failure = Optional.of(e);
    end(state);
  }

  private void end(ReplicationState state) {
    life.end(state);
    ended.countDown();
    failRequests();
  }

  private void failRequests() {
    life.failRequests(
        failure.orElseGet(
            () -> new StoreException("Replication of " + database + " has ended", false, null)));
  }
}
