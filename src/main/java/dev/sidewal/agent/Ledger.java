package dev.sidewal.agent;

import dev.sidewal.fault.CrashPoint;
import dev.sidewal.replica.Position;
import dev.sidewal.sqlite.LogFollower;
import java.io.IOException;
import java.time.Instant;
import java.util.UUID;

/**
 * Writes down what the next run needs to go on, each time when all that was copied is safe.
 *
 * <p>Invariant: the state says what is true of the page tables at that moment; whatever changes in
 * them afterwards can be taken back until the next state is written. Not safe for use by several
 * threads.
 */
final class Ledger {

  private final StateFile file;
  private final LogFollower follower;
  private final UUID replicaId;
  private final long tables;

  /**
   * Creates a ledger.
   *
   * @param tables the number of the follower's page tables
   */
  Ledger(StateFile file, LogFollower follower, UUID replicaId, long tables) {
    this.file = file;
    this.follower = follower;
    this.replicaId = replicaId;
    this.tables = tables;
  }

  /** Writes that a transaction is safe, which is the last one that the follower has copied. */
  void write(Position position, Instant time) throws IOException {
    SavedState state =
        new SavedState(file.nextSequence(), replicaId, position, time, tables, follower.position());
    file.write(state);
    follower.marked(state.sequence());
    CrashPoint.STATE_AFTER.reached();
  }
}
