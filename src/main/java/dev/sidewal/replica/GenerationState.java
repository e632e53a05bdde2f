package dev.sidewal.replica;

import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;

/**
 * A generation's part of the timeline.
 *
 * @param generation its number
 * @param parent the generation whose position it took over; empty if there was none
 * @param continues whether its first segment builds on that position
 * @param created when it was claimed
 * @param first the first transaction that it recorded; empty if it holds nothing
 * @param last the last transaction that it recorded, fenced or not
 * @param lastValid the last transaction that it recorded and that is valid
 * @param fenced the recorded transactions that a newer generation fenced, ascending; immutable
 * @param state whether a newer generation exists
 */
public record GenerationState(
    long generation,
    OptionalLong parent,
    boolean continues,
    Instant created,
    OptionalLong first,
    OptionalLong last,
    OptionalLong lastValid,
    List<TxidRange> fenced,
    State state) {

  /** Takes a copy of the list. */
  public GenerationState {
    fenced = List.copyOf(fenced);
  }

  /** Whether a generation may still grow. */
  public enum State {
    /** The newest generation. */
    ACTIVE,
    /** A newer generation exists: what this one writes now is fenced. */
    SUPERSEDED
  }
}
