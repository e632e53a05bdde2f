package dev.sidewal.agent;

import java.time.Instant;
import java.util.Optional;

/**
 * What of a database's history is in the store, as far as its replication knows without asking.
 *
 * @param copiedTxid the last transaction that was copied, 0 if none
 * @param shippedTxid the last transaction that the store has, 0 if none
 * @param latest the time of that transaction: the latest that can be restored; empty if none
 * @param oldest the time of the oldest transaction that could be restored when the replica was last
 *     listed: at the start of a session, and when retention was worked out; empty if none
 * @param snapshot when the store got the newest snapshot; of one that it had before this
 *     replication was started the snapshot's own time; empty if none is known
 */
public record HistoryStatus(
    long copiedTxid,
    long shippedTxid,
    Optional<Instant> latest,
    Optional<Instant> oldest,
    Optional<Instant> snapshot) {

  /** Nothing yet. */
  public static final HistoryStatus NONE =
      new HistoryStatus(0, 0, Optional.empty(), Optional.empty(), Optional.empty());
}
