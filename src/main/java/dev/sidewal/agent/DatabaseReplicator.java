package dev.sidewal.agent;

import dev.sidewal.error.DatabaseException;
import dev.sidewal.error.SidewalException;
import dev.sidewal.error.StoreException;
import dev.sidewal.error.SupersededException;
import dev.sidewal.replica.GenerationClaim;
import dev.sidewal.sqlite.ContinuityLostException;
import dev.sidewal.sqlite.DatabaseFile;
import dev.sidewal.sqlite.FollowStatistics;
import dev.sidewal.store.ObjectStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Replicates one database on a thread of its own, through all {@link ReplicationState}s.
 *
 * <p>Invariant: only that thread touches the database, the session and the state machine. Others
 * leave requests (stop, sync) and read the status, which is replaced as a whole. When continuity is
 * lost, what was copied is shipped, and a new generation begins with a new snapshot.
 */
final class DatabaseReplicator {

  private static final Logger LOG = LoggerFactory.getLogger(DatabaseReplicator.class);
  private static final Duration ACTIVE_PAUSE = Duration.ofMillis(5);
  private static final Duration IDLE_PAUSE = Duration.ofMillis(20);
  private static final Duration GATE_PAUSE = Duration.ofMillis(50);
  private static final Duration FIRST_REATTACH_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_REATTACH_PAUSE = Duration.ofMinutes(1);
  private static final Duration IDENTITY_CHECK = Duration.ofSeconds(1);

  /** The key under which the log context names the database. */
  static final String LOG_SUBJECT = "database";

  /** Somebody waits until everything that is committed now is in the store. */
  private static final class SyncRequest {
    final CompletableFuture<Long> done = new CompletableFuture<>();
    Optional<Long> txid = Optional.empty();
  }

  private final Path database;
  private final ObjectStore store;
  private final ReplicationOptions options;
  private final Clock clock;
  private final Thread thread;
  private final Semaphore wake = new Semaphore(0);
  private final Queue<SyncRequest> newSyncs = new ConcurrentLinkedQueue<>();
  private final Queue<SyncRequest> syncs = new ArrayDeque<>();
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile ReplicationStatus status = ReplicationStatus.of(ReplicationState.WAITING);
  private volatile Optional<Instant> stopBefore = Optional.empty();
  private volatile Optional<RuntimeException> failure = Optional.empty();
  private volatile boolean allShipped;

