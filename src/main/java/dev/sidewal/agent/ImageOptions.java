package dev.sidewal.agent;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * When images of the database are taken: snapshots and deltas. A database in which nothing was
 * committed since its last image gets none.
 *
 * @param snapshotInterval a snapshot is taken when the last one is so old; empty for only on demand
 *     and where a generation begins anew
 * @param deltaInterval a delta is taken when the last image is so old and it is worth it; empty for
 *     no deltas
 * @param bandwidth bytes of pages a second that an image may read; empty for {@link
 *     #DEFAULT_BANDWIDTH}, and no limit for the snapshot with which a generation begins
 */
public record ImageOptions(
    Optional<Duration> snapshotInterval, Optional<Duration> deltaInterval, OptionalLong bandwidth) {

  /** Bytes of pages a second that an image reads unless told otherwise. */
  public static final long DEFAULT_BANDWIDTH = 16L << 20;

  /** A snapshot a day, a delta an hour. */
  public static final ImageOptions DEFAULT =
      new ImageOptions(
          Optional.of(Duration.ofHours(24)),
          Optional.of(Duration.ofHours(1)),
          OptionalLong.empty());

  /** Checks the ranges. */
  public ImageOptions {
    if (snapshotInterval.filter(i -> i.isNegative() || i.isZero()).isPresent()
        || deltaInterval.filter(i -> i.isNegative() || i.isZero()).isPresent()) {
      throw new IllegalArgumentException(
          "intervals must be positive: " + snapshotInterval + ", " + deltaInterval);
    }
    if (bandwidth.isPresent() && bandwidth.getAsLong() < 1) {
      throw new IllegalArgumentException("bandwidth " + bandwidth.getAsLong());
    }
  }
}
