package dev.sidewal.cost;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sidewal.testing.S3ProxyServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The figures of docs/costs.md: {@code -Dsidewal.costs=0/1,1/1,1/10,1/60,1000/1,1000/10,1000/60}
 * simulates an hour of each of these workloads (transactions a second / sync interval in seconds),
 * keeps what was counted in {@code target/costs}, and prints the tables of all that is there. The
 * largest takes a quarter of an hour, and 1.5 GB of heap and 5 GB of disk for the server in this
 * JVM. {@code -Dsidewal.costs.seconds} simulates less than an hour.
 */
class SimulatedHourIT {

  private static final int SECONDS = Integer.getInteger("sidewal.costs.seconds", 3600);
  private static final int ITEMS = 100_000;

  @TempDir Path dir;

  @Test
  void hours() throws Exception {
    String wanted = System.getProperty("sidewal.costs", "");
    assumeTrue(!wanted.isEmpty(), "-Dsidewal.costs names no workloads");
    Path kept = Path.of(System.getProperty("sidewal.costs.directory", "target/costs"));
    for (String workload : wanted.split(",", -1)) {
      String[] parts = workload.split("/", -1);
      hour(Integer.parseInt(parts[0]), Integer.parseInt(parts[1])).write(kept);
    }
    List<HourCosts> rows = new ArrayList<>();
    try (Stream<Path> files = Files.list(kept)) {
      for (Path file : files.sorted().toList()) {
        rows.add(HourCosts.read(file));
      }
    }
    System.out.println(CostTable.of(rows));
  }

  private HourCosts hour(int rate, int interval) throws Exception {
    Path place = Files.createDirectories(dir.resolve(rate + "-" + interval));
    Path objects = Files.createDirectories(place.resolve("s3"));
    try (S3ProxyServer server = S3ProxyServer.start(objects);
        SimulatedAgent agent = SimulatedAgent.start(server, "p", place, ITEMS)) {
      if (rate == 0) {
        // The last snapshot, and the last look at what can be retired.
        agent.pass(Duration.ofHours(25));
        agent.drain();
        agent.pass(Duration.ofHours(25));
        agent.drain();
      }
      System.out.println(rate + "/" + interval + ", start: " + agent.counter().take());
      boolean large = rate >= 1000 && interval == 1;
      HourCosts costs =
          SimulatedHour.run(
              agent, rate, interval, SECONDS, large ? looks(agent, place) : second -> {});
      System.out.println("the hour: " + costs.hour() + "\nthe day: " + costs.day());
      return costs;
    }
  }

  /**
   * Looks how much a restore would read: at random, right before a delta may be due, right after
   * some, and at the end, when one is carried out as well.
   */
  private static SimulatedHour.Look looks(SimulatedAgent agent, Path place) {
    Random random = new Random(1);
    return new SimulatedHour.Look() {
      private long deltas;
      private RestoreBytes worst = new RestoreBytes(0, 0, 1, 0, 0, 1);

      @Override
      public void look(int second) throws Exception {
        long now = agent.status().images().deltas();
        boolean after = now > deltas;
        deltas = now;
        if (random.nextInt(20) == 0 || second == SECONDS || (after && random.nextInt(12) == 0)) {
          RestoreBytes bytes = RestoreBytes.measure(agent, place.resolve("p-first.db"), place);
          System.out.println(second + " s" + (after ? ", after a delta" : "") + ": " + bytes);
          worst = bytes.ratio() > worst.ratio() ? bytes : worst;
        }
        if (second == SECONDS) {
          System.out.println("the worst: " + worst);
          restore();
        }
      }

      private void restore() throws IOException, InterruptedException {
        for (int heap : new int[] {128, 64}) {
          SmallRestore.run(agent, heap, place.resolve("now.db"), place);
        }
      }
    };
  }
}
