package dev.sidewal.agent;

import dev.sidewal.error.DatabaseException;
import dev.sidewal.error.HistoryDamagedException;
import dev.sidewal.error.SidewalException;
import dev.sidewal.error.StoreException;
import dev.sidewal.error.SupersededException;
import dev.sidewal.fault.CrashPoint;
import dev.sidewal.sqlite.ContinuityLostException;
import dev.sidewal.sqlite.DatabaseFile;
import dev.sidewal.sqlite.FollowStatistics;
import dev.sidewal.sqlite.LogFollower;
import dev.sidewal.store.ObjectStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
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
 * lost, or the disk or the database fail, the session ends with what is safe on local disk, and
 * another one begins; only what another agent did, and a failure before anything was followed, end
 * the replication.
 */
final class DatabaseReplicator {

  private static final Logger LOG = LoggerFactory.getLogger(DatabaseReplicator.class);
  private static final Duration ACTIVE_PAUSE = Duration.ofMillis(5);
  private static final Duration IDLE_PAUSE = Duration.ofMillis(20);
  private static final Duration GATE_PAUSE = Duration.ofMillis(50);
  private static final Duration FIRST_REATTACH_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_REATTACH_PAUSE = Duration.ofSeconds(30);

  /** A session that lasted for so long went well: the next one begins soon. */
  private static final Duration LONG_SESSION = Duration.ofSeconds(5);

  private static final Duration FILE_CHECK = Duration.ofSeconds(1);

  /** The key under which the log context names the database. */
  static final String LOG_SUBJECT = "database";

  private final Path database;
  private final ObjectStore store;
  private final ReplicationOptions options;
  private final Clock clock;
  private final Thread thread;
  private final Semaphore wake = new Semaphore(0);
  private final SyncRequests syncs = new SyncRequests();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final UUID claimer = UUID.randomUUID();
  private final ClaimRunner claims;
  private final SessionStart.Past past = new SessionStart.Past();
  private final Trouble trouble;
  private final Watchdog watchdog;
  private ReplicationCounts counts = ReplicationCounts.NONE;
  private volatile ReplicationStatus status =
      ReplicationStatus.of(ReplicationState.WAITING, ReplicationCounts.NONE);
  private volatile Optional<Instant> stopBefore = Optional.empty();
  private volatile Optional<RuntimeException> failure = Optional.empty();
  private volatile boolean allShipped;

