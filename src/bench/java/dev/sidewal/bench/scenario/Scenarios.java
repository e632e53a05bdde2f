package dev.sidewal.bench.scenario;

import java.util.List;

/** All scenarios, in the order in which they are run. */
public final class Scenarios {

  private Scenarios() {}

  /** Returns them. */
  public static List<Scenario> all(Sizes sizes) {
    return List.of(
        new CommitsScenario(sizes.commits()),
        new LoadScenario(sizes.megabytes(), Values.RANDOM),
        new LoadScenario(sizes.megabytes(), Values.TEXT),
        new RestoreScenario(sizes.megabytes(), Values.RANDOM),
        new RestoreScenario(sizes.megabytes(), Values.TEXT),
        new MemoryScenario(sizes.megabytes()));
  }
}
