package dev.sidewal.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.flow.Databases;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/**
 * The torture rig: for a given time, databases are written, and the agent is killed and started
 * again at random instants and at named places, over stores that fail; after some lives of the
 * agent everything is looked at. {@code docs/testing.md} says what is looked at, and how to repeat
 * a run.
 */
@EnabledIf(
    value = "dev.sidewal.testing.Programs#hasPython",
    disabledReason = "python3 with its sqlite3 module is not here, and the writers need it")
class TortureIT {

  private static final int MOST_VIOLATIONS = 5;
  private static final int WORTH_ARCHIVING = 60;

  private final long seed = Long.getLong("sidewal.torture.seed", System.nanoTime() & 0xffffff);
  private final int seconds = Integer.getInteger("sidewal.torture.seconds", 10);
  private final int kills = Integer.getInteger("sidewal.torture.kills", 0);
  private final int lanes = Integer.getInteger("sidewal.torture.lanes", 1);
  private final String onlyRound = System.getProperty("sidewal.torture.round", "");
  private final Path root = Path.of("target", "torture").toAbsolutePath();
  private final Figures figures = new Figures();
  private final List<Throwable> violations = Collections.synchronizedList(new ArrayList<>());
  private final long begun = System.nanoTime();

  @Test
  void nothingAcknowledgedIsLostAndNothingWrongIsRestored() throws Exception {
    System.out.printf(
        "torture: %d s, at least %d kills, %d lanes, -Dsidewal.torture.seed=%d%n",
        seconds, kills, lanes, seed);
    if (seconds >= WORTH_ARCHIVING) {
      shareClasses();
    }
    if (onlyRound.isEmpty()) {
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < lanes; i++) {
        int lane = i;
        threads.add(new Thread(() -> lane(lane), "torture lane " + lane));
      }
      threads.forEach(Thread::start);
      for (Thread thread : threads) {
        thread.join();
      }
    } else {
      String[] parts = onlyRound.split("-", 2);
      round(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
    }
    System.out.println(figures.table());
    System.out.printf(
        "torture: seed %d, %d s, %d violations: %s%n",
        seed, elapsed(), violations.size(), figures.summary());
    if (!violations.isEmpty()) {
      throw new AssertionError(
          violations.size() + " violations, the first below, all printed above", violations.get(0));
    }
    assertThat(figures.get("checks")).as("checks").isPositive();
    assertThat(figures.kills()).as("kills").isPositive();
    assertThat(figures.get("acknowledged"))
        .as("objects that agents said to have shipped")
        .isPositive();
  }

  private void shareClasses() throws Exception {
    Path dir = root.resolve("classes");
    Round.delete(dir);
    Path database = Files.createDirectories(dir).resolve("app.db");
    Databases.run(database, "PRAGMA journal_mode=WAL", "CREATE TABLE t(a)");
    try (ReplicaPlace place = new BucketPlace(new Figures())) {
      AgentProcess.shareClasses(dir, database, place.agentUrl(), place.environment());
    }
  }

  private void lane(int lane) {
    for (int round = 0; violations.size() < MOST_VIOLATIONS && !done(); round++) {
      round(lane, round);
    }
  }

  private void say(String line) {
    System.out.println("torture: " + line);
  }

  private long elapsed() {
    return (System.nanoTime() - begun) / 1_000_000_000L;
  }

  private boolean done() {
    return elapsed() >= seconds && figures.kills() >= kills;
  }

  private void round(int lane, int number) {
    String name = seed + "-" + lane + "-" + number;
    Path dir = root.resolve(name);
    try (Round round = new Round(dir, Seeds.mix(seed, lane, number), figures)) {
      try {
        round.run(onlyRound.isEmpty() ? this::done : () -> false);
        figures.count("rounds");
      } catch (Exception | AssertionError e) {
        round.keepForPeople();
        AssertionError violation =
            new AssertionError(
                "Violation in round %d-%d; repeat it with -Dsidewal.torture.seed=%d"
                        .formatted(lane, number, seed)
                    + " -Dsidewal.torture.round=%d-%d; %s is kept; %s: %s"
                        .formatted(lane, number, dir, round.where(), e),
                e);
        violations.add(violation);
        say(violation.getMessage());
        return;
      }
    } catch (Exception e) {
      violations.add(e);
      return;
    }
    Round.delete(dir);
  }
}