  DatabaseReplicator(Path database, ObjectStore store, ReplicationOptions options) {
    this.database = database;
    this.store = store;
    this.options = options;
    this.clock = options.clock();
    this.trouble = new Trouble(LOG, clock);
    this.claims = new ClaimRunner(database.toString());
    this.watchdog = new Watchdog(database.toString(), options.stallTimeout());
    this.thread = new Thread(this::run, "sidewal " + database.getFileName());
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  ReplicationStatus status() {
    return status;
  }

  boolean isAlive() {
    return watchdog.isAlive();
  }

  Optional<RuntimeException> failure() {
    return failure;
  }

  boolean allShipped() {
    return allShipped;
  }

  /** Asks for everything that is committed now to be shipped without delay. */
  CompletableFuture<Long> sync() {
    CompletableFuture<Long> done = syncs.add();
    wake.release();
    if (ended.getCount() == 0) {
      failSyncs();
    }
    return done;
  }

  /** Asks for a snapshot. */
  CompletableFuture<Long> snapshot() {
    CompletableFuture<Long> done = past.snapshots.add();
    wake.release();
    if (ended.getCount() == 0) {
      failSyncs();
    }
    return done;
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
    watchdog.close();
    past.retention.ifPresent(RetentionRunner::close);
    status = status.with(state);
    ended.countDown();
    failSyncs();
  }

  private void failSyncs() {
    RuntimeException why =
        failure.orElseGet(
            () -> new StoreException("Replication of " + database + " has ended", false, null));
    syncs.fail(why);
    past.snapshots.fail(why);
  }

  private void replicate() throws IOException, InterruptedException {
    boolean again = false;
    boolean storeFirst = false;
    Duration rest = FIRST_REATTACH_PAUSE;
    Optional<RunDirectory> run = Optional.empty();
    try {
      while (true) {
        Instant begun = clock.instant();
        boolean waitForStore = storeFirst;
        storeFirst = false;
        try {
          Optional<DatabaseFile> file = waitForDatabase(again);
          if (file.isEmpty()) {
            // Told to stop before there was anything to replicate.
            allShipped = run.isEmpty() || run.get().spool().entries().isEmpty();
            return;
          }
          if (run.isEmpty()) {
            run =
                Optional.of(RunDirectory.open(stateDirectory(file.get().path()), store.location()));
          }
          if (replicate(file.get(), run.get(), waitForStore)) {
            return;
          }
        } catch (ContinuityLostException e) {
          trouble.over();
          LOG.error(
              "{}. Nothing doubtful was shipped, and what was shipped before stays restorable."
                  + " Following begins anew.",
              e.getMessage());
        } catch (LogLetGoException e) {
          LOG.error("{}", e.getMessage());
          storeFirst = true;
        } catch (ImageGivenUpException e) {
          LOG.error("{} Following begins anew.", e.getMessage());
        } catch (StoreException e) {
          // At the first start somebody is looking on, and waits for an answer. Later nobody does.
          if (!past.followed) {
            throw e;
          }
          trouble.report(e.getMessage());
        } catch (HistoryDamagedException
            | DatabaseException
            | IOException
            | UncheckedIOException e) {
          if (!past.followed) {
            throw e;
          }
          trouble.report(e.getMessage() + " What was shipped before stays restorable.");
        }
        again = true;
        status =
            ReplicationStatus.of(ReplicationState.WAITING, counts).withTrouble(trouble.reason());
        if (Duration.between(begun, clock.instant()).compareTo(LONG_SESSION) > 0) {
          rest = FIRST_REATTACH_PAUSE;
        }
        if (run.isPresent() && !run.get().exists()) {
          LOG.error("the state directory was removed; a new one is made");
          closeQuietly(run.get());
          run = Optional.empty();
        }
        restBeforeNext(rest);
        Duration twice = rest.multipliedBy(2);
        rest = twice.compareTo(LONGEST_REATTACH_PAUSE) > 0 ? LONGEST_REATTACH_PAUSE : twice;
      }
    } finally {
      run.ifPresent(RunDirectory::close);
    }
  }

  private static void closeQuietly(RunDirectory run) {
    try {
      run.close();
    } catch (UncheckedIOException e) {
      LOG.debug("closing what is gone: {}", e.toString());
    }
  }

  private void restBeforeNext(Duration rest) throws InterruptedException {
    long end = System.nanoTime() + rest.toNanos();
    while (stopBefore.isEmpty() && System.nanoTime() - end < 0) {
      pause(GATE_PAUSE);
    }
  }

  private Path stateDirectory(Path file) {
    return options
        .stateDirectory()
        .map(shared -> RunDirectory.stateDirectory(shared, file))
        .orElseGet(() -> RunDirectory.defaultStateDirectory(file));
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
   * Replicates a database in one session.
   *
   * @return true if told to stop, false if the database's path leads to another file now
   */
  private boolean replicate(DatabaseFile file, RunDirectory run, boolean storeFirst)
      throws IOException, InterruptedException {
    status = ReplicationStatus.of(ReplicationState.ATTACHING, counts);
    Optional<ReplicationSession> session =
        new SessionStart(file, run, store, options, claimer, claims, past, new StartHost())
            .begin(storeFirst);
    if (session.isEmpty()) {
      return true;
    }
    trouble.over();
    past.followed = true;
    // What the session begins with has all that was committed before.
    syncs.beginAnew();
    try (ReplicationSession s = session.get()) {
      LOG.info("following from transaction {} on", s.lastTxid() + 1);
      return follow(s);
    } finally {
      watchdog.watch(Optional.empty());
    }
  }

  /** What a session's start needs of this thread. */
  private final class StartHost implements SessionStart.Host {
    @Override
    public void attached(LogFollower follower) {
      watchdog.watch(Optional.of(follower));
      status = ReplicationStatus.of(ReplicationState.SNAPSHOTTING, counts);
      LOG.info("attached");
    }

    @Override
    public void alive() {
      watchdog.alive();
    }

    @Override
    public void progress() {
      wake.release();
    }

    @Override
    public boolean giveUp() {
      watchdog.alive();
      return stopBefore.filter(clock.instant()::isAfter).isPresent();
    }

    @Override
    public void pause(Duration duration) throws InterruptedException {
      DatabaseReplicator.this.pause(duration);
    }

    @Override
    public void trouble(Optional<String> what) {
      status = status.withTrouble(what);
    }

    @Override
    public void snapshot(String reason) {
      counts = counts.withSnapshot(reason);
    }

    @Override
    public void gap(String reason) {
      counts = counts.withGap(reason);
    }

    @Override
    public void continued() {
      counts = counts.withContinued();
    }
  }

  private boolean follow(ReplicationSession session) throws IOException, InterruptedException {
    Instant nextFileCheck = clock.instant().plus(FILE_CHECK);
    try {
      while (stopBefore.isEmpty()) {
        syncs.take();
        session.tick(syncs.waitForSealing());
        // Before the answer: whoever gets it looks here whether an image has become due.
        status = session.status(state(session), counts);
        syncs.answer(session);
        Instant now = clock.instant();
        if (!now.isBefore(nextFileCheck) || now.plus(FILE_CHECK).isBefore(nextFileCheck)) {
          nextFileCheck = now.plus(FILE_CHECK);
          if (!session.databaseIsCurrent()) {
            shipRestOfOldFile(session);
            return false;
          }
          session.checkFiles();
        }
        pause(session.busy() ? ACTIVE_PAUSE : IDLE_PAUSE);
      }
      status = session.status(ReplicationState.STOPPING, counts);
      syncs.take();
      allShipped = session.drain(Duration.between(clock.instant(), stopBefore.orElseThrow()));
    } catch (ContinuityLostException | LogLetGoException e) {
      sealRest(session);
      // What is left is answered by what the next session begins with, which has it all.
      syncs.beginAnew();
      throw e;
    }
    status = session.status(ReplicationState.STOPPING, counts);
    LOG.info(
        "stopped at transaction {}; the store has {}; {}",
        status.lastTxid(),
        status.shippedTxid(),
        status.follow().map(FollowStatistics::summary).orElse(""));
    syncs.answer(session);
    CrashPoint.CLOSING.reached();
    return true;
  }

  private static ReplicationState state(ReplicationSession session) {
    if (session.holding()) {
      return ReplicationState.HOLDING;
    }
    return session.firstIsMissing() ? ReplicationState.SNAPSHOTTING : ReplicationState.FOLLOWING;
  }

  private static void sealRest(ReplicationSession session) {
    try {
      session.sealRest();
    } catch (IOException | UncheckedIOException e) {
      LOG.warn("what was copied last is part of the next transaction: {}", e.toString());
    }
  }

  private void shipRestOfOldFile(ReplicationSession session)
      throws IOException, InterruptedException {
    LOG.warn("the file was deleted or replaced; shipping the rest of the old one");
    syncs.take();
    boolean drained = session.drain(options.shutdownTimeout());
    syncs.answer(session);
    if (!drained) {
      LOG.error(
          "the store did not take the last transactions of the old file in {} s:"
              + " {} were copied, {} are in the store",
          options.shutdownTimeout().toSeconds(),
          session.lastTxid(),
          session.shippedTxid());
    }
    syncs.fail(
        new DatabaseException(database + " was replaced before all of the old file was shipped."));
  }

  private void pause(Duration duration) throws InterruptedException {
    watchdog.alive();
    if (wake.tryAcquire(duration.toNanos(), TimeUnit.NANOSECONDS)) {
      wake.drainPermits();
    }
  }
}
