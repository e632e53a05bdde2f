package dev.sidewal.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sidewal.replica.Timeline;
import dev.sidewal.restore.RestoreResult;
import dev.sidewal.restore.RestoreTarget;
import dev.sidewal.testing.S3Server;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole flow over HTTP: replicate beside a writer, stop, look, restore the latest state, a
 * transaction and a moment. The snapshot is larger than a part, so that it goes up in parts.
 */
@EnabledIf(
    value = "dev.sidewal.testing.Programs#hasPython",
    disabledReason = "python3 with its sqlite3 module is not here, and the writer needs it")
abstract class S3Flow {

  private static final long ROWS = 24;

  @TempDir Path dir;

  abstract S3Server server();

  @Test
  void replicatesAndRestores() throws Exception {
    long seed = System.nanoTime() & 0xffffff;
    Random random = new Random(seed);
    System.out.println(getClass().getSimpleName() + ": seed " + seed);
    Path database = dir.resolve("app.db");
    Path log = dir.resolve("writers.log");
    String url =
        "s3://%s/flow-%x?endpoint=%s&region=%s&path-style=true"
            .formatted(
                server().bucket(), random.nextLong(), server().endpoint(), server().region());
    // 24 rows of 1 MiB that nothing compresses.
    Databases.run(
        database,
        "PRAGMA journal_mode=WAL",
        "CREATE TABLE base(v BLOB)",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
            + ROWS
            + ") INSERT INTO base SELECT randomblob(1048576) FROM n",
        "CREATE TABLE t(id INTEGER PRIMARY KEY, h INTEGER, v BLOB)",
        "CREATE TABLE meta(seq INTEGER)",
        "INSERT INTO meta VALUES(0)");

    try (SidewalProcess agent =
        SidewalProcess.start(server().environment(), "replicate", database.toString(), url)) {
      agent.awaitFollowing();
      try (HammerWriter writer =
          new HammerWriter(database, log, seed, 1, 4, Duration.ofSeconds(3))) {
        writer.awaitEnd();
      }
      agent.terminate().succeeded();
    }
    Databases.checkpoint(database);
    WriterLog written = WriterLog.read(log, new WriterLog.State(0, 0, 0, 0));

    Path restored = dir.resolve("restored.db");
    SidewalProcess.Outcome restore =
        SidewalProcess.run(
                server().environment(), "restore", url, "-o", restored.toString(), "--json")
            .succeeded();
    Databases.assertSame(database, restored);
    JsonNode latest = new ObjectMapper().readTree(restore.out());
    assertThat(latest.get("txid").asLong()).isGreaterThanOrEqualTo(written.lastCommitted());
    JsonNode info =
        new ObjectMapper()
            .readTree(
                SidewalProcess.run(server().environment(), "info", url, "--json")
                    .succeeded()
                    .out());
    assertThat(info.at("/latest/txid").asLong()).isEqualTo(latest.get("txid").asLong());
    assertThat(info.at("/earliest/txid").asLong()).isEqualTo(1);
    assertThat(info.at("/bytes").asLong()).isGreaterThan(ROWS << 20);
    assertThat(info.at("/gaps")).isEmpty();

    server().useInThisJvm();
    try (Replica replica = Replica.open(url, random)) {
      Timeline timeline = replica.timeline();
      long largest =
          timeline.objects().stream().mapToLong(o -> o.object().bytes()).max().orElseThrow();
      assertThat(largest).as("bytes of the snapshot").isGreaterThan(16L << 20);
      long last = timeline.latestRestorable().orElseThrow();
      for (int i = 0; i < 5; i++) {
        long txid = random.nextLong(1, last + 1);
        replica.restore(RestoreTarget.txid(txid), restored);
        assertThat(written.knows(WriterLog.State.of(restored))).as("transaction %d", txid).isTrue();
      }
      Instant middle =
          replica
              .time(timeline, 1)
              .plus(
                  Duration.between(replica.time(timeline, 1), replica.time(timeline, last))
                      .dividedBy(2));
      RestoreResult then = replica.restore(RestoreTarget.at(middle), restored);
      assertThat(then.time()).isBeforeOrEqualTo(middle);
      assertThat(then.time()).isCloseTo(middle, within(5, ChronoUnit.SECONDS));
      assertThat(replica.time(timeline, then.txid() + 1)).isAfter(middle);
      assertThat(written.knows(WriterLog.State.of(restored))).as("state at %s", middle).isTrue();
    }
  }
}
