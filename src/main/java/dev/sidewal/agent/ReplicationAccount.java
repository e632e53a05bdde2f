package dev.sidewal.agent;

import dev.sidewal.replica.HistoryObject;
import dev.sidewal.replica.Moment;
import dev.sidewal.replica.Timeline;
import dev.sidewal.segment.ObjectKind;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a replication has done, and what the store has of its database, over all sessions.
 *
 * <p>Invariant: totals never fall, and what is known of the history stays when a session ends. Safe
 * for use by several threads.
 */
final class ReplicationAccount {

  private final Backlog backlog = new Backlog();

  /** What the sessions before have done. */
  private ReplicationTotals before = ReplicationTotals.NONE;

  /** What this one has. */
  private ReplicationTotals session = ReplicationTotals.NONE;

  private RetentionCounts retention = RetentionCounts.NONE;
  private HistoryStatus history = HistoryStatus.NONE;

  /**
   * The database is there and about to be followed.
   *
   * @param leftovers what an earlier run has left to ship
   */
  void databaseIsThere(Instant now, List<Spool.Entry> leftovers) {
    backlog.begin(now, leftovers.stream().map(e -> e.name().firstTime()).min(Instant::compareTo));
  }

  /** The database is not there. */
  void databaseIsGone() {
    backlog.databaseIsGone();
  }

  /** Nothing waits any more of what was copied of a database that is not there. */
  void restIsShipped() {
    backlog.restIsShipped();
  }

  /** Following has looked at the log; see {@link Backlog#looked}. */
  void looked(Instant begun, boolean atEnd, long copied, long shipped, Optional<Instant> first) {
    backlog.looked(begun, atEnd, copied, shipped, first);
  }

  /** What was copied since a moment is forgotten, and copied again later. */
  void forgotten(Instant since) {
    backlog.forgotten(since);
  }

  /** A replica was listed. */
  synchronized void listed(Timeline timeline) {
    history =
        new HistoryStatus(
            history.copiedTxid(),
            history.shippedTxid(),
            history.latest(),
            timeline.earliest().map(Moment::time),
            timeline.objects().stream()
                .map(o -> o.object().name())
                .filter(name -> name.kind() == ObjectKind.SNAPSHOT)
                .map(HistoryObject::lastTime)
                .max(Instant::compareTo));
  }

  /** Takes down what the store has of the history. */
  synchronized void history(long copied, long shipped, Optional<Instant> time) {
    // The first snapshot is the oldest moment of a replica that was listed as empty.
    boolean any = shipped > 0;
    history =
        new HistoryStatus(
            copied,
            any ? shipped : history.shippedTxid(),
            any ? time : history.latest(),
            any ? history.oldest().or(() -> time) : history.oldest(),
            history.snapshot());
  }

  /** Takes down what the session has done so far. */
  synchronized void session(Instant now, ReplicationTotals totals, RetentionCounts retired) {
    if (totals.images().snapshots() > session.images().snapshots()) {
      history =
          new HistoryStatus(
              history.copiedTxid(),
              history.shippedTxid(),
              history.latest(),
              history.oldest(),
              Optional.of(now));
    }
    session = totals;
    retention = retired;
  }

  /** A session has ended. */
  synchronized void sessionEnded(ReplicationTotals totals) {
    before = before.plus(totals);
    session = ReplicationTotals.NONE;
    backlog.sessionEnded();
  }

  /** Adds what is known here to what a session says of itself. */
  synchronized ReplicationStatus complete(
      ReplicationStatus status,
      Optional<VerificationStatus> verification,
      Instant now,
      Optional<String> expiryAlarm) {
    return status.complete(
        before.plus(session), retention, history, verification, backlog.since(now), expiryAlarm);
  }
}
