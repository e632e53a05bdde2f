package dev.sidewal.forensics;

import java.util.List;
import java.util.Objects;

/**
 * What a search found.
 *
 * @param outcome how it ended
 * @param first the first moment of what was searched
 * @param last the last moment of what was searched
 * @param changes where the condition held at one moment and not at the next, or the other way
 *     round, in order; one at most unless each transaction was asked; immutable
 * @param states how many moments can be restored between the first and the last, both included
 * @param asked how many of them were asked
 * @param restores how many of those were restored anew
 * @param bytesRead how many bytes of the replica were planned to be read for it
 */
public record BisectReport(
    Outcome outcome,
    Probe first,
    Probe last,
    List<Change> changes,
    long states,
    long asked,
    long restores,
    long bytesRead) {

  /** How a search ended. */
  public enum Outcome {
    /** The condition held at first and not at last: the change is found. */
    FOUND,
    /** It holds at last as well: nothing went wrong, or it was mended. */
    HOLDS_AT_END,
    /** It did not hold at first. */
    NOT_AT_FIRST
  }

  /**
   * Two moments next to each other with different answers.
   *
   * @param before the earlier one
   * @param after the later one
   * @param unknown how many transactions lie between them that cannot be restored
   */
  public record Change(Probe before, Probe after, long unknown) {}

  /** Takes a copy of the list. */
  public BisectReport {
    Objects.requireNonNull(outcome, "outcome");
    Objects.requireNonNull(first, "first");
    Objects.requireNonNull(last, "last");
    changes = List.copyOf(changes);
  }
}