  DatabaseReplicator(Path database, ObjectStore store, ReplicationOptions options) {
    this.database = database;
    this.store = store;
    this.options = options;
    this.clock = options.clock();
    this.thread = new Thread(this::run, "sidewal " + database.getFileName());
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  ReplicationStatus status() {
    return status;
  }

  Optional<RuntimeException> failure() {
    return failure;
  }

  boolean allShipped() {
    return allShipped;
  }

  /** Asks for everything that is committed now to be shipped without delay. */
  CompletableFuture<Long> sync() {
    SyncRequest request = new SyncRequest();
    newSyncs.add(request);
    wake.release();
    if (ended.getCount() == 0) {
      failSyncs();
    }
    return request.done;
  }

  /** Asks to ship the rest within a time and to end. */
  void requestStop(Duration timeout) {
    if (stopBefore.isEmpty()) {
      stopBefore = Optional.of(clock.instant().plus(timeout));
    }
    wake.release();
  }

  /** Waits for the end; false if it did not come in time. */
  boolean awaitEnd(Duration timeout) throws InterruptedException {
    return ended.await(timeout.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void run() {
    MDC.put(LOG_SUBJECT, database.toString());
    try {
      replicate();
      end(ReplicationState.STOPPED);
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
  }

  private void fail(ReplicationState state, RuntimeException e) {
    LOG.debug("replication ends: {}", e.getMessage(), e);
    failure = Optional.of(e);
    end(state);
  }

  private void end(ReplicationState state) {
    status = status.with(state);
    ended.countDown();
    failSyncs();
  }

  private void failSyncs() {
    failSyncs(
        failure.orElseGet(
            () -> new StoreException("Replication of " + database + " has ended", false, null)));
  }

  private synchronized void failSyncs(RuntimeException why) {
    for (SyncRequest r = newSyncs.poll(); r != null; r = newSyncs.poll()) {
      r.done.completeExceptionally(why);
    }
    for (SyncRequest r = syncs.poll(); r != null; r = syncs.poll()) {
      r.done.completeExceptionally(why);
    }
  }

  private void replicate() throws IOException, InterruptedException {
    boolean again = false;
    Duration rest = FIRST_REATTACH_PAUSE;
    while (true) {
      Optional<DatabaseFile> file = waitForDatabase(again);
      if (file.isEmpty()) {
        // Told to stop before there was anything to replicate.
        allShipped = true;
        return;
      }
      Instant begun = clock.instant();
      try {
        if (replicate(file.get())) {
          return;
        }
      } catch (ContinuityLostException e) {
        LOG.error(
            "{}. Nothing doubtful was shipped, and what was shipped before stays restorable. A"
                + " new generation begins with a new snapshot.",
            e.getMessage());
      } catch (StoreException e) {
        // At the first start somebody is looking on, and waits for an answer. Later nobody does.
        if (!again || !e.retriable()) {
          throw e;
        }
        LOG.error("{} This is tried again.", e.getMessage());
      }
      again = true;
      status = ReplicationStatus.of(ReplicationState.WAITING);
      if (Duration.between(begun, clock.instant()).compareTo(LONGEST_REATTACH_PAUSE) > 0) {
        rest = FIRST_REATTACH_PAUSE;
      }
      if (stopBefore.isEmpty()) {
        pause(rest);
      }
      Duration twice = rest.multipliedBy(2);
      rest = twice.compareTo(LONGEST_REATTACH_PAUSE) > 0 ? LONGEST_REATTACH_PAUSE : twice;
    }
  }

  private Optional<DatabaseFile> waitForDatabase(boolean again) throws InterruptedException {
    DatabaseGate gate =
        new DatabaseGate(database, options.enableWal(), options.waitForDatabase(), again, clock);
    boolean said = false;
    while (true) {
      Optional<DatabaseFile> file = gate.look();
      if (file.isPresent()) {
        return file;
      }
      if (stopBefore.isPresent()) {
        return Optional.empty();
      }
      if (!said) {
        LOG.info("waiting for the database");
        said = true;
      }
      pause(GATE_PAUSE);
    }
  }

  /**
   * Replicates a database as one generation.
   *
   * @return true if told to stop, false if the database's path leads to another file now
   */
  private boolean replicate(DatabaseFile file) throws IOException, InterruptedException {
    status = ReplicationStatus.of(ReplicationState.ATTACHING);
    Path state =
        options.stateDirectory().orElseGet(() -> RunDirectory.defaultStateDirectory(file.path()));
    try (RunDirectory run = RunDirectory.create(state)) {
      Optional<ReplicationSession> session =
          ReplicationSession.begin(
              file,
              run.path(),
              store,
              this::claim,
              options,
              () -> {
                status = ReplicationStatus.of(ReplicationState.SNAPSHOTTING);
                LOG.info("attached");
              },
              wake::release,
              () -> stopBefore.filter(clock.instant()::isAfter).isPresent());
      if (session.isEmpty()) {
        return true;
      }
      try (ReplicationSession s = session.get()) {
        return follow(s);
      }
    }
  }

  private GenerationClaim claim(int pageSize) {
    GenerationClaim claim = Claims.claim(store, pageSize, clock);
    LOG.info("claimed generation {} of {}", claim.manifest().generation(), store.location());
    return claim;
  }

  private boolean follow(ReplicationSession session) throws IOException, InterruptedException {
    boolean held = false;
    Instant nextIdentityCheck = clock.instant().plus(IDENTITY_CHECK);
    try {
      while (stopBefore.isEmpty()) {
        takeSyncRequests();
        session.tick(syncs.stream().anyMatch(r -> r.txid.isEmpty()));
        answerSyncs(session);
        if (session.holding() != held) {
          held = session.holding();
          if (held) {
            LOG.warn("the spool is full; the log is held until the store takes more");
          } else {
            LOG.info("the spool has room again");
          }
        }
        status = session.status(held ? ReplicationState.HOLDING : ReplicationState.FOLLOWING);
        if (!clock.instant().isBefore(nextIdentityCheck)) {
          nextIdentityCheck = clock.instant().plus(IDENTITY_CHECK);
          if (!session.databaseIsCurrent()) {
            LOG.warn("the file was deleted or replaced; shipping the rest of the old one");
            takeSyncRequests();
            boolean drained = session.drain(true, options.shutdownTimeout());
            answerSyncs(session);
            if (!drained) {
              LOG.error(
                  "the store did not take the last transactions of the old file in {} s:"
                      + " {} were copied, {} are in the store",
                  options.shutdownTimeout().toSeconds(),
                  session.lastTxid(),
                  session.shippedTxid());
            }
            failSyncs(
                new DatabaseException(
                    database + " was replaced before all of the old file was shipped."));
            return false;
          }
        }
        pause(session.busy() ? ACTIVE_PAUSE : IDLE_PAUSE);
      }
    } catch (ContinuityLostException e) {
      boolean drained = session.drain(false, options.shutdownTimeout());
      answerSyncs(session);
      // What is left is answered by the next generation's snapshot, which has it all.
      syncs.forEach(r -> r.txid = Optional.empty());
      if (!drained) {
        LOG.warn(
            "of the transactions up to {}, those after {} can only be restored all at once, as"
                + " part of the next snapshot",
            session.lastTxid(),
            session.shippedTxid());
      }
      throw e;
    }
    status = session.status(ReplicationState.STOPPING);
    Instant deadline = stopBefore.orElseThrow();
    takeSyncRequests();
    allShipped = session.drain(true, Duration.between(clock.instant(), deadline));
    status = session.status(ReplicationState.STOPPING);
    LOG.info(
        "stopped at transaction {}; the store has {}; {}",
        status.lastTxid(),
        status.shippedTxid(),
        status.follow().map(FollowStatistics::summary).orElse(""));
    answerSyncs(session);
    return true;
  }

  private void takeSyncRequests() {
    for (SyncRequest r = newSyncs.poll(); r != null; r = newSyncs.poll()) {
      syncs.add(r);
    }
  }

  private void answerSyncs(ReplicationSession session) {
    if (syncs.isEmpty()) {
      return;
    }
    if (session.allSealed()) {
      for (SyncRequest r : syncs) {
        if (r.txid.isEmpty()) {
          r.txid = Optional.of(session.lastTxid());
        }
      }
    }
    long shipped = session.shippedTxid();
    while (!syncs.isEmpty() && syncs.peek().txid.filter(t -> t <= shipped).isPresent()) {
      SyncRequest r = syncs.remove();
      r.done.complete(r.txid.orElseThrow());
    }
  }

  private void pause(Duration duration) throws InterruptedException {
    if (wake.tryAcquire(duration.toNanos(), TimeUnit.NANOSECONDS)) {
      wake.drainPermits();
    }
  }
}
