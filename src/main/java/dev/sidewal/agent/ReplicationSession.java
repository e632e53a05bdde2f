package dev.sidewal.agent;

import dev.sidewal.error.DatabaseException;
import dev.sidewal.error.SidewalException;
import dev.sidewal.sqlite.ContinuityLostException;
import dev.sidewal.sqlite.LogFollower;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One generation, from what it begins with on: copies from the log into segments, seals them when
 * it is time, and hands them to the shipper.
 *
 * <p><b>When a segment is sealed.</b> At once when nothing was sealed for the sync interval; else
 * when the interval is over; later while the store is still busy with what came before, so that a
 * slow store gets fewer and larger objects; at once when it reaches its size limit, and before the
 * log may be begun anew.
 *
 * <p><b>Holding.</b> When the spool is full, or the local disk takes nothing, nothing is copied,
 * and the read-lock chain holds the log instead. What was copied and is not safe on disk is
 * forgotten then, and copied again later: the log still has it. When holding would cost the
 * application its disk, it ends with a {@link LogLetGoException}.
 *
 * <p>Invariant: copying never waits for the store. Not safe for use by several threads.
 */
final class ReplicationSession implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ReplicationSession.class);
  private static final long COPY_BUDGET = 8L << 20;
  private static final Duration DATABASE_PATIENCE = Duration.ofSeconds(5);
  private static final Duration DISK_REST = Duration.ofSeconds(1);

  /** So much later a segment is sealed at most while the store is busy or away. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final ReplicationOptions options;
  private final long generation;
  private final Spool spool;
  private final LogFollower follower;
  private final Shipper shipper;
  private final Packer packer;
  private final TransactionRecorder recorder;
  private final ImageKeeper images;
  private final RetentionRunner retention;
  private final HoldLimit holdLimit;
  private final Trouble trouble;
  private final ReplicationAccount account;
  private final Optional<Instant> timeAtBegin;
  private final Runnable alive;

  /** A moment of {@link System#nanoTime}: the wall clock may be set back by hours. */
  private long nextSeal = System.nanoTime();

  /** When the last look at the log began that was told. */
  private Optional<Instant> toldOf = Optional.empty();

  private boolean atEnd;
  private boolean moved = true;
  private boolean holding;

  /** Whether the last tick has left nothing to do but to look at the log. */
  private boolean still;

  /** Until which moment of {@link System#nanoTime} the rest may be shipped. */
  private long drainEnd;

  private boolean drained;

  /** Since which moment of {@link System#nanoTime} SQLite fails. */
  private Optional<Long> databaseFailsSince = Optional.empty();

  /** Nothing is written to the local disk before this moment of {@link System#nanoTime}. */
  private Optional<Long> diskRestsUntil = Optional.empty();

  /**
   * Creates a session.
   *
   * @param account is told what the session does
   * @param timeAtBegin the time of the last transaction that the store had before; empty if none
   */
  ReplicationSession(
      ReplicationOptions options,
      long generation,
      LogFollower follower,
      Spool spool,
      Shipper shipper,
      Packer packer,
      TransactionRecorder recorder,
      ImageKeeper images,
      RetentionRunner retention,
      ReplicationAccount account,
      Optional<Instant> timeAtBegin,
      Runnable alive) {
    this.retention = retention;
    this.account = account;
    this.timeAtBegin = timeAtBegin;
    this.images = images;
    this.alive = alive;
    this.options = options;
    this.generation = generation;
    this.follower = follower;
    this.spool = spool;
    this.shipper = shipper;
    this.packer = packer;
    this.recorder = recorder;
    this.holdLimit = new HoldLimit(follower.database().path(), options.maxHeldLogBytes());
    this.trouble = new Trouble(LOG, options.clock());
  }

  /**
   * Copies what is new, seals a segment when it is time, and keeps the log short.
   *
   * @param sealNow whether whatever was copied must be on its way without delay
   * @throws SidewalException if shipping ended for good
   * @throws ContinuityLostException if the log is not what it must be
   * @throws LogLetGoException if the log can be held no longer
   */
  void tick(boolean sealNow) throws IOException {
    alive.run();
    shipper.failure().ifPresent(ReplicationSession::raise);
    Instant before = options.clock().instant();
    packer.tick();
    boolean diskRests = diskRestsUntil.filter(until -> System.nanoTime() - until < 0).isPresent();
    boolean spoolFull = spool.limitedBytes() + recorder.openBytes() >= options.spoolLimit();
    holding = diskRests || spoolFull;
    if (spoolFull && !diskRests) {
      trouble.report(
          "The spool is full ("
              + spool.bytes()
              + " bytes): nothing more is copied, and the log of the database is held until the"
              + " store takes more.");
    }
    try {
      if (!holding) {
        copyAndSeal(sealNow);
        diskRestsUntil = Optional.empty();
        databaseFailsSince = Optional.empty();
        if (atEnd) {
          // Not before: while it catches up, a spool gets full and empties many times.
          trouble.over();
        }
      } else if (!diskRests && recorder.canSeal()) {
        recorder.seal();
      }
    } catch (IOException | UncheckedIOException e) {
      diskFailed(e);
    } catch (DatabaseException e) {
      long since = databaseFailsSince.orElseGet(System::nanoTime);
      databaseFailsSince = Optional.of(since);
      if (!follower.isHolding() || System.nanoTime() - since > DATABASE_PATIENCE.toNanos()) {
        // Other connections may fare better, after the file was replaced for one.
        throw new ContinuityLostException(e.getMessage(), e);
      }
      rest();
      trouble.report(e.getMessage() + " What was copied goes on being shipped.");
    }
    if (holding) {
      SessionStart.checkHold(follower, holdLimit);
    }
    // Also while holding: it may be the first snapshot that everything in the spool waits for.
    images.tick(atEnd && !holding);
    retention.tick(images.counts(), shipper.shippedObjects());
    // Before it is told: what has come about till here is told then.
    still = isStill();
    tell(before);
  }

  private boolean isStill() {
    return allSealed()
        && !moved
        && spool.isEmpty()
        && shipper.shippedTxid() >= recorder.lastTxid()
        && !images.hasJob()
        && !images.isAsked()
        && !packer.busy()
        && !retention.busy()
        && trouble.reason().isEmpty()
        && databaseFailsSince.isEmpty();
  }

  /**
   * Looks at the log, by a stat call as a rule. Not everything that {@link #tick} does, so that
   * must be called now and then all the same, and whenever somebody asks for something.
   *
   * @return whether there is nothing for a tick to do but what can wait for a few seconds
   * @throws ContinuityLostException if the log was let go
   */
  boolean mayRest() {
    if (!still) {
      return false;
    }
    alive.run();
    try {
      return !follower.mayHaveChanged();
    } catch (IOException | DatabaseException e) {
      // The tick that follows meets it as well.
      return false;
    }
  }

  private void tell(Instant before) {
    // In this order: what is shipped meanwhile then seems to wait, and not the other way round.
    long shipped = shipper.shippedTxid();
    Optional<Instant> first =
        spool.first().map(e -> e.name().firstTime()).or(recorder::firstOpenTime);
    account.looked(before, atEnd && !holding, recorder.lastTxid(), shipped, first);
    account.history(recorder.lastTxid(), shipped, shipper.shippedTime().or(() -> timeAtBegin));
    account.session(before, totals(), retention.counts());
    toldOf = Optional.of(before);
  }

  private ReplicationTotals totals() {
    return ReplicationTotals.of(
        follower.statistics(),
        follower.pageSize(),
        shipper.shippedObjects(),
        shipper.shippedBytes(),
        packer.counts(),
        images.counts());
  }

  private void copyAndSeal(boolean sealNow) throws IOException {
    boolean look = sealNow || moved || !atEnd || follower.mayHaveChanged();
    if (look) {
      long before = recorder.lastTxid();
      atEnd = follower.copy(recorder, COPY_BUDGET);
      moved = recorder.lastTxid() != before;
    }
    long now = System.nanoTime();
    boolean due = now - nextSeal >= 0 && (spool.isEmpty() || now - nextSeal >= patience());
    if (recorder.canSeal() && (due || sealNow || recorder.openBytes() >= options.segmentBytes())) {
      recorder.seal();
      nextSeal = now + options.syncInterval().toNanos();
    }
    if (look) {
      follower.keepLogShort(recorder, !moved);
    }
  }

  /** How much later than usual a segment is sealed while the store is busy, in nanoseconds. */
  private long patience() {
    return Math.max(PATIENCE.toNanos(), 10 * options.syncInterval().toNanos());
  }

  private void diskFailed(Exception e) throws IOException {
    if (!recorder.directoryExists()) {
      throw new ContinuityLostException("the state directory was removed", e);
    }
    if (images.hasJob()) {
      images.giveUp("the local disk is full: " + e.getMessage());
    }
    packer.giveRoom();
    recorder.firstOpenTime().ifPresent(account::forgotten);
    recorder.discard();
    follower.rewind();
    atEnd = false;
    rest();
    trouble.report(
        "Writing on the local disk failed ("
            + e.getMessage()
            + "). Nothing is lost: the log of the database is held, and copied again when there is"
            + " room. Make room in the state directory.");
  }

  private void rest() {
    holding = true;
    diskRestsUntil = Optional.of(System.nanoTime() + DISK_REST.toNanos());
  }

  private static void raise(SidewalException e) {
    throw e;
  }

  /** Returns whether the last tick copied anything or left something to copy. */
  boolean busy() {
    return !holding && (moved || !atEnd || images.busy());
  }

  /** Returns whether the generation's first snapshot is not in the store yet. */
  boolean firstIsMissing() {
    return images.firstIsMissing();
  }

  /** Returns whether the last tick reached the end of the log and everything copied is sealed. */
  boolean allSealed() {
    return atEnd && !holding && !recorder.canSeal();
  }

  /** Returns whether nothing is copied, because the spool or the disk is full. */
  boolean holding() {
    return holding;
  }

  /** Returns whether the database's path still leads to the file that is followed. */
  boolean databaseIsCurrent() {
    return follower.database().isCurrent();
  }

  /**
   * Looks whether the database's files were changed behind SQLite's back.
   *
   * @throws ContinuityLostException if so
   */
  void checkFiles() throws IOException {
    if (!holding && follower.checkFiles() && atEnd) {
      recorder.restate();
    }
  }

  /** Returns the last transaction that was copied. */
  long lastTxid() {
    return recorder.lastTxid();
  }

  /** Returns the last transaction that the store has, 0 if none. */
  long shippedTxid() {
    return shipper.shippedTxid();
  }

  ReplicationStatus status(ReplicationState state, ReplicationCounts counts) {
    return new ReplicationStatus(
        state,
        generation,
        recorder.lastTxid(),
        shipper.shippedTxid(),
        spool.bytes(),
        shipper.shippedObjects(),
        shipper.shippedBytes(),
        packer.counts(),
        counts,
        images.counts(),
        retention.counts(),
        Optional.empty(),
        images.hasJob() || retention.busy() || packer.busy(),
        trouble.reason().or(shipper::outage).or(images::trouble),
        Optional.of(follower.statistics()),
        ReplicationTotals.NONE,
        HistoryStatus.NONE,
        Optional.empty(),
        Optional.empty());
  }

  /** Makes safe on local disk what was copied and is whole; for the next session to ship. */
  void sealRest() throws IOException {
    if (recorder.canSeal()) {
      recorder.seal();
    }
  }

  /**
   * From now on only what is committed now is copied and shipped.
   *
   * @param timeout how long that may take
   */
  void beginDrain(Duration timeout) {
    drainEnd = System.nanoTime() + timeout.toNanos();
    drained = false;
  }

  /**
   * Does a part of what is left to copy and to ship.
   *
   * @return whether everything was shipped; empty as long as there is time and something left
   * @throws SidewalException if shipping ended for good
   */
  Optional<Boolean> drain() throws IOException {
    boolean timeIsUp = System.nanoTime() - drainEnd >= 0;
    if (!drained || images.firstIsMissing()) {
      // Nothing is shipped before the first snapshot is written.
      tick(true);
      drained |= allSealed();
    }
    alive.run();
    shipper.failure().ifPresent(ReplicationSession::raise);
    boolean shipped = shipper.shippedTxid() >= recorder.safeTxid();
    return (drained && shipped) || timeIsUp ? Optional.of(drained && shipped) : Optional.empty();
  }

  @Override
  public void close() {
    try {
      // Each for itself: what one leaves undone must not keep the others' threads and files.
      for (Closeable part : List.<Closeable>of(images, shipper, packer, recorder)) {
        try {
          part.close();
        } catch (IOException | RuntimeException e) {
          LOG.warn("ending a part of the session failed: {}", e.toString(), e);
        }
      }
    } finally {
      // What was shipped since the last look counts.
      toldOf.ifPresent(this::tell);
      account.sessionEnded(totals());
      follower.close();
    }
  }
}
