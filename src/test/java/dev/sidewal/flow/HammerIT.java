package dev.sidewal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.replica.Moment;
import dev.sidewal.replica.Timeline;
import dev.sidewal.restore.RestoreResult;
import dev.sidewal.restore.RestoreTarget;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Two processes write as wildly as SQLite allows, and are killed now and then, while the agent
 * follows. Afterwards everything must be there: the last state byte for byte, every state between
 * as the writers logged it, and the source as the writers left it.
 *
 * <p>{@code -Dsidewal.hammer.seconds=60} lets each round write so long, and {@code
 * -Dsidewal.hammer.seed=N} repeats the writers' choices of a run; its timing cannot be repeated.
 */
@EnabledIf(
    value = "dev.sidewal.testing.Programs#hasPython",
    disabledReason = "python3 with its sqlite3 module is not here, and the writers need it")
class HammerIT {

  private static final Duration LAG = Duration.ofSeconds(15);

  @TempDir Path dir;

  @ParameterizedTest(name = "page size {0}, auto_vacuum {1}, {2} s, attached before: {4}")
  @CsvSource({"4096, 0, 8, 30, false", "512, 2, 4, 10, true", "65536, 1, 4, 10, true"})
  void nothingIsLost(
      int pageSize, int autoVacuum, int defaultSeconds, int restores, boolean attachedBefore)
      throws Exception {
    long seed = Long.getLong("sidewal.hammer.seed", System.nanoTime() & 0xffffff);
    int seconds = Integer.getInteger("sidewal.hammer.seconds", defaultSeconds);
    System.out.printf(
        "hammer: page size %d, auto_vacuum %d, %d s, -Dsidewal.hammer.seed=%d%n",
        pageSize, autoVacuum, seconds, seed);
    Random random = new Random(seed);
    Path database = dir.resolve("app.db");
    Path log = dir.resolve("writers.log");
    String url = "file://" + dir.resolve("replica");
    create(database, pageSize, autoVacuum);
    List<String> schema = Databases.query(database, "SELECT * FROM sqlite_schema");
    long schemaVersion = Databases.number(database, "PRAGMA schema_version");

    try (SidewalProcess agent = SidewalProcess.start("replicate", database.toString(), url)) {
      if (attachedBefore) {
        agent.awaitFollowing();
      }
      hammer(database, log, agent, random, seed, Duration.ofSeconds(seconds));
      stop(agent);
    }
    assertThat(Path.of(database + "-wal")).doesNotExist();

    Databases.checkpoint(database);
    WriterLog writers = WriterLog.read(log, new WriterLog.State(0, 0, 0, 0));
    assertThat(Databases.query(database, "SELECT * FROM sqlite_schema")).isEqualTo(schema);
    assertThat(Databases.number(database, "PRAGMA schema_version"))
        .isBetween(schemaVersion + writers.vacuumsDone(), schemaVersion + writers.vacuumsBegun());
    assertThat(Databases.number(database, "PRAGMA user_version")).isEqualTo(4711);
    assertThat(Databases.number(database, "PRAGMA application_id")).isEqualTo(815);
    WriterLog.State last = WriterLog.State.of(database);
    assertThat(writers.knows(last)).as("the writers know %s", last).isTrue();
    assertThat(last.seq()).isGreaterThanOrEqualTo(writers.lastCommitted());

    long begin = System.nanoTime();
    try (Replica replica = Replica.open(url, random)) {
      Path restored = dir.resolve("restored.db");
      RestoreResult latest = replica.restore(RestoreTarget.latest(), restored);
      int leaves = Databases.assertSame(database, restored);
      assertThat(WriterLog.State.of(restored)).isEqualTo(last);
      checkTransactions(replica, writers, random, restores, restored);
      checkTimes(replica, writers, random, restored);
      System.out.printf(
          "hammer: %d commits logged, %d transactions recorded, %d pages, %d free pages never"
              + " written; restores took %d ms%n",
          writers.commits(),
          latest.txid(),
          latest.pages(),
          leaves,
          (System.nanoTime() - begin) / 1_000_000);
    }
  }

  private static void create(Path database, int pageSize, int autoVacuum) throws SQLException {
    Databases.run(
        database,
        "PRAGMA page_size=" + pageSize,
        "PRAGMA auto_vacuum=" + autoVacuum,
        "PRAGMA journal_mode=WAL",
        "PRAGMA user_version=4711",
        "PRAGMA application_id=815",
        "CREATE TABLE t(id INTEGER PRIMARY KEY, h INTEGER, v BLOB)",
        "CREATE TABLE meta(seq INTEGER)",
        "INSERT INTO meta VALUES(0)");
  }

