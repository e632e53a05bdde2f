package dev.sidewal.agent;

import dev.sidewal.sqlite.FollowStatistics;
import java.time.Instant;
import java.util.Optional;

/**
 * What a replication was doing at one moment.
 *
 * @param state what it was doing
 * @param generation the generation that it writes, 0 before one was claimed
 * @param lastTxid the last transaction that was copied, 0 before the first snapshot
 * @param shippedTxid the last transaction that the store has, 0 if none
 * @param spoolBytes bytes that wait on local disk for the store
 * @param shippedObjects objects shipped in this generation
 * @param shippedBytes bytes shipped in this generation
 * @param packs what was packed in this generation
 * @param counts how often it began with a snapshot or a gap, and why
 * @param images snapshots and deltas of this generation
 * @param retention what was retired since the replication was started
 * @param verification what the last verification of the replica came to; empty if none was
 * @param busyBeside whether something goes on beside following: an image, a pack, a look at what
 *     can be retired
 * @param trouble what goes wrong and is tried again: not ready; empty if nothing does
 * @param follow what following has seen since it attached; empty before
 * @param totals what it has done over all sessions, since it was started
 * @param history what of the database's history the store has, over all sessions
 * @param unshippedSince everything that was committed before this moment is in the store; empty if
 *     the store has all that was committed, and as long as there is no database
 * @param expiryAlarm what the store has said about a lifecycle rule that is going to delete history
 *     which is still needed; empty if nothing
 */
public record ReplicationStatus(
    ReplicationState state,
    long generation,
    long lastTxid,
    long shippedTxid,
    long spoolBytes,
    long shippedObjects,
    long shippedBytes,
    PackCounts packs,
    ReplicationCounts counts,
    ImageCounts images,
    RetentionCounts retention,
    Optional<VerificationStatus> verification,
    boolean busyBeside,
    Optional<String> trouble,
    Optional<FollowStatistics> follow,
    ReplicationTotals totals,
    HistoryStatus history,
    Optional<Instant> unshippedSince,
    Optional<String> expiryAlarm) {

  static ReplicationStatus of(ReplicationState state, ReplicationCounts counts) {
    return new ReplicationStatus(
        state,
        0,
        0,
        0,
        0,
        0,
        0,
        PackCounts.NONE,
        counts,
        ImageCounts.NONE,
        RetentionCounts.NONE,
        Optional.empty(),
        false,
        Optional.empty(),
        Optional.empty(),
        ReplicationTotals.NONE,
        HistoryStatus.NONE,
        Optional.empty(),
        Optional.empty());
  }

  /** Returns whether it follows the database and the store takes what it ships. */
  public boolean isReady() {
    return state == ReplicationState.FOLLOWING && trouble.isEmpty();
  }

  ReplicationStatus withTrouble(Optional<String> what) {
    return new ReplicationStatus(
        state,
        generation,
        lastTxid,
        shippedTxid,
        spoolBytes,
        shippedObjects,
        shippedBytes,
        packs,
        counts,
        images,
        retention,
        verification,
        busyBeside,
        what,
        follow,
        totals,
        history,
        unshippedSince,
        expiryAlarm);
  }

  ReplicationStatus with(ReplicationState next) {
    return new ReplicationStatus(
        next,
        generation,
        lastTxid,
        shippedTxid,
        spoolBytes,
        shippedObjects,
        shippedBytes,
        packs,
        counts,
        images,
        retention,
        verification,
        busyBeside,
        trouble,
        follow,
        totals,
        history,
        unshippedSince,
        expiryAlarm);
  }

  /** Adds what does not change with the session. */
  ReplicationStatus complete(
      ReplicationTotals allTotals,
      RetentionCounts allRetention,
      HistoryStatus allHistory,
      Optional<VerificationStatus> lastVerification,
      Optional<Instant> since,
      Optional<String> alarm) {
    return new ReplicationStatus(
        state,
        generation,
        lastTxid,
        shippedTxid,
        spoolBytes,
        shippedObjects,
        shippedBytes,
        packs,
        counts,
        images,
        allRetention,
        lastVerification,
        busyBeside,
        trouble,
        follow,
        allTotals,
        allHistory,
        since,
        alarm);
  }
}
