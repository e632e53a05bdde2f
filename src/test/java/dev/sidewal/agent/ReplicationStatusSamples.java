package dev.sidewal.agent;

import dev.sidewal.sqlite.FollowStatistics;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** Statuses in which every optional part is there. */
public final class ReplicationStatusSamples {

  private ReplicationStatusSamples() {}

  /** Returns the status of a replication that has done a bit of everything. */
  public static ReplicationStatus busy() {
    FollowStatistics follow =
        new FollowStatistics(12_345, 67_890, 12, 34, 5, 1, Duration.ofMillis(3), 4_120_032);
    PackCounts packs = new PackCounts(7, 700, 1 << 20, 690, 10);
    ImageCounts images = new ImageCounts(2, 9, 1 << 22, 1);
    Instant time = Instant.parse("2026-11-21T12:00:00.123Z");
    return new ReplicationStatus(
        ReplicationState.FOLLOWING,
        3,
        12_400,
        12_399,
        8192,
        900,
        1 << 21,
        packs,
        new ReplicationCounts(
            Map.of(BeginReason.NO_STATE, 1L), Map.of(BeginReason.LOG_INCOMPLETE, 1L), 2),
        images,
        new RetentionCounts(4, 40, 1 << 19, 0),
        Optional.of(
            new VerificationStatus(
                time, VerificationStatus.Outcome.PASSED, 12_000, Duration.ofSeconds(4), "whole")),
        false,
        Optional.empty(),
        Optional.of(follow),
        ReplicationTotals.of(follow, 4096, 900, 1 << 21, packs, images),
        new HistoryStatus(12_400, 12_399, Optional.of(time), Optional.of(time), Optional.of(time)),
        Optional.of(time),
        Optional.empty());
  }
}
