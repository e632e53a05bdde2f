package dev.sidewal.cost;

import static dev.sidewal.testing.S3Operation.COMPLETE_UPLOAD;
import static dev.sidewal.testing.S3Operation.CREATE_UPLOAD;
import static dev.sidewal.testing.S3Operation.DELETE;
import static dev.sidewal.testing.S3Operation.GET;
import static dev.sidewal.testing.S3Operation.HEAD;
import static dev.sidewal.testing.S3Operation.LIST;
import static dev.sidewal.testing.S3Operation.PUT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.agent.ReplicationStatus;
import dev.sidewal.cost.RequestCounter.Request;
import dev.sidewal.cost.RequestCounter.Requests;
import dev.sidewal.cost.SimulatedAgent.Stored;
import dev.sidewal.testing.S3Operation;
import dev.sidewal.testing.S3ProxyServer;
import dev.sidewal.testing.S3Server;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every HTTP request of some simulated minutes is accounted for. The figures of whole hours come
 * from {@link SimulatedHourIT}.
 */
class CountedRequestsIT {

  private static final Stored NONE = new Stored(0, 0);
  private static S3Server server;

  @TempDir Path dir;

  @BeforeAll
  static void start() {
    server = S3ProxyServer.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static Request request(S3Operation operation, String kind) {
    return new Request(operation, kind);
  }

  @Test
  void anIdleDatabaseAsksForNothing() throws Exception {
    try (SimulatedAgent agent = SimulatedAgent.start(server, "idle", dir, 1000)) {
      // The snapshot of the one transaction after the first, and a look at what can be retired.
      agent.pass(Duration.ofHours(25));
      agent.drain();
      agent.pass(Duration.ofHours(25));
      agent.drain();
      agent.counter().take();
      for (int i = 0; i < 40; i++) {
        agent.pass(Duration.ofHours(12));
        agent.sync();
      }
      assertThat(agent.counter().take().counts()).isEmpty();
      assertThat(agent.stored())
          .containsOnlyKeys("segment", "snapshot")
          .hasEntrySatisfying("segment", s -> assertThat(s.objects()).isEqualTo(1))
          .hasEntrySatisfying("snapshot", s -> assertThat(s.objects()).isEqualTo(2));
    }
  }

  /** Two looks every ten seconds whether it is still the only agent, one PUT a second, a pack. */
  @Test
  void oneTransactionASecond() throws Exception {
    int seconds = 100;
    try (SimulatedAgent agent = SimulatedAgent.start(server, "one", dir, 1000)) {
      agent.counter().take();
      for (int i = 0; i < seconds; i++) {
        agent.second(1);
        agent.sync();
      }
      assertThat(agent.counter().take().counts())
          .containsExactlyInAnyOrderEntriesOf(
              Map.of(
                  request(PUT, "segment"),
                  (long) seconds,
                  request(HEAD, "claim"),
                  2L * seconds / 10));
      agent.drain();
      assertThat(agent.counter().take().counts())
          .containsExactlyInAnyOrderEntriesOf(
              Map.of(
                  request(GET, "claim"), 1L,
                  request(PUT, "pack"), 1L,
                  request(HEAD, "pack"), 2L,
                  request(GET, "pack"), 1L,
                  request(DELETE, "segment"), seconds + 1L));
      assertThat(agent.stored()).containsOnlyKeys("pack", "snapshot");
    }
  }

  /** What is made depends on how well pages compress; that it is accounted for does not. */
  @Test
  void aThousandTransactionsASecond() throws Exception {
    int seconds = 35;
    try (SimulatedAgent agent = SimulatedAgent.start(server, "thousand", dir, 20_000)) {
      agent.counter().take();
      final long shippedBefore = agent.status().shippedObjects();
      for (int i = 0; i < seconds; i++) {
        agent.second(1000);
        agent.sync();
      }
      agent.drain();
      Requests counted = agent.counter().take();
      ReplicationStatus status = agent.status();
      long packs = status.packs().packs();
      long deltas = status.images().deltas();
      assertThat(packs).as("packs").isPositive();
      assertThat(deltas).as("deltas").isPositive();
      // One a second, and some more for images and to keep the log short.
      assertThat(counted.of(PUT, "segment"))
          .isGreaterThanOrEqualTo(seconds)
          .isEqualTo(status.shippedObjects() - shippedBefore);
      assertThat(counted.of(PUT, "pack")).isEqualTo(packs);
      assertThat(counted.of(GET, "pack")).isEqualTo(packs);
      assertThat(counted.of(GET, "claim")).isEqualTo(packs);
      assertThat(counted.of(HEAD, "pack")).isEqualTo(2 * packs);
      assertThat(counted.of(DELETE, "segment")).isEqualTo(status.packs().packedSegments());
      assertThat(counted.of(PUT, "delta") + counted.of(CREATE_UPLOAD, "delta")).isEqualTo(deltas);
      assertThat(counted.of(CREATE_UPLOAD)).isEqualTo(counted.of(COMPLETE_UPLOAD));
      assertThat(counted.of(HEAD, "delta")).isEqualTo(deltas);
      assertThat(counted.of(GET, "delta")).isLessThanOrEqualTo(2 * deltas);
      assertThat(counted.of(LIST)).isZero();
      assertThat(agent.stored().getOrDefault("segment", NONE).objects()).isLessThanOrEqualTo(1);
    }
  }
}
