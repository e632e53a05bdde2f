package dev.sidewal.agent;

import dev.sidewal.error.StoreException;
import dev.sidewal.fault.CrashPoint;
import dev.sidewal.replica.GenerationClaim;
import dev.sidewal.replica.GenerationManifest;
import dev.sidewal.replica.HistoryPublisher;
import dev.sidewal.replica.Position;
import dev.sidewal.retention.RetentionPass;
import dev.sidewal.sqlite.DatabaseFile;
import dev.sidewal.sqlite.DatabaseHeader;
import dev.sidewal.sqlite.FileStamp;
import dev.sidewal.sqlite.LogFollower;
import dev.sidewal.sqlite.SavedImage;
import dev.sidewal.sqlite.WholeRead;
import dev.sidewal.store.ObjectStore;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Begins a session: attaches, ships what an earlier session left, claims a generation, and finds
 * out what it begins with.
 *
 * <pre>
 * usable state, and the replica's history ends where it says?
 *   no  --&gt; a full snapshot
 *   yes --&gt; the log holds all that was committed since (proved)?
 *             yes --&gt; nothing: following goes on
 *             no  --&gt; every page is compared; those that changed are one gap transaction
 * </pre>
 *
 * <p>Invariant: the log is held before the store is asked for anything, so that nothing is lost
 * while it answers; unless the log was let go because the store did not answer. A generation is
 * claimed only after everything that the state calls safe is in the store. Not safe for use by
 * several threads.
 */
final class SessionStart {

  private static final Logger LOG = LoggerFactory.getLogger(SessionStart.class);
  private static final Duration LOOK = Duration.ofMillis(20);
  private static final GrowingRest FIRST_PAUSE =
      new GrowingRest(Duration.ofMillis(250), Duration.ofSeconds(15));

  /** What the start needs of the thread that runs it. */
  interface Host {
    /** The log is held. */
    void attached(LogFollower follower);

    /** There is progress. May be called often. */
    void alive();

    /** The store has taken something. */
    void progress();

    /** Whether to give up. */
    boolean giveUp();

    /** Waits a little, less if there is something to do. */
    void pause(Duration duration) throws InterruptedException;

    /** Says what goes wrong and is tried again; empty when it is over. */
    void trouble(Optional<String> what);

    /** A session begins with a snapshot, for a reason. */
    void snapshot(BeginReason reason);

    /** A session begins with a gap, for a reason. */
    void gap(BeginReason reason);

    /** A session goes on without either. */
    void continued();
  }

  /** What this run of the agent has done before. Used by one thread. */
  static final class Past {
    /** Whether it has claimed a generation: then a newer one of another agent ends it. */
    boolean claimed;

    /** Whether it has followed the database: then nobody waits for an answer at a start. */
    boolean followed;

    /** Retires what is not needed any more; remembers over sessions what it has done. */
    Optional<RetentionRunner> retention = Optional.empty();

    /** Verifies the replica now and then; also asked by others what came of it. */
    volatile Optional<VerificationRunner> verification = Optional.empty();

    /** What it has done over all sessions. */
    final ReplicationAccount account = new ReplicationAccount();

    /** The snapshots that were asked for. */
    final SnapshotRequests snapshots = new SnapshotRequests();
  }

  /** The state of an earlier run, if it can be used, and why not. */
  private record Known(
      Optional<SavedState> state, Optional<SavedImage> image, BeginReason reason, String whyNot) {
    static Known nothing(BeginReason reason, String whyNot) {
      return new Known(Optional.empty(), Optional.empty(), reason, whyNot);
    }
  }

  private final DatabaseFile database;
  private final RunDirectory run;
  private final ObjectStore store;
  private final ReplicationOptions options;
  private final Clock clock;
  private final UUID claimer;
  private final ClaimRunner claims;
  private final Past past;
  private final Host host;
  private final Trouble trouble;

  /**
   * Creates a start.
   *
   * @param claimer the id of this run of the agent
   * @param claims runs the claims of this run
   * @param past what this run has done before
   */
  SessionStart(
      DatabaseFile database,
      RunDirectory run,
      ObjectStore store,
      ReplicationOptions options,
      UUID claimer,
      ClaimRunner claims,
      Past past,
      Host host) {
    this.database = database;
    this.run = run;
    this.store = store;
    this.options = options;
    this.clock = options.clock();
    this.claimer = claimer;
    this.claims = claims;
    this.past = past;
    this.host = host;
    this.trouble = new Trouble(LOG, clock);
  }

