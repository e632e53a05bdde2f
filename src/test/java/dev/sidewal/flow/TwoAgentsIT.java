package dev.sidewal.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sidewal.error.ExitCode;
import dev.sidewal.restore.RestoreTarget;
import dev.sidewal.testing.FaultyHttpProxy;
import dev.sidewal.testing.HttpFault;
import dev.sidewal.testing.S3Operation;
import dev.sidewal.testing.S3ProxyServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Several agents on one replica; and one that only seems to be several, for replies were lost. */
@EnabledIf(
    value = "dev.sidewal.testing.Programs#hasPython",
    disabledReason = "python3 with its sqlite3 module is not here, and the writer needs it")
class TwoAgentsIT {

  private static final Duration END = Duration.ofSeconds(60);

  @TempDir Path dir;
  private long seed;
  private Random random;
  private Path database;
  private Path restored;

  @BeforeEach
  void place() throws Exception {
    seed = System.nanoTime() & 0xffffff;
    System.out.println("TwoAgentsIT: seed " + seed);
    random = new Random(seed);
    database = dir.resolve("app.db");
    restored = dir.resolve("restored.db");
    CountingWriter.create(database);
  }

  private static SidewalProcess agent(Path database, String url) {
    return SidewalProcess.start("replicate", database.toString(), url, "--sync-interval=50ms");
  }

  /**
   * Two are started together on a database, and when both follow a third on a copy of it, which
   * goes its own way.
   */
  @Test
  void onlyTheLastOneGoesOn() throws Exception {
    String url = "file://" + dir.resolve("replica");
    Path copy = dir.resolve("copy.db");
    try (SidewalProcess one = agent(database, url);
        SidewalProcess two = agent(database, url)) {
      one.awaitFollowing();
      two.awaitFollowing();
      try (CountingWriter app =
          CountingWriter.start(database, CountingWriter.Options.DEFAULT.perSecond(20))) {
        app.awaitMore(30);
        Databases.run(database, "VACUUM INTO '" + copy + "'");
        Databases.run(copy, "PRAGMA journal_mode=WAL", "CREATE TABLE this_is_the_copy(x)");
        try (SidewalProcess three = agent(copy, url)) {
          three.awaitFollowing();
          try (CountingWriter other =
              CountingWriter.start(copy, CountingWriter.Options.DEFAULT.perSecond(20))) {
            one.awaitExit(END).failedWith(ExitCode.SUPERSEDED);
            two.awaitExit(END).failedWith(ExitCode.SUPERSEDED);
            other.awaitMore(5);
            assertThat(three.isAlive()).isTrue();
            long written = other.end().seq();
            app.end();
            three.terminate().succeeded();
            assertHistory(url, copy, written);
          }
        }
      }
    }
  }

  private void assertHistory(String url, Path copy, long written) throws Exception {
    JsonNode info =
        new ObjectMapper().readTree(SidewalProcess.run("info", url, "--json").succeeded().out());
    JsonNode generations = info.get("generations");
    assertThat(generations).hasSize(3);
    long[] last = new long[3];
    boolean anyFenced = false;
    for (int i = 0; i < 3; i++) {
      last[i] = generations.get(i).path("lastValid").asLong();
      anyFenced |= !generations.get(i).get("fenced").isEmpty();
    }
    System.out.println("TwoAgentsIT: " + generations);
    assertThat(anyFenced).as("late transactions are shown as fenced: %s", info).isTrue();
    assertThat(generations.get(2).get("fenced")).isEmpty();
    assertThat(generations.get(2).get("state").asText()).isEqualTo("active");

    try (Replica replica = Replica.open(url, random)) {
      long latest = replica.timeline().latestRestorable().orElseThrow();
      assertThat(replica.timeline().holes()).isEmpty();
      assertThat(last[2]).isEqualTo(latest);
      long before = 0;
      long generationBefore = 0;
      Path again = dir.resolve("again.db");
      for (long txid = 1; txid <= latest; txid++) {
        long generation = txid <= last[0] ? 1 : txid <= last[1] ? 2 : 3;
        replica.restore(RestoreTarget.txid(txid), restored);
        if (txid % 10 == 0) {
          replica.restore(RestoreTarget.txid(txid), again);
          assertThat(Files.mismatch(restored, again)).isEqualTo(-1);
        }
        WriterLog.State state = WriterLog.State.of(restored);
        assertThat(state.rows()).isEqualTo(state.seq());
        assertThat(
                Databases.query(restored, "SELECT name FROM sqlite_master WHERE name LIKE 'this%'"))
            .as("transaction %d is of generation %d", txid, generation)
            .hasSize(generation == 3 ? 1 : 0);
        if (generation == generationBefore) {
          assertThat(state.seq()).as("transaction %d", txid).isEqualTo(before + 1);
        } else if (generation == 2) {
          assertThat(state.seq()).as("transaction %d", txid).isGreaterThanOrEqualTo(before);
        }
        before = state.seq();
        generationBefore = generation;
      }
      assertThat(before).isEqualTo(written);
      Databases.checkpoint(copy);
      assertThat(Databases.assertSame(copy, restored)).isZero();
    }
  }

  /** Every second write is carried out and answered with a failure, that of the claim too. */
  @Test
  @EnabledIfSystemProperty(named = "sidewal.faults", matches = "true")
  void aLostReplyIsNotAnotherAgent() throws Exception {
    try (S3ProxyServer server = S3ProxyServer.start();
        FaultyHttpProxy proxy = FaultyHttpProxy.before(server)) {
      server.useInThisJvm();
      String path = "s3://%s/lost?region=%s&path-style=true&endpoint=";
      path = path.formatted(server.bucket(), server.region());
      Random faults = new Random(seed);
      AtomicInteger lost = new AtomicInteger();
      proxy.plan(
          (method, target) -> {
            if (S3Operation.of(method, target) != S3Operation.PUT
                || (lost.get() > 0 && faults.nextInt(2) == 0)) {
              return HttpFault.PASS;
            }
            return lost.getAndIncrement() % 2 == 0 ? HttpFault.LOST_503 : HttpFault.LOST_RESET;
          });
      CountedHistory history = new CountedHistory(path + server.endpoint(), random, dir);
      try (SidewalProcess agent =
          SidewalProcess.start(
              server.environment(),
              "replicate",
              database.toString(),
              path + proxy.endpoint(),
              "--sync-interval=50ms")) {
        agent.awaitFollowing();
        try (CountingWriter app =
            CountingWriter.start(database, CountingWriter.Options.DEFAULT.perSecond(20))) {
          await().atMost(END).until(() -> lost.get() >= 10);
          CountingWriter.Status written = app.end();
          history.awaitLatest(written.seq() + 1);
          proxy.plan((method, target) -> HttpFault.PASS);
          agent.terminate().succeeded();
          assertThat(agent.log()).doesNotContain("nother agent");
          assertThat(agent.count("claimed generation 1")).isEqualTo(1);
          history.assertAllOf(written, database);
        }
      }
      assertThat(history.generations()).isEqualTo(1);
    }
  }
}
