package dev.sidewal.agent;

import dev.sidewal.error.SidewalException;
import dev.sidewal.error.StoreException;
import dev.sidewal.error.SupersededException;
import dev.sidewal.fault.CrashPoint;
import dev.sidewal.replica.GenerationManifest;
import dev.sidewal.replica.HistoryObject;
import dev.sidewal.replica.HistoryPublisher;
import dev.sidewal.segment.ObjectKind;
import dev.sidewal.segment.SegmentHeader;
import dev.sidewal.sqlite.BaseHashes;
import dev.sidewal.sqlite.LogFollower;
import dev.sidewal.store.ObjectStore;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the images of one session: the snapshot with which a generation begins, and the snapshots
 * and deltas that become due; one at a time, in small steps between which following goes on.
 *
 * <pre>
 * resting --&gt; writing --&gt; shipping --&gt; resting
 *    ^           |           |
 *    +---- given up, tried again later
 * </pre>
 *
 * <p>The first snapshot of a generation waits at the front of the spool, before all segments, and
 * is shipped by the {@link Shipper}: without it nothing that follows can be restored. Other images
 * go beside the segments.
 *
 * <p>Invariants: an image is begun at a moment that the state names as safe, so going back to it
 * never goes behind the image. What waits on local disk for the store is bounded: writing rests
 * while much waits, and an image that fills the disk all the same, because the application changes
 * pages faster than the store takes them, is given up. Used by the thread that follows.
 */
final class ImageKeeper implements Closeable {

  private static final Logger LOG = LoggerFactory.getLogger(ImageKeeper.class);
  private static final long STEP_BYTES = 1 << 20;

  /** So much may wait for the store before writing rests. */
  private static final long PENDING_BYTES = 48L << 20;

  private static final Duration FIRST_RETRY = Duration.ofMinutes(1);
  private static final Duration LONGEST_RETRY = Duration.ofHours(1);
  private static final Duration TURN_LOOK = Duration.ofMillis(200);
  private static final Duration CLOSE_WAIT = Duration.ofSeconds(2);

  private final LogFollower follower;
  private final TransactionRecorder recorder;
  private final Spool spool;
  private final GenerationManifest generation;
  private final ReplicationOptions options;
  private final ObjectStore store;
  private final HistoryPublisher publisher;
  private final Path directory;
  private final ImageDirectory files;
  private final ImageSchedule schedule;
  private final Clock clock;
  private final SnapshotRequests requests;
  private final Runnable progress;
  private final Trouble trouble;
  private Optional<SnapshotBase> base;
  private Optional<ImageJob> job = Optional.empty();
  private Optional<Serial> shipping = Optional.empty();
  private Instant begun = Instant.EPOCH;
  private boolean written;
  private volatile boolean first;

  /** A moment of {@link System#nanoTime} before which nothing is read, for the bandwidth. */
  private long nextStep = System.nanoTime();

  private long copied;
  private Optional<Instant> retryAt = Optional.empty();
  private Duration retry = FIRST_RETRY;

  /** A moment of {@link System#nanoTime}; counts when there is a time to try again. */
  private long givenUpAt;

  private ImageCounts counts = ImageCounts.NONE;

  /**
   * Creates a keeper.
   *
   * @param base the last snapshot that the store has, as far as it is known; is closed with this
   * @param requests snapshots that were asked for
   * @param progress called when an image was shipped
   */
  ImageKeeper(
      LogFollower follower,
      TransactionRecorder recorder,
      Spool spool,
      GenerationManifest generation,
      ReplicationOptions options,
      ObjectStore store,
      ImageDirectory files,
      Optional<SnapshotBase> base,
      SnapshotRequests requests,
      Runnable progress) {
    this.follower = follower;
    this.recorder = recorder;
    this.spool = spool;
    this.generation = generation;
    this.options = options;
    this.store = store;
    this.publisher = new HistoryPublisher(store, generation.generation());
    this.files = files;
    this.directory = files.path();
    this.base = base;
    this.requests = requests;
    this.progress = progress;
    this.clock = options.clock();
    this.trouble = new Trouble(LOG, clock);
    this.schedule = new ImageSchedule(options.images(), clock.instant());
  }

  /** Begins the snapshot with which the generation begins; the entry is the first for the spool. */
  Spool.Entry beginFirst() throws IOException {
    first = true;
    ImageJob begun = begin(ObjectKind.SNAPSHOT);
    return Spool.Entry.of(begun.stream(), directory);
  }

  /** Returns whether the generation's first snapshot is not in the store yet. */
  boolean firstIsMissing() {
    return first;
  }

  /** Returns whether there is an image to write on now. */
  boolean busy() {
    return job.isPresent() && !written;
  }

  /** Returns whether somebody waits for a snapshot. */
  boolean isAsked() {
    return requests.isWaiting();
  }