  /**
   * Begins.
   *
   * @param storeFirst whether to wait for the store before the log is held
   * @return empty if told to give up
   */
  Optional<ReplicationSession> begin(boolean storeFirst) throws IOException, InterruptedException {
    past.account.databaseIsThere(clock.instant(), run.spool().entries());
    Leftovers leftovers = new Leftovers(database.path(), run, store, options, past.claimed);
    if (storeFirst && !leftovers.ship(host, Optional.empty())) {
      return Optional.empty();
    }
    Known known = known();
    try {
      long fresh = run.newTables();
      LogFollower follower =
          LogFollower.attach(
              database, run.tables(fresh), options.follow(), clock, host::alive, known.image());
      boolean begun = false;
      try {
        CrashPoint.ATTACHED.reached();
        host.attached(follower);
        Optional<ReplicationSession> session = begin(known, follower, leftovers, fresh);
        begun = session.isPresent();
        return session;
      } finally {
        if (!begun) {
          follower.close();
        }
      }
    } finally {
      known.image().ifPresent(SavedImage::close);
    }
  }

  private Known known() throws IOException {
    Optional<SavedState> last = run.state().last();
    if (last.isEmpty()) {
      return Known.nothing(BeginReason.NO_STATE, "there is no state of an earlier run");
    }
    SavedState state = last.get();
    Optional<DatabaseHeader> header = database.header();
    if (header.isEmpty() || header.get().pageSize() != state.mark().pageSize()) {
      return Known.nothing(BeginReason.PAGE_SIZE, "the page size is another one than before");
    }
    if (!FileStamp.of(database.path()).sameFile(state.mark().file())) {
      return Known.nothing(BeginReason.OTHER_FILE, "the database is another file than before");
    }
    try {
      Optional<SavedImage> image =
          SavedImage.open(run.tables(state.tables()), state.mark(), state.sequence());
      return image.isPresent()
          ? new Known(last, image, BeginReason.HISTORY_ENDS_ELSEWHERE, "")
          : Known.nothing(BeginReason.STATE_UNUSABLE, "the state of the earlier run is not whole");
    } catch (IOException e) {
      return Known.nothing(
          BeginReason.STATE_UNUSABLE,
          "the state of the earlier run cannot be read: " + e.getMessage());
    }
  }

  private Optional<ReplicationSession> begin(
      Known known, LogFollower follower, Leftovers leftovers, long fresh)
      throws IOException, InterruptedException {
    if (!leftovers.ship(host, Optional.of(follower))) {
      return Optional.empty();
    }
    Optional<GenerationClaim> claimed = claim(known, follower);
    if (claimed.isEmpty()) {
      return Optional.empty();
    }
    GenerationClaim claim = claimed.get();
    GenerationManifest generation = claim.manifest();
    LOG.info("claimed generation {} of {}", generation.generation(), store.location());
    long tables = follower.resumed() ? known.state().map(SavedState::tables).orElseThrow() : fresh;
    Ledger ledger = new Ledger(run.state(), follower, generation.replicaId(), tables);
    Spool spool = new Spool();
    TransactionRecorder.End end;
    if (generation.continues()) {
      SavedState state = known.state().orElseThrow();
      end =
          new TransactionRecorder.End(
              state.position(), later(state.time(), claim.earliestTime()), state.mark().pages());
    } else {
      String reason =
          known.state().isPresent()
              ? "the replica's history does not end, whole, where this agent's did"
              : known.whyNot();
      host.snapshot(known.reason());
      LOG.info("taking a full snapshot: {}", reason);
      Optional<TransactionRecorder.End> begin = firstState(follower, claim);
      if (begin.isEmpty()) {
        return Optional.empty();
      }
      end = begin.get();
      run.images().firstIsMissing(generation.generation());
      ledger.write(end.position(), end.time());
    }
    TransactionRecorder recorder =
        new TransactionRecorder(
            run.spool(), options.writer(), generation, follower.pageSize(), spool, ledger, end);
    if (generation.continues() && !goOn(known, follower, recorder, ledger, end)) {
      recorder.close();
      return Optional.empty();
    }
    run.removeOtherTables(tables);
    ImageKeeper images =
        new ImageKeeper(
            follower,
            recorder,
            spool,
            generation,
            options,
            store,
            run.images(),
            generation.continues()
                ? run.images().base(generation.replicaId(), follower.pageSize())
                : Optional.empty(),
            past.snapshots,
            host::progress);
    if (!generation.continues()) {
      spool.add(images.beginFirst());
    }
    Packer packer =
        new Packer(
            database.path().toString(),
            generation.replicaId(),
            run.packing(),
            store,
            spool,
            options);
    RetentionRunner retention = retention();
    retention.newSession();
    Shipper shipper =
        new Shipper(
            database.path().toString(),
            spool,
            new HistoryPublisher(store, generation.generation()),
            options.outageLimit(),
            clock,
            Shipper.SUPERSEDED_CHECK,
            generation.continues() ? end.position().txid() : 0,
            packer::shipped,
            host::progress);
    return Optional.of(
        new ReplicationSession(
            options,
            generation.generation(),
            follower,
            spool,
            shipper,
            packer,
            recorder,
            images,
            retention,
            past.account,
            generation.continues() ? Optional.of(end.time()) : Optional.empty(),
            host::alive));
  }

