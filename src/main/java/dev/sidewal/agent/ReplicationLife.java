package dev.sidewal.agent;

import dev.sidewal.error.DatabaseException;
import dev.sidewal.error.HistoryDamagedException;
import dev.sidewal.error.StoreException;
import dev.sidewal.fault.CrashPoint;
import dev.sidewal.sqlite.ContinuityLostException;
import dev.sidewal.sqlite.DatabaseFile;
import dev.sidewal.sqlite.FollowStatistics;
import dev.sidewal.sqlite.LogFollower;
import dev.sidewal.store.ObjectStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The life of one replication, through all {@link ReplicationState}s, in steps that follow one
 * another:
 *
 * <pre>
 * gate --&gt; start --&gt; follow --&gt; drain --&gt; close --&gt; (the end)
 *   ^         |         |         |         |
 *   |         v         v         v         |
 *   +------ rest &lt;--- close &lt;--------------+   another file, or a failure
 * </pre>
 *
 * <p>When continuity is lost, or the disk or the database fail, the session ends with what is safe
 * on local disk, and another one begins after a rest; only what another agent did, and a failure
 * before anything was followed, end the replication. Used by one thread at a time; the requests
 * ({@link #sync}, {@link #snapshot}, {@link #requestStop}) and {@link #status} by any.
 */
final class ReplicationLife {

  private static final Logger LOG = LoggerFactory.getLogger(ReplicationLife.class);
  private static final Duration ACTIVE_PAUSE = Duration.ofMillis(5);
  private static final Duration GATE_PAUSE = Duration.ofMillis(50);

  /** A database that is away for so long is gone, for now. */
  private static final Duration GONE = Duration.ofSeconds(2);

  private static final Duration DRAIN_PAUSE = Duration.ofMillis(10);
  private static final GrowingRest FIRST_REATTACH_PAUSE =
      new GrowingRest(Duration.ofMillis(500), Duration.ofSeconds(30));

  /** Told to stop, it tries again soon, while there is time. */
  private static final Duration LAST_REATTACH_PAUSE = Duration.ofMillis(100);

  /** A session that lasted for so long went well: the next one begins soon. */
  private static final Duration LONG_SESSION = Duration.ofSeconds(5);

  /** What is done in one step. */
  private interface Phase {
    Next run() throws IOException, InterruptedException;
  }

  /** What is done next, on which threads, and when; nothing at the end. */
  private record Next(Optional<Phase> phase, Serial.Rest rest) {
    static Next at(Workers.Kind kind, Duration time, Phase phase) {
      return new Next(Optional.of(phase), new Serial.Rest(kind, time));
    }

    static Next now(Workers.Kind kind, Phase phase) {
      return at(kind, Duration.ZERO, phase);
    }

    static Next end() {
      return new Next(Optional.empty(), new Serial.Rest(Workers.Kind.START, Duration.ZERO));
    }
  }

  private final Path database;
  private final ObjectStore store;
  private final ReplicationOptions options;
  private final Clock clock;
  private final Runnable wakeStep;
  private final Semaphore wake = new Semaphore(0);
  private final SyncRequests syncs = new SyncRequests();
  private final UUID claimer = UUID.randomUUID();
  private final ClaimRunner claims = new ClaimRunner();
  private final SessionStart.Past past = new SessionStart.Past();
  private final Trouble trouble;
  private final Watchdog watchdog;
  private final Looks looks;

  private Phase phase = this::gate;
  private boolean again;
  private boolean storeFirst;

  /** Whether the start that runs waits for a store that does not answer. */
  private boolean startWaits;

  private Instant begun;
  private GrowingRest rest = FIRST_REATTACH_PAUSE;
  private Optional<DatabaseGate> gate = Optional.empty();

  /** A moment of {@link System#nanoTime}; counts while the database is away. */
  private long nextRestLook;

  private Optional<RunDirectory> run = Optional.empty();

  /** The database from the gate on, until its session is closed. */
  private Optional<DatabaseFile> file = Optional.empty();

  private Optional<ReplicationSession> session = Optional.empty();
  private ReplicationCounts counts = ReplicationCounts.NONE;
  private volatile ReplicationStatus status =
      ReplicationStatus.of(ReplicationState.WAITING, ReplicationCounts.NONE);
  private volatile Optional<Instant> stopBefore = Optional.empty();
  private volatile boolean allShipped;

  /**
   * Creates a life that has not begun.
   *
   * @param wakeStep has the next step done at once
   */
  ReplicationLife(Path database, ObjectStore store, ReplicationOptions options, Runnable wakeStep) {
    this.database = database;
    this.store = store;
    this.options = options;
    this.wakeStep = wakeStep;
    this.clock = options.clock();
    this.begun = clock.instant();
    this.trouble = new Trouble(LOG, clock);
    this.watchdog = new Watchdog(database.toString(), options.stallTimeout());
    this.looks = new Looks(clock);
  }

  ReplicationStatus status() {
    return past.account.complete(
        status,
        past.verification.flatMap(VerificationRunner::status),
        clock.instant(),
        store.expiryAlarm());
  }

  boolean isAlive() {
    return watchdog.isAlive();
  }

  boolean allShipped() {
    return allShipped;
  }

  CompletableFuture<Long> sync() {
    CompletableFuture<Long> done = syncs.add();
    wake();
    return done;
  }

  CompletableFuture<Long> snapshot() {
    CompletableFuture<Long> done = past.snapshots.add();
    wake();
    return done;
  }

  void requestStop(Duration timeout) {
    if (stopBefore.isEmpty()) {
      stopBefore = Optional.of(clock.instant().plus(timeout));
    }
    wake();
  }

  void failRequests(RuntimeException why) {
    syncs.fail(why);
    past.snapshots.fail(why);
  }

  private void wake() {
    if (wake.availablePermits() == 0) {
      wake.release();
    }
    wakeStep.run();
  }

  /**
   * Does one step; empty after the last one.
   *
   * @throws RuntimeException whatever ends the replication, and so do the other exceptions
   */
  Optional<Serial.Rest> step() throws IOException, InterruptedException {
    watchdog.queued(false);
    Next next;
    try {
      next = phase.run();
    } catch (ContinuityLostException
        | LogLetGoException
        | ImageGivenUpException
        | StoreException
        | HistoryDamagedException
        | DatabaseException
        | IOException
        | UncheckedIOException e) {
      next = session.isPresent() ? Next.now(Workers.Kind.END, () -> closeAfter(e)) : restAfter(e);
    }
    if (next.phase().isEmpty()) {
      return Optional.empty();
    }
    phase = next.phase().get();
    if (next.rest().kind() == Workers.Kind.START && session.isEmpty()) {
      watchdog.queued(true);
    }
    return Optional.of(next.rest());
  }

  /** Ends whatever is not ended yet. */
  void end(ReplicationState state) {
    watchdog.close();
    end("the session", this::closeSession);
    end("retention", () -> past.retention.ifPresent(RetentionRunner::close));
    end("verification", () -> past.verification.ifPresent(VerificationRunner::close));
    end("the state directory", () -> run.ifPresent(RunDirectory::close));
    status = status.with(state);
  }

  /** What cannot be closed keeps nothing else from being closed, and nobody waiting for the end. */
  private static void end(String what, Runnable close) {
    try {
      close.run();
    } catch (RuntimeException e) {
      LOG.warn("closing {} failed: {}", what, e.toString());
    }
  }

  private Next gate() throws IOException {
    DatabaseGate current =
        gate.orElseGet(
            () ->
                new DatabaseGate(
                    database, options.enableWal(), options.waitForDatabase(), again, clock));
    file = current.look();
    if (file.isPresent()) {
      past.account.databaseIsThere(clock.instant(), List.of());
      gate = Optional.empty();
      return Next.now(Workers.Kind.START, this::start);
    }
    if (stopBefore.isPresent()) {
      // Told to stop before there was anything to replicate.
      allShipped = run.isEmpty() || run.get().spool().entries().isEmpty();
      return Next.end();
    }
    past.account.databaseIsGone();
    long now = System.nanoTime();
    if (gate.isEmpty()) {
      LOG.info("waiting for the database");
      gate = Optional.of(current);
      nextRestLook = now + GONE.toNanos();
    }
    if (now - nextRestLook >= 0) {
      nextRestLook = now + GONE.toNanos();
      if (run.isPresent() && !run.get().spool().entries().isEmpty()) {
        return Next.now(Workers.Kind.START, this::shipRest);
      }
      past.account.restIsShipped();
    }
    return Next.at(Workers.Kind.FOLLOW, looks.atLeast(GATE_PAUSE), this::gate);
  }

  /** Ships what a database that is gone has left, as long as it does not come back. */
  private Next shipRest() throws IOException, InterruptedException {
    try {
      if (new Leftovers(database, run.orElseThrow(), store, options, past.claimed)
          .ship(new GoneHost(), Optional.empty())) {
        past.account.restIsShipped();
      }
    } finally {
      waitsForStore(false);
    }
    return Next.now(Workers.Kind.FOLLOW, this::gate);
  }

  private Next start() throws IOException, InterruptedException {
    DatabaseFile opened = file.orElseThrow();
    if (run.isEmpty()) {
      run = Optional.of(RunDirectory.open(stateDirectory(opened.path()), store.location()));
    }
    boolean isNew = run.get().state().last().isEmpty();
    if (isNew && !ImageSlots.haveRoom() && stopBefore.isEmpty()) {
      return Next.at(Workers.Kind.START, GATE_PAUSE, this::start);
    }
    boolean waitForStore = storeFirst;
    storeFirst = false;
    status = ReplicationStatus.of(ReplicationState.ATTACHING, counts);
    try {
      session =
          new SessionStart(
                  opened, run.get(), store, options, claimer, claims, past, new StartHost())
              .begin(waitForStore);
    } finally {
      waitsForStore(false);
    }
    if (session.isEmpty()) {
      return Next.end();
    }
    trouble.over();
    past.followed = true;
    // What the session begins with has all that was committed before.
    syncs.beginAnew();
    LOG.info("following from transaction {} on", session.get().lastTxid() + 1);
    looks.begin();
    verifyNowAndThen(run.get());
    return Next.now(Workers.Kind.FOLLOW, this::follow);
  }

  private void verifyNowAndThen(RunDirectory directory) {
    if (past.verification.isEmpty()) {
      past.verification =
          Optional.of(
              new VerificationRunner(
                  database.toString(),
                  store,
                  options.verification(),
                  clock,
                  new SecureRandom(),
                  directory.path(),
                  VerificationRunner.sharedThread()));
    }
  }

  private void waitsForStore(boolean waits) {
    if (waits && !startWaits) {
      Workers.SHARED.startWaits();
    } else if (!waits && startWaits) {
      Workers.SHARED.startGoesOn();
    }
    startWaits = waits;
  }

  private Path stateDirectory(Path file) {
    return options
        .stateDirectory()
        .map(shared -> RunDirectory.stateDirectory(shared, file))
        .orElseGet(() -> RunDirectory.defaultStateDirectory(file));
  }

  private Next follow() throws IOException {
    ReplicationSession current = session.orElseThrow();
    if (stopBefore.isPresent()) {
      status = current.status(ReplicationState.STOPPING, counts);
      syncs.take();
      current.beginDrain(Duration.between(clock.instant(), stopBefore.get()));
      return Next.now(Workers.Kind.FOLLOW, () -> drain(this::stopped));
    }
    boolean woken = wake.drainPermits() > 0;
    boolean filesAreDue = looks.filesAreDue();
    if (!woken && !filesAreDue && current.mayRest()) {
      return Next.at(Workers.Kind.FOLLOW, looks.idlePause(current.lastTxid()), this::follow);
    }
    try {
      syncs.take();
      current.tick(syncs.waitForSealing());
      // Before the answer: whoever gets it looks here whether an image has become due.
      status = current.status(state(current), counts);
      syncs.answer(current);
      if (!current.firstIsMissing()) {
        past.verification.ifPresent(VerificationRunner::tick);
      }
      if (filesAreDue) {
        if (!current.databaseIsCurrent()) {
          LOG.warn("the file was deleted or replaced; shipping the rest of the old one");
          syncs.take();
          current.beginDrain(options.shutdownTimeout());
          return Next.now(Workers.Kind.FOLLOW, () -> drain(this::replaced));
        }
        current.checkFiles();
      }
    } catch (ContinuityLostException | LogLetGoException e) {
      sealRest(current);
      throw e;
    }
    return Next.at(
        Workers.Kind.FOLLOW,
        current.busy() ? ACTIVE_PAUSE : looks.idlePause(current.lastTxid()),
        this::follow);
  }

  private Next drain(Phase then) throws IOException {
    ReplicationSession current = session.orElseThrow();
    try {
      Optional<Boolean> done = current.drain();
      if (done.isEmpty()) {
        return Next.at(Workers.Kind.FOLLOW, DRAIN_PAUSE, () -> drain(then));
      }
      allShipped = done.get();
    } catch (ContinuityLostException | LogLetGoException e) {
      sealRest(current);
      throw e;
    }
    return Next.now(Workers.Kind.END, then);
  }

  private Next stopped() {
    ReplicationSession current = session.orElseThrow();
    status = current.status(ReplicationState.STOPPING, counts);
    LOG.info(
        "stopped at transaction {}; the store has {}; {}",
        status.lastTxid(),
        status.shippedTxid(),
        status.follow().map(FollowStatistics::summary).orElse(""));
    syncs.answer(current);
    CrashPoint.CLOSING.reached();
    return Next.end();
  }

  private Next replaced() throws IOException {
    ReplicationSession current = session.orElseThrow();
    syncs.answer(current);
    if (!allShipped) {
      LOG.error(
          "the store did not take the last transactions of the old file in {} s:"
              + " {} were copied, {} are in the store",
          options.shutdownTimeout().toSeconds(),
          current.lastTxid(),
          current.shippedTxid());
    }
    syncs.fail(
        new DatabaseException(database + " was replaced before all of the old file was shipped."));
    closeSession();
    return rest();
  }

  private Next closeAfter(Exception why) throws IOException {
    closeSession();
    return restAfter(why);
  }

  private void closeSession() {
    try {
      if (session.isPresent()) {
        looks.end();
        session.get().close();
      }
    } finally {
      session = Optional.empty();
      watchdog.watch(Optional.empty());
      releaseFile();
    }
  }

  private void releaseFile() {
    Optional<DatabaseFile> unused = file;
    file = Optional.empty();
    unused.ifPresent(DatabaseFile::release);
  }

  private static ReplicationState state(ReplicationSession session) {
    if (session.holding()) {
      return ReplicationState.HOLDING;
    }
    return session.firstIsMissing() ? ReplicationState.SNAPSHOTTING : ReplicationState.FOLLOWING;
  }

  private void sealRest(ReplicationSession session) {
    try {
      session.sealRest();
    } catch (IOException | UncheckedIOException e) {
      LOG.warn("what was copied last is part of the next transaction: {}", e.toString());
    }
    // What is left is answered by what the next session begins with, which has it all.
    syncs.beginAnew();
  }

  /** Says what went wrong, and rests before it is tried again; or throws what ends it all. */
  private Next restAfter(Exception why) throws IOException {
    releaseFile();
    if (why instanceof ContinuityLostException) {
      trouble.over();
      LOG.error(
          "{}. Nothing doubtful was shipped, and what was shipped before stays restorable."
              + " Following begins anew.",
          why.getMessage());
    } else if (why instanceof LogLetGoException) {
      LOG.error("{}", why.getMessage());
      storeFirst = true;
    } else if (why instanceof ImageGivenUpException) {
      LOG.error("{} Following begins anew.", why.getMessage());
    } else if (past.followed) {
      boolean ofStore = why instanceof StoreException;
      trouble.report(
          why.getMessage() + (ofStore ? "" : " What was shipped before stays restorable."));
    } else if (why instanceof IOException e) {
      throw e;
    } else {
      // At the first start somebody is looking on, and waits for an answer. Later nobody does.
      throw (RuntimeException) why;
    }
    return rest();
  }

  private Next rest() {
    again = true;
    gate = Optional.empty();
    watchdog.watch(Optional.empty());
    status = ReplicationStatus.of(ReplicationState.WAITING, counts).withTrouble(trouble.reason());
    if (Duration.between(begun, clock.instant()).compareTo(LONG_SESSION) > 0) {
      rest = FIRST_REATTACH_PAUSE;
    }
    if (run.isPresent() && !run.get().exists()) {
      LOG.error("the state directory was removed; a new one is made");
      closeQuietly(run.get());
      run = Optional.empty();
    }
    Duration now = stopBefore.isPresent() ? LAST_REATTACH_PAUSE : rest.time();
    long end = System.nanoTime() + now.toNanos();
    rest = rest.next();
    return resting(end);
  }

  private Next resting(long end) {
    Duration left = Duration.ofNanos(end - System.nanoTime());
    if (left.isNegative() || left.isZero()) {
      begun = clock.instant();
      return Next.now(Workers.Kind.FOLLOW, this::gate);
    }
    Duration look = left.compareTo(GATE_PAUSE) < 0 ? left : GATE_PAUSE;
    long last = System.nanoTime() + LAST_REATTACH_PAUSE.toNanos();
    boolean hurry = stopBefore.isPresent() && last - end < 0;
    return Next.at(Workers.Kind.FOLLOW, look, () -> resting(hurry ? last : end));
  }

  private static void closeQuietly(RunDirectory run) {
    try {
      run.close();
    } catch (UncheckedIOException e) {
      LOG.debug("closing what is gone: {}", e.toString());
    }
  }

  /** What shipping the rest of a database that is gone needs. */
  private final class GoneHost extends StartHost {
    @Override
    public boolean giveUp() {
      return super.giveUp() || Files.exists(database);
    }
  }

  /** What a session's start needs of this life. */
  private class StartHost implements SessionStart.Host {
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
      wake();
    }

    @Override
    public boolean giveUp() {
      watchdog.alive();
      return stopBefore.filter(clock.instant()::isAfter).isPresent();
    }

    @Override
    public void pause(Duration duration) throws InterruptedException {
      watchdog.alive();
      if (wake.tryAcquire(duration.toNanos(), TimeUnit.NANOSECONDS)) {
        wake.drainPermits();
      }
    }

    @Override
    public void trouble(Optional<String> what) {
      waitsForStore(what.isPresent());
      status = status.withTrouble(what);
    }

    @Override
    public void snapshot(BeginReason reason) {
      counts = counts.withSnapshot(reason);
    }

    @Override
    public void gap(BeginReason reason) {
      counts = counts.withGap(reason);
    }

    @Override
    public void continued() {
      counts = counts.withContinued();
    }
  }
}