  /** Returns what was done so far. */
  ImageCounts counts() {
    return counts;
  }

  /** Returns why images cannot be taken; empty if they can. */
  Optional<String> trouble() {
    return trouble.reason();
  }

  /**
   * Does a small part of what is due.
   *
   * @param mayBegin whether all that is committed was copied, so that an image may begin
   * @throws SidewalException if the store has refused the image for good
   */
  void tick(boolean mayBegin) throws IOException {

    if (job.isPresent()) {
      advance(job.get());
    } else if (mayBegin && follower.mayCopyImage() && ImageSlots.haveRoom()) {
      Optional<ObjectKind> due = due();
      if (due.isPresent()) {
        beginDue(due.get());
      }
    }
  }

  private Optional<ObjectKind> due() {
    Instant now = clock.instant();
    long txid = recorder.lastTxid();
    boolean asked = requests.isWaiting();
    if (asked && base.filter(b -> b.txid() == txid).isPresent()) {
      requests.answer(txid);
      return Optional.empty();
    }
    // Who waits for a snapshot does not wait longer than after a first failure.
    long nanos = System.nanoTime() - givenUpAt;
    boolean rests =
        asked
            ? retryAt.isPresent() && nanos < FIRST_RETRY.toNanos()
            : retryAt
                .filter(at -> now.isBefore(at) && at.isBefore(now.plus(LONGEST_RETRY)))
                .isPresent();
    if (rests) {
      return Optional.empty();
    }
    if (asked) {
      return Optional.of(ObjectKind.SNAPSHOT);
    }
    return schedule.due(now, txid, recorder.sealedBytes(), base.map(SnapshotBase::facts));
  }

  private void beginDue(ObjectKind kind) throws IOException {
    if (recorder.canSeal()) {
      recorder.seal();
    }
    if (!recorder.isSafe()) {
      return;
    }
    try {
      ImageStream stream = begin(kind).stream();
      String database = follower.database().path().toString();
      shipping = Optional.of(Serial.once(Workers.Kind.IMAGE, database, () -> ship(stream)));
    } catch (IOException | UncheckedIOException e) {
      giveUp("it cannot be written to local disk: " + e.getMessage());
    }
  }

  private ImageJob begin(ObjectKind kind) throws IOException {
    TransactionRecorder.End target = recorder.safeEnd();
    Optional<SnapshotBase> on = kind == ObjectKind.DELTA ? base : Optional.empty();
    HistoryObject name = ImageJob.name(generation.generation(), target, on);
    SegmentHeader header =
        new SegmentHeader(
            kind,
            generation.replicaId(),
            generation.generation(),
            follower.pageSize(),
            name.firstTxid(),
            on.map(SnapshotBase::pages).orElse(0L),
            on.map(b -> b.facts().position().checksum()).orElse(0L));
    Path work = files.newWork();
    PieceQueue queue = new PieceQueue(work, mostPending());
    ImageStream stream =
        new ImageStream(name, store, publisher, queue, () -> awaitTurn(name.lastTxid(), queue));
    Optional<BaseHashes> hashes =
        on.isPresent() ? Optional.empty() : Optional.of(BaseHashes.create(files.newTable()));
    ImageJob started;
    try {
      started =
          new ImageJob(target, on, hashes, follower, header, options.writer(), queue, stream, work);
    } catch (IOException | RuntimeException e) {
      queue.abandon();
      if (hashes.isPresent()) {
        hashes.get().close();
        files.removeLastTable();
      }
      throw e;
    }
    job = Optional.of(started);
    ImageSlots.take();
    begun = clock.instant();
    written = false;
    copied = 0;
    nextStep = System.nanoTime();
    schedule.begun(recorder.sealedBytes());
    LOG.debug("writing {}", name);
    return started;
  }

  /** Waits until the store has all segments up to a transaction. */
  private void awaitTurn(long txid, PieceQueue queue) throws InterruptedException {
    while (!first && !spool.awaitLeft(txid, TURN_LOOK.toMillis())) {
      if (queue.isAbandoned()) {
        throw new InterruptedException("abandoned");
      }
    }
  }

  private void advance(ImageJob current) throws IOException {
    switch (current.stream().state()) {
      case SHIPPED -> shipped(current);
      case FAILED -> {
        SidewalException why = current.stream().failure().orElseThrow();
        if (first || why instanceof SupersededException) {
          throw why;
        }
        giveUp(why.getMessage());
      }
      case ABANDONED -> giveUp("it was given up");
      case OPEN -> {
        if (!written) {
          write(current);
        }
      }
    }
  }

  /** Returns how much may wait for the store before the image is given up. */
  private long mostPending() {
    return Math.max(PENDING_BYTES, options.spoolLimit());
  }

