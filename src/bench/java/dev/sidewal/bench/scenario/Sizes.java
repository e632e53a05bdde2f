package dev.sidewal.bench.scenario;

import java.time.Duration;
import java.util.List;

/**
 * How much is done.
 *
 * @param warmUp how long a writer warms up
 * @param settle how long nothing is done between "followed" and the first commit
 * @param quiet the most that is waited for an agent to ship more; agents ask for less
 * @param idle how long a process is idle before its memory is read
 * @param window how long the CPU time of idle databases is counted
 */
public record Sizes(
    int commits,
    int megabytes,
    int lagCommits,
    Duration lagFrom,
    Duration lagTo,
    List<Integer> databases,
    int starts,
    Duration warmUp,
    Duration settle,
    Duration quiet,
    Duration idle,
    Duration window) {

  /** Those of the targets. */
  public static Sizes full() {
    return new Sizes(
        20_000,
        256,
        20,
        Duration.ofMillis(2500),
        Duration.ofMillis(3500),
        List.of(100, 1000),
        10,
        Duration.ofSeconds(3),
        Duration.ofMillis(2500),
        Duration.ofSeconds(60),
        Duration.ofSeconds(30),
        Duration.ofSeconds(30));
  }

  /** Those that only show that everything works. */
  public static Sizes smoke() {
    return new Sizes(
        500,
        4,
        2,
        Duration.ofMillis(1300),
        Duration.ofMillis(1500),
        List.of(5),
        2,
        Duration.ofMillis(200),
        Duration.ofMillis(500),
        Duration.ofMillis(1500),
        Duration.ofSeconds(1),
        Duration.ofSeconds(1));
  }

  /** Returns these with another load and another number of commits. */
  public Sizes with(int newCommits, int newMegabytes) {
    return new Sizes(
        newCommits,
        newMegabytes,
        lagCommits,
        lagFrom,
        lagTo,
        databases,
        starts,
        warmUp,
        settle,
        quiet,
        idle,
        window);
  }
}
