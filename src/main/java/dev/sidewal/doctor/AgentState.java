package dev.sidewal.doctor;

import java.time.Duration;
import java.util.Objects;

/**
 * What the agent says of a database.
 *
 * @param endpoint where it answered
 * @param known whether it replicates the database; the rest is empty if not
 * @param state as in its status
 * @param alive whether its replication goes on
 * @param trouble empty text if there is none
 * @param lag how long the oldest commit has waited
 */
public record AgentState(
    String endpoint, boolean known, String state, boolean alive, String trouble, Duration lag) {

  /** Checks for nulls. */
  public AgentState {
    Objects.requireNonNull(endpoint, "endpoint");
    Objects.requireNonNull(state, "state");
    Objects.requireNonNull(trouble, "trouble");
    Objects.requireNonNull(lag, "lag");
  }
}
