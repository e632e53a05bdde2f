package dev.sidewal.agent;

import dev.sidewal.sqlite.FollowStatistics;
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
 * @param follow what following has seen since it attached; empty before
 */
public record ReplicationStatus(
    ReplicationState state,
    long generation,
    long lastTxid,
    long shippedTxid,
    long spoolBytes,
    long shippedObjects,
    long shippedBytes,
    Optional<FollowStatistics> follow) {

  static ReplicationStatus of(ReplicationState state) {
    return new ReplicationStatus(state, 0, 0, 0, 0, 0, 0, Optional.empty());
  }

  ReplicationStatus with(ReplicationState next) {
    return new ReplicationStatus(
        next, generation, lastTxid, shippedTxid, spoolBytes, shippedObjects, shippedBytes, follow);
  }
}