  private void write(ImageJob current) throws IOException {
    long pending = current.pendingBytes();
    if (pending > mostPending()) {
      giveUp(
          "the application changes pages faster than the store takes them, and "
              + pending
              + " bytes wait on local disk");
      return;
    }
    long now = System.nanoTime();
    if (pending > PENDING_BYTES || now - nextStep < 0) {
      return;
    }
    try {
      written = current.step(STEP_BYTES);
    } catch (IOException | UncheckedIOException e) {
      giveUp("it cannot be written to local disk: " + e.getMessage());
      return;
    }
    long bytes = current.copiedBytes() - copied;
    copied = current.copiedBytes();
    if (options.images().bandwidth().isPresent() || !first) {
      double bandwidth = options.images().bandwidth().orElse(ImageOptions.DEFAULT_BANDWIDTH);
      nextStep = Math.max(nextStep, now - 100_000_000) + (long) (bytes * 1e9 / bandwidth);
    }
  }

  private void shipped(ImageJob done) throws IOException {
    CrashPoint.IMAGE_SHIPPED.reached();
    Instant now = clock.instant();
    long txid = done.target().position().txid();
    long bytes = done.stream().bytes();
    if (done.isSnapshot()) {
      SnapshotBase.Facts facts =
          new SnapshotBase.Facts(
              generation.replicaId(),
              done.target().position(),
              done.target().pages(),
              follower.pageSize(),
              bytes,
              begun,
              files.lastTable(),
              txid,
              begun,
              0);
      base.ifPresent(SnapshotBase::close);
      base = Optional.of(SnapshotBase.create(directory, facts, done.hashes().orElseThrow()));
      files.firstIsThere();
      files.removeOtherTables(facts.table());
      requests.answer(txid);
    } else {
      base.orElseThrow().addDelta(txid, begun, bytes);
    }
    done.close();
    endJob();
    shipping = Optional.empty();
    first = false;
    retry = FIRST_RETRY;
    retryAt = Optional.empty();
    trouble.over();
    counts = counts.with(done.isSnapshot(), bytes);
    schedule.ended(now, Duration.between(begun, now));
    LOG.info(
        "{} of transaction {} is in the store ({} pages read, {} bytes, {} ms)",
        done.isSnapshot() ? "a snapshot" : "a delta",
        txid,
        copied / follower.pageSize(),
        bytes,
        Duration.between(begun, now).toMillis());
    files.removeWork();
    progress.run();
  }

  /** Ships an image beside the segments. */
  private void ship(ImageStream stream) {
    Backoff backoff = new Backoff();
    while (true) {
      try {
        stream.ship();
        return;
      } catch (StoreException e) {
        if (stream.isAbandoned()) {
          stream.abandoned();
          return;
        }
        trouble.report("An image is not taken by the store: " + e.getMessage());
        if (!backoff.rest(stream::isAbandoned)) {
          stream.abandoned();
          return;
        }
      } catch (SidewalException e) {
        stream.fail(e);
        return;
      } catch (InterruptedException e) {
        stream.abandoned();
        return;
      } catch (IOException | RuntimeException e) {
        if (stream.isAbandoned()) {
          stream.abandoned();
        } else {
          stream.fail(new StoreException("Shipping an image failed: " + e, true, e));
        }
        return;
      }
    }
  }

  /** Gives the current image up; another one is begun later. */
  void giveUp(String why) {
    boolean needed = first;
    boolean any = job.isPresent();
    drop();
    if (needed && any) {
      throw new ImageGivenUpException(
          "The first snapshot of this generation was given up, because " + why);
    }
    LOG.warn(
        "an image was given up and is tried again in {} s, because {}. All transactions go on being"
            + " shipped",
        retry.toSeconds(),
        why);
    retryAt = Optional.of(clock.instant().plus(retry));
    givenUpAt = System.nanoTime();
    retry = retry.compareTo(LONGEST_RETRY) < 0 ? retry.multipliedBy(2) : retry;
    counts = counts.withGivenUp();
  }

  private void endJob() {
    if (job.isPresent()) {
      ImageSlots.giveBack();
    }
    job = Optional.empty();
  }

  private void drop() {
    job.ifPresent(
        j -> {
          j.close();
          j.hashes().ifPresent(BaseHashes::close);
          if (j.isSnapshot()) {
            files.removeLastTable();
          }
        });
    endJob();
    shipping.ifPresent(Serial::close);
    shipping = Optional.empty();
    files.removeWork();
  }

  /** Returns whether an image is being written. */
  boolean hasJob() {
    return job.isPresent();
  }

  @Override
  public void close() {
    Optional<Serial> last = shipping;
    drop();
    try {
      if (last.isPresent()) {
        // It tells the store to forget the parts.
        boolean unused = last.get().awaitEnd(CLOSE_WAIT);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    base.ifPresent(SnapshotBase::close);
  }
}
