package dev.sidewal.bench.report;

import java.util.Optional;

/**
 * One line of the table.
 *
 * @param what with its unit
 * @param key the figure's name in a run
 * @param ratio whether it is shown as a ratio to the run without an agent in the same pair
 */
public record Row(String what, String key, boolean ratio, Optional<Target> target) {

  /** A figure as it was measured. */
  public static Row figure(String what, String key) {
    return new Row(what, key, false, Optional.empty());
  }

  /** A figure as a multiple of that without an agent. */
  public static Row ratio(String what, String key) {
    return new Row(what, key, true, Optional.empty());
  }

  /** Returns this line with what is to be reached. */
  public Row to(Target wanted) {
    return new Row(what, key, ratio, Optional.of(wanted));
  }

  /** Returns what this line shows of a contender. */
  public Optional<Spread> of(Runs runs, String contender) {
    return ratio ? runs.ratio(contender, key) : runs.figure(contender, key);
  }
}
