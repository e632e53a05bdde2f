package dev.sidewal.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** All runs of one scenario, in the order in which they were made. */
public final class Runs {

  /** The contender that the others are compared with. */
  public static final String BASE = "none";

  private final List<Run> runs = new ArrayList<>();

  /** Adds a run. */
  public void add(Run run) {
    runs.add(run);
  }

  /** Returns all of them. */
  public List<Run> all() {
    return List.copyOf(runs);
  }

  /** Returns why a contender has no figures, if it failed. */
  public Optional<String> failure(String contender) {
    return runs.stream()
        .filter(run -> run.contender().equals(contender))
        .flatMap(run -> run.failure().stream())
        .findFirst();
  }

  /** Returns a figure of a contender over all of its runs. */
  public Optional<Spread> figure(String contender, String key) {
    return Spread.of(
        runs.stream()
            .filter(run -> run.contender().equals(contender) && run.values().containsKey(key))
            .map(run -> run.values().get(key))
            .toList());
  }

  /**
   * Returns a figure of a contender divided by that of {@link #BASE} in the same pair. A pair in
   * which one of the two is missing does not count.
   */
  public Optional<Spread> ratio(String contender, String key) {
    List<Double> ratios = new ArrayList<>();
    for (Run run : runs) {
      if (run.contender().equals(contender) && run.values().containsKey(key)) {
        base(run.pair(), key)
            .filter(base -> base != 0)
            .ifPresent(base -> ratios.add(run.values().get(key) / base));
      }
    }
    return Spread.of(ratios);
  }

  private Optional<Double> base(int pair, String key) {
    return runs.stream()
        .filter(run -> run.contender().equals(BASE) && run.pair() == pair)
        .flatMap(run -> Optional.ofNullable(run.values().get(key)).stream())
        .findFirst();
  }
}
