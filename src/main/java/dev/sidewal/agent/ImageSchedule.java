package dev.sidewal.agent;

import dev.sidewal.segment.ObjectKind;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Decides when images are due. An image is never due while nothing was committed since the last.
 *
 * <p><b>Snapshots</b> are due by the clock alone.
 *
 * <p><b>Deltas</b> are due when the last image is as old as the interval, and the log since then
 * has at least an eighth of the bytes that the last delta had (a delta of a whole day's changes for
 * three more transactions is no gain). And earlier, when the log since the last image has grown to
 * a quarter of snapshot and delta together: so whoever restores the latest state reads at most
 * about 1.3 times the bytes that are needed for it. Between such early images lie at least {@link
 * #SHORTEST}, and three times as long as the last one took: they take a quarter of the bandwidth
 * for images at most.
 *
 * <p>A clock that is set back delays nothing for longer than the interval, or the rest. Used by one
 * thread.
 */
final class ImageSchedule {

  private static final Duration SHORTEST = Duration.ofSeconds(20);
  private static final long LEAST_TAIL = 16L << 20;
  private static final long LEAST_WORTH = 1L << 20;

  private final ImageOptions options;
  private final Instant started;

  /** Bytes of segments that were sealed before the last image began. */
  private long sealedBefore;

  private long sealedAtBegin;
  private Duration lastTook = Duration.ZERO;

  /** When the last image ended; at first when the session began. */
  private Instant ended;

  /** Creates a schedule for a session that begins now. */
  ImageSchedule(ImageOptions options, Instant now) {
    this.options = options;
    this.started = now;
    this.ended = now;
  }

  /** An image begins. */
  void begun(long sealedBytes) {
    sealedAtBegin = sealedBytes;
  }

  /** The store has the image. */
  void ended(Instant now, Duration took) {
    sealedBefore = sealedAtBegin;
    lastTook = took;
    ended = now;
  }

  /**
   * Returns what is due.
   *
   * @param txid the last transaction
   * @param sealedBytes bytes of segments that were sealed in the session
   * @param base the last snapshot and what came since; empty if that is not known
   */
  Optional<ObjectKind> due(
      Instant now, long txid, long sealedBytes, Optional<SnapshotBase.Facts> base) {
    if (base.isEmpty()) {
      boolean due = options.snapshotInterval().filter(i -> isOver(i, started, now)).isPresent();
      return due ? Optional.of(ObjectKind.SNAPSHOT) : Optional.empty();
    }
    SnapshotBase.Facts facts = base.get();
    if (txid <= facts.lastImageTxid()) {
      return Optional.empty();
    }
    if (options.snapshotInterval().filter(i -> isOver(i, facts.taken(), now)).isPresent()) {
      return Optional.of(ObjectKind.SNAPSHOT);
    }
    if (options.deltaInterval().isEmpty()) {
      return Optional.empty();
    }
    long tail = sealedBytes - sealedBefore;
    boolean worthIt = facts.deltaBytes() <= LEAST_WORTH || tail >= facts.deltaBytes() / 8;
    boolean old = isOver(options.deltaInterval().get(), facts.lastImageTaken(), now);
    return (old && worthIt) || (isLong(tail, facts) && isOver(rest(), ended, now))
        ? Optional.of(ObjectKind.DELTA)
        : Optional.empty();
  }

  private static boolean isLong(long tail, SnapshotBase.Facts facts) {
    return tail >= Math.max(LEAST_TAIL, (facts.bytes() + facts.deltaBytes()) / 4);
  }

  private Duration rest() {
    Duration rest = lastTook.multipliedBy(3);
    return rest.compareTo(SHORTEST) < 0 ? SHORTEST : rest;
  }

  /**
   * Returns whether an interval has passed; a moment that is yet to come was before the clock was
   * set back.
   */
  private static boolean isOver(Duration interval, Instant since, Instant now) {
    return !now.isBefore(since.plus(interval)) || since.isAfter(now.plus(interval));
  }
}
