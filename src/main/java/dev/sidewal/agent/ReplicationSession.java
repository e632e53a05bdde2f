package dev.sidewal.agent;

import dev.sidewal.error.SidewalException;
import dev.sidewal.replica.GenerationClaim;
import dev.sidewal.replica.GenerationManifest;
import dev.sidewal.replica.HistoryPublisher;
import dev.sidewal.sqlite.DatabaseFile;
import dev.sidewal.sqlite.LogFollower;
import dev.sidewal.store.ObjectStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One generation, from its snapshot on: copies from the log into segments, seals them when it is
 * time, and hands them to the shipper.
 *
 * <p><b>When a segment is sealed.</b> At once when nothing was sealed for the sync interval; else
 * when the interval is over; later while the store is still busy with what came before, so that a
 * slow store gets fewer and larger objects; at once when it reaches its size limit.
 *
 * <p>Invariant: copying never waits for the store. When the spool is full nothing is copied, and
 * the read-lock chain holds the log instead. Not safe for use by several threads.
 */
final class ReplicationSession implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ReplicationSession.class);
  private static final long COPY_BUDGET = 8L << 20;
  private static final Duration HOLDING_WAIT = Duration.ofMillis(20);

  private final ReplicationOptions options;
  private final GenerationManifest generation;
  private final Spool spool;
  private final LogFollower follower;
  private final Shipper shipper;
  private final TransactionRecorder recorder;

  /** A moment of {@link System#nanoTime}: the wall clock may be set back by hours. */
  private long nextSeal = System.nanoTime();

  private boolean atEnd;
  private boolean moved = true;
  private boolean holding;

  private ReplicationSession(
      ReplicationOptions options,
      GenerationManifest generation,
      LogFollower follower,
      Spool spool,
      Shipper shipper,
      TransactionRecorder recorder) {
    this.options = options;
    this.generation = generation;
    this.follower = follower;
    this.spool = spool;
    this.shipper = shipper;
    this.recorder = recorder;
  }

  /**
   * Attaches to the database and takes the snapshot that the generation begins with.
   *
   * @param work an existing directory for work files
   * @param claims claims the generation, for a page size; asked when the log is held, so that a
   *     database that cannot be followed costs no generation
   * @param attached called when the log is held and the snapshot begins
   * @param progress called when the store has taken something
   * @param giveUp asked now and then during the snapshot
   * @return empty if told to give up
   */
  static Optional<ReplicationSession> begin(
      DatabaseFile database,
      Path work,
      ObjectStore store,
      IntFunction<GenerationClaim> claims,
      ReplicationOptions options,
      Runnable attached,
      Runnable progress,
      BooleanSupplier giveUp)
      throws IOException {
    Clock clock = options.clock();
    LogFollower follower = LogFollower.attach(database, work, options.follow(), clock);
    Shipper shipper = null;
    boolean begun = false;
    try {
      attached.run();
      GenerationClaim claim = claims.apply(follower.pageSize());
      GenerationManifest generation = claim.manifest();
      Instant start = clock.instant();
      Optional<SnapshotWriter.Snapshot> snapshot =
          new SnapshotWriter(follower, generation, options.writer(), work)
              .take(() -> later(clock.instant(), claim.earliestTime()), giveUp);
      if (snapshot.isEmpty()) {
        return Optional.empty();
      }
      LOG.info(
          "snapshot of {} pages at transaction {} is ready to ship ({} bytes, {} ms)",
          snapshot.get().transaction().databasePages(),
          snapshot.get().transaction().txid(),
          snapshot.get().entry().bytes(),
          Duration.between(start, clock.instant()).toMillis());
      Spool spool = new Spool();
      shipper =
          new Shipper(
              database.path().toString(),
              spool,
              new HistoryPublisher(store, generation.generation()),
              options.outageLimit(),
              clock,
              progress);
      spool.add(snapshot.get().entry());
      TransactionRecorder recorder =
          new TransactionRecorder(
              work,
              options.writer(),
              generation,
              follower.pageSize(),
              spool,
              snapshot.get().transaction());
      begun = true;
      return Optional.of(
          new ReplicationSession(options, generation, follower, spool, shipper, recorder));
    } finally {
      if (!begun) {
        follower.close();
      }
    }
  }

  private static Instant later(Instant now, Instant earliest) {
    Instant millis = now.truncatedTo(ChronoUnit.MILLIS);
    return millis.isBefore(earliest) ? earliest : millis;
  }

  /**
   * Copies what is new, keeps the log short, and seals a segment when it is time.
   *
   * @param sealNow whether whatever was copied must be on its way without delay
   * @throws SidewalException if shipping ended for good
   */
  void tick(boolean sealNow) throws IOException {
    shipper.failure().ifPresent(ReplicationSession::raise);
    holding = spool.limitedBytes() + recorder.openBytes() >= options.spoolLimit();
    if (!holding && (sealNow || moved || !atEnd || follower.mayHaveChanged())) {
      long before = recorder.lastTxid();
      atEnd = follower.copy(recorder, COPY_BUDGET);
      moved = recorder.lastTxid() != before;
      follower.keepLogShort(recorder, !moved);
    }
    long now = System.nanoTime();
    boolean due = now - nextSeal >= 0 && spool.isEmpty();
    if (recorder.canSeal() && (due || sealNow || recorder.openBytes() >= options.segmentBytes())) {
      recorder.seal();
      nextSeal = now + options.syncInterval().toNanos();
    }
  }

  private static void raise(SidewalException e) {
    throw e;
  }

  /** Returns whether the last tick copied anything or left something to copy. */
  boolean busy() {
    return moved || !atEnd;
  }

  /** Returns whether the last tick reached the end of the log and everything copied is sealed. */
  boolean allSealed() {
    return atEnd && !holding && !recorder.canSeal();
  }

  /** Returns whether nothing is copied because the spool is full. */
  boolean holding() {
    return holding;
  }

  /** Returns whether the database's path still leads to the file that is followed. */
  boolean databaseIsCurrent() {
    return follower.database().isCurrent();
  }

  /** Returns the last transaction that was copied. */
  long lastTxid() {
    return recorder.lastTxid();
  }

  /** Returns the last transaction that the store has, 0 if none. */
  long shippedTxid() {
    return shipper.shippedTxid();
  }

  ReplicationStatus status(ReplicationState state) {
    return new ReplicationStatus(
        state,
        generation.generation(),
        recorder.lastTxid(),
        shipper.shippedTxid(),
        spool.bytes(),
        shipper.shippedObjects(),
        shipper.shippedBytes(),
        Optional.of(follower.statistics()));
  }

  /**
   * Ships what was copied, and before that, if asked, copies what is committed now.
   *
   * @param copyRest whether to copy first; not when the log can no longer be trusted
   * @return whether everything was shipped
   * @throws SidewalException if shipping ended for good
   */
  boolean drain(boolean copyRest, Duration timeout) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    if (copyRest) {
      tick(true);
      while (!allSealed() && System.nanoTime() - deadline < 0) {
        if (holding) {
          // The spool is full: waits until it has room again.
          shipper.awaitShipped(shipper.shippedTxid() + 1, HOLDING_WAIT);
        }
        tick(true);
      }
    } else if (recorder.canSeal()) {
      recorder.seal();
    }
    boolean copied = copyRest ? allSealed() : recorder.sealedTxid() == recorder.lastTxid();
    boolean shipped =
        shipper.awaitShipped(recorder.sealedTxid(), Duration.ofNanos(deadline - System.nanoTime()));
    shipper.failure().ifPresent(ReplicationSession::raise);
    return copied && shipped;
  }

  @Override
  public void close() {
    try {
      shipper.close();
      recorder.close();
    } catch (IOException e) {
      LOG.warn("removing work files failed: {}", e.toString());
    } finally {
      follower.close();
    }
  }
}
