package dev.sidewal.bench.scenario;

import java.util.ArrayList;
import java.util.List;

/** All scenarios, in the order in which they are run. */
public final class Scenarios {

  private Scenarios() {}

  /** Returns them. */
  public static List<Scenario> all(Sizes sizes) {
    List<Scenario> all = new ArrayList<>();
    all.add(new CommitsScenario(sizes.commits()));
    for (Values values : Values.values()) {
      all.add(new LoadScenario(sizes.megabytes(), values));
    }
    for (Values values : Values.values()) {
      all.add(new RestoreScenario(sizes.megabytes(), values));
    }
    all.add(new LagScenario(false, sizes));
    all.add(new LagScenario(true, sizes));
    all.add(new MemoryScenario(sizes.megabytes()));
    sizes.databases().forEach(count -> all.add(new ManyScenario(count)));
    all.add(new StartScenario());
    return List.copyOf(all);
  }
}