  private RetentionRunner retention() {
    RetentionRunner runner =
        past.retention.orElseGet(
            () ->
                new RetentionRunner(
                    database.path().toString(),
                    new RetentionPass(
                        store, options.retention(), options.retire(), clock, Version.writer()),
                    clock,
                    run.path().resolve("retention"),
                    past.account::listed));
    past.retention = Optional.of(runner);
    return runner;
  }

  /** Finds out the state with which the generation begins; empty if told to give up. */
  private Optional<TransactionRecorder.End> firstState(LogFollower follower, GenerationClaim claim)
      throws IOException {
    Instant start = clock.instant();
    if (!WholeRead.ofHashes(follower, host::giveUp)) {
      return Optional.empty();
    }
    GenerationManifest generation = claim.manifest();
    Position position =
        new Position(generation.generation(), generation.firstTxid(), follower.checksum());
    LOG.info(
        "the snapshot is of {} pages at transaction {} ({} ms to read them all)",
        follower.databasePages(),
        position.txid(),
        Duration.between(start, clock.instant()).toMillis());
    return Optional.of(
        new TransactionRecorder.End(position, now(claim.earliestTime()), follower.databasePages()));
  }

  /** Goes on after the state's transaction; false if told to give up. */
  private boolean goOn(
      Known known,
      LogFollower follower,
      TransactionRecorder recorder,
      Ledger ledger,
      TransactionRecorder.End end)
      throws IOException {
    if (follower.resumed()) {
      host.continued();
      LOG.info("following goes on after transaction {}, nothing was missed", recorder.lastTxid());
      ledger.write(end.position(), end.time());
      return true;
    }
    OptionalLong changed =
        new GapWriter(follower, recorder, run.path())
            .write(known.image().orElseThrow(), () -> now(end.time()), host::giveUp);
    if (changed.isEmpty()) {
      return false;
    }
    if (changed.getAsLong() == 0) {
      host.continued();
      LOG.info(
          "following goes on after transaction {}: the database is as it was", recorder.lastTxid());
      ledger.write(end.position(), end.time());
      return true;
    }
    String reason = "the log does not hold all that was committed while nobody followed";
    host.gap(BeginReason.LOG_INCOMPLETE);
    LOG.warn(
        "transaction {} is a gap: {} pages changed, and the states in between are unknown, because"
            + " {}",
        recorder.lastTxid(),
        changed.getAsLong(),
        reason);
    recorder.seal();
    return true;
  }

  /** Claims a generation; empty if told to give up. */
  private Optional<GenerationClaim> claim(Known known, LogFollower follower)
      throws IOException, InterruptedException {
    Optional<GenerationClaim.Continuation> own =
        known.state().map(s -> new GenerationClaim.Continuation(s.replicaId(), s.position()));
    HoldLimit limit = new HoldLimit(database.path(), options.maxHeldLogBytes());
    Instant begun = clock.instant();
    GrowingRest pause = FIRST_PAUSE;
    while (true) {
      try {
        Optional<GenerationClaim> claim = claimOnce(own, follower, limit);
        trouble.over();
        host.trouble(Optional.empty());
        return claim;
      } catch (StoreException e) {
        // Who starts for the first time waits for an answer; later nobody does, and the log is
        // worth holding.
        boolean overdue =
            options
                .outageLimit()
                .filter(l -> Duration.between(begun, clock.instant()).compareTo(l) > 0)
                .isPresent();
        if (overdue || (own.isEmpty() && !past.followed)) {
          throw e;
        }
        trouble.report(e.getMessage());
        host.trouble(trouble.reason());
      }
      if (!hold(follower, limit, pause.time())) {
        return Optional.empty();
      }
      pause = pause.next();
    }
  }

  private Optional<GenerationClaim> claimOnce(
      Optional<GenerationClaim.Continuation> own, LogFollower follower, HoldLimit limit)
      throws IOException, InterruptedException {
    int pageSize = follower.pageSize();
    Optional<GenerationClaim> claimed =
        claims.claim(
            cancelled ->
                Claims.claim(
                    store, pageSize, clock, claimer, own, past.claimed, past.account, cancelled),
            () -> {
              checkHold(follower, limit);
              return !host.giveUp();
            });
    if (claimed.isPresent()) {
      past.claimed = true;
    }
    return claimed;
  }

  private boolean hold(LogFollower follower, HoldLimit limit, Duration pause)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + pause.toNanos();
    while (System.nanoTime() - end < 0) {
      if (host.giveUp()) {
        return false;
      }
      checkHold(follower, limit);
      host.pause(LOOK);
    }
    return true;
  }

  static void checkHold(LogFollower follower, HoldLimit limit) throws IOException {
    Optional<String> tooLong = limit.exceeded(follower);
    if (tooLong.isPresent()) {
      throw new LogLetGoException(tooLong.get());
    }
  }

  private Instant now(Instant earliest) {
    return later(clock.instant().truncatedTo(ChronoUnit.MILLIS), earliest);
  }

  private static Instant later(Instant a, Instant b) {
    return a.isBefore(b) ? b : a;
  }
}
