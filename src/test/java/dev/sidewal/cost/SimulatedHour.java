package dev.sidewal.cost;

import dev.sidewal.cost.RequestCounter.Requests;
import dev.sidewal.cost.SimulatedAgent.Stored;
import dev.sidewal.segment.ObjectKind;
import java.time.Duration;

/** Drives an agent through a part of an hour or all of it, and through what comes of that. */
final class SimulatedHour {

  private static final Stored NONE = new Stored(0, 0);

  /** Called after each sync. */
  @FunctionalInterface
  interface Look {
    void look(int second) throws Exception;
  }

  private SimulatedHour() {}

  /**
   * Runs it.
   *
   * @param rate transactions a second
   * @param interval seconds between two syncs
   */
  static HourCosts run(SimulatedAgent agent, int rate, int interval, int seconds, Look look)
      throws Exception {
    agent.counter().take();
    long packsBefore = agent.status().packs().packs();
    long packBytesBefore = agent.status().packs().packBytes();
    long deltasBefore = agent.status().images().deltas();
    for (int second = 1; second <= seconds; second++) {
      agent.second(rate);
      if (second % interval == 0) {
        agent.sync();
        look.look(second);
      }
    }
    agent.drain();
    final Requests hour = agent.counter().take();
    final Stored segments = agent.stored().getOrDefault("segment", NONE);
    final long packs = agent.status().packs().packs() - packsBefore;
    final long packBytes = agent.status().packs().packBytes() - packBytesBefore;
    final long deltas = agent.status().images().deltas() - deltasBefore;
    final long deltaBytes = agent.lastBytes(ObjectKind.DELTA);
    agent.second(Math.min(rate, 1));
    agent.sync();
    agent.pass(Duration.ofHours(24));
    agent.sync();
    agent.sync();
    agent.drain();
    return new HourCosts(
        rate,
        interval,
        seconds,
        hour,
        agent.counter().take(),
        packs,
        packBytes + segments.bytes(),
        deltas,
        deltaBytes,
        agent.lastBytes(ObjectKind.SNAPSHOT),
        segments.objects());
  }
}
