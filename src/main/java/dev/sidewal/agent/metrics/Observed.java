package dev.sidewal.agent.metrics;

import dev.sidewal.agent.Agent;
import dev.sidewal.agent.ReplicationStatus;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * A database whose figures are shown.
 *
 * @param database its path, which is the label
 * @param owner whose figures they are: two of one owner are equal
 * @param status what its replication is doing
 * @param alive whether that moves
 */
record Observed(
    String database, Object owner, Supplier<ReplicationStatus> status, BooleanSupplier alive) {

  static Observed of(Agent.Replicated replicated) {
    return new Observed(
        replicated.database().toString(),
        replicated.replication(),
        replicated.replication()::status,
        replicated.replication()::isAlive);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Observed o && o.database.equals(database) && o.owner.equals(owner);
  }

  @Override
  public int hashCode() {
    return Objects.hash(database, owner);
  }
}