  /** Lets the writers write, and kills them, until all have come to their end. */
  private static void hammer(
      Path database, Path log, SidewalProcess agent, Random random, long seed, Duration duration)
      throws Exception {
    try (HammerWriter first = new HammerWriter(database, log, seed, 1, 50, duration);
        HammerWriter second = new HammerWriter(database, log, seed, 2, 50, duration)) {
      HammerWriter victim = first;
      while (victim.letWrite(Duration.ofMillis(random.nextInt(3000)))) {
        victim.killAndRestart();
        victim = random.nextBoolean() ? first : second;
      }
      first.awaitEnd();
      second.awaitEnd();
      assertThat(agent.isAlive()).as("the agent lives: %s", agent.log()).isTrue();
      System.out.printf("hammer: writers killed %d times%n", first.kills() + second.kills());
    }
    assertThat(Files.size(log)).isPositive();
  }

  private static void stop(SidewalProcess agent) {
    SidewalProcess.Outcome outcome = agent.awaitFollowing().terminate().succeeded();
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err().lines().filter(line -> line.contains("claimed generation")))
        .as("generations; continuity was lost if there are more:%n%s", outcome.err())
        .hasSize(1);
    outcome
        .err()
        .lines()
        .filter(line -> line.contains("stopped at transaction"))
        .forEach(line -> System.out.println("hammer: " + line));
    System.out.printf("hammer: agent's peak memory %d MiB%n", outcome.peakBytes() >> 20);
  }

  /** Restores transactions at random: each must be a state that the writers had, in their order. */
  static void checkTransactions(
      Replica replica, WriterLog writers, Random random, int restores, Path restored)
      throws Exception {
    Timeline timeline = replica.timeline();
    long earliest = timeline.earliest().map(Moment::txid).orElseThrow();
    long latest = timeline.latestRestorable().orElseThrow();
    assertThat(timeline.holes()).isEmpty();
    Map<Long, Long> seqs = new TreeMap<>();
    for (int i = 0; i < restores; i++) {
      long txid = i == 0 ? earliest : random.nextLong(earliest, latest + 1);
      RestoreResult result = replica.restore(RestoreTarget.txid(txid), restored);
      assertThat(result.txid()).isEqualTo(txid);
      WriterLog.State state = WriterLog.State.of(restored);
      assertThat(writers.knows(state)).as("transaction %d: %s", txid, state).isTrue();
      seqs.put(txid, state.seq());
      if (i % 5 == 0) {
        assertThat(Databases.query(restored, "PRAGMA integrity_check")).containsExactly("ok");
      }
    }
    long lastTxid = 0;
    long lastSeq = Long.MAX_VALUE;
    for (Map.Entry<Long, Long> point : seqs.entrySet()) {
      if (lastTxid != 0) {
        assertThat(point.getValue() - lastSeq)
            .as("writers' transactions between %d and %d", lastTxid, point.getKey())
            .isBetween(0L, point.getKey() - lastTxid);
      }
      lastTxid = point.getKey();
      lastSeq = point.getValue();
    }
  }

  /** Restores moments: each must be the last state seen by then, and that what was there then. */
  private static void checkTimes(Replica replica, WriterLog writers, Random random, Path restored)
      throws Exception {
    Timeline timeline = replica.timeline();
    Moment earliest = timeline.earliest().orElseThrow();
    long latest = timeline.latestRestorable().orElseThrow();
    long from = earliest.time().toEpochMilli();
    long to = replica.time(timeline, latest).toEpochMilli();
    for (int i = 0; i < 5; i++) {
      Instant time = Instant.ofEpochMilli(i == 0 ? from : random.nextLong(from, to));
      RestoreResult result = replica.restore(RestoreTarget.at(time), restored);
      assertThat(result.time()).isBeforeOrEqualTo(time);
      assertThat(replica.time(timeline, result.txid() + 1)).isAfter(time);
      WriterLog.State state = WriterLog.State.of(restored);
      assertThat(writers.knows(state)).as("%s: %s", time, state).isTrue();
      assertThat(Instant.ofEpochMilli(writers.timeBefore(state.seq())))
          .as("a time before the commit of %d", state.seq())
          .isBeforeOrEqualTo(time);
      writers
          .timeAfter(state.seq() + 1)
          .ifPresent(
              after ->
                  assertThat(Instant.ofEpochMilli(after).plus(LAG))
                      .as("when %d was committed and long seen", state.seq() + 1)
                      .isAfter(time));
    }
  }
}
