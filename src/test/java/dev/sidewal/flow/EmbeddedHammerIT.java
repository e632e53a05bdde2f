package dev.sidewal.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sidewal.agent.Agent;
import dev.sidewal.agent.DatabaseSource;
import dev.sidewal.agent.Replication;
import dev.sidewal.agent.ReplicationOptions;
import dev.sidewal.agent.Sidewal;
import dev.sidewal.error.DatabaseException;
import dev.sidewal.restore.RestoreResult;
import dev.sidewal.restore.RestoreTarget;
import java.io.FileInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/**
 * The application and Sidewal in one process, on one database, and another process that writes it
 * too. A lock that is lost in this process lets the other one delete or overwrite the log under
 * everybody here; then transactions are lost, or the database is damaged.
 *
 * <p>{@code -Dsidewal.embedded.seconds=60} lets it write for so long, {@code
 * -Dsidewal.embedded.seed=N} repeats the writers' choices, and {@code
 * -Dsidewal.embedded.break=true} breaks the rule on purpose, to see that the test can fail.
 */
@EnabledIf(
    value = "dev.sidewal.testing.Programs#hasPython",
    disabledReason = "python3 with its sqlite3 module is not here, and the writers need it")
class EmbeddedHammerIT {

  private static final Duration LONG = Duration.ofSeconds(60);
  private static final int WRITERS = 3;
  private static final int RESTORES = 10;

  @TempDir Path dir;

  @Test
  void nothingIsLost() throws Exception {
    long seed = Long.getLong("sidewal.embedded.seed", System.nanoTime() & 0xffffff);
    int seconds = Integer.getInteger("sidewal.embedded.seconds", 5);
    System.out.printf("embedded hammer: %d s, -Dsidewal.embedded.seed=%d%n", seconds, seed);
    Random random = new Random(seed);
    Path data = Files.createDirectories(dir.resolve("data"));
    Path database = data.resolve("app.db");
    Path log = Files.createFile(dir.resolve("writers.log"));
    Databases.run(
        database,
        "PRAGMA journal_mode=WAL",
        "CREATE TABLE t(id INTEGER PRIMARY KEY, h INTEGER, v BLOB)",
        "CREATE TABLE meta(seq INTEGER)",
        "INSERT INTO meta VALUES(0)");
    Files.writeString(data.resolve("readme.txt"), "this is no database at all");
    String url = "file:" + dir.resolve("replicas/app.db");

    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    int commits = 0;
    ExecutorService threads = Executors.newCachedThreadPool();
    try (Agent agent = Agent.start(List.of(tree(data)), Duration.ofMillis(50))) {
      agent.databases().get(0).replication().sync(LONG);
      List<Future<Integer>> running = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        running.add(threads.submit(new EmbeddedWriter(database, log, seed + i, end)));
      }
      running.add(threads.submit(until(end, () -> replicateAnother(data.resolve("other.db")))));
      running.add(threads.submit(until(end, () -> restoreMeanwhile(url, database))));
      if (Boolean.getBoolean("sidewal.embedded.break")) {
        running.add(
            threads.submit(until(end, () -> new FileInputStream(database.toFile()).close())));
      }
      try (HammerWriter other =
          new HammerWriter(database, log, seed, 1, 5, Duration.ofSeconds(seconds))) {
        other.awaitEnd();
      }
      for (Future<Integer> one : running) {
        commits += one.get();
      }
      assertThat(agent.syncAll(LONG)).isTrue();
      assertThat(agent.databases().get(0).replication().status().generation())
          .as("the generation; continuity was lost if it is not the first")
          .isEqualTo(1);
    } finally {
      threads.shutdownNow();
    }

    assertThat(Databases.query(database, "PRAGMA integrity_check")).containsExactly("ok");
    Databases.checkpoint(database);
    WriterLog writers = WriterLog.read(log, new WriterLog.State(0, 0, 0, 0));
    WriterLog.State last = WriterLog.State.of(database);
    assertThat(writers.knows(last)).as("the writers know %s", last).isTrue();
    assertThat(last.seq()).isEqualTo(writers.lastCommitted());
    try (Replica replica = Replica.open(url, random)) {
      Path restored = dir.resolve("restored.db");
      RestoreResult latest = replica.restore(RestoreTarget.latest(), restored);
      Databases.assertSame(database, restored);
      HammerIT.checkTransactions(replica, writers, random, RESTORES, restored);
      System.out.printf(
          "embedded hammer: %d commits here, %d in all, %d transactions recorded%n",
          commits, writers.commits(), latest.txid());
    }
  }

  private DatabaseSource tree(Path data) {
    ReplicationOptions options =
        ReplicationOptions.builder().syncInterval(Duration.ofMillis(100)).build();
    return new DatabaseSource(
        new DatabaseSource.Tree(data, "*"), "file:" + dir.resolve("replicas"), options);
  }

  /** Something done over and over; 0, because it commits nothing that is counted. */
  private interface Work {
    void run() throws Exception;
  }

  private static Callable<Integer> until(long end, Work work) {
    return () -> {
      while (System.nanoTime() - end < 0) {
        work.run();
      }
      return 0;
    };
  }

  /** Databases come and go, in the directory of the agent and with a replication of their own. */
  private void replicateAnother(Path other) throws Exception {
    Path apart = dir.resolve("apart.db");
    Databases.run(apart, "PRAGMA journal_mode=WAL", "CREATE TABLE IF NOT EXISTS o(v)");
    try (Replication replication = Sidewal.replicate(apart, "file:" + dir.resolve("apart"))) {
      Databases.run(apart, "INSERT INTO o VALUES(1)");
      replication.sync(LONG);
    }
    Databases.run(other, "PRAGMA journal_mode=WAL", "CREATE TABLE IF NOT EXISTS o(v)");
  }

  private void restoreMeanwhile(String url, Path database) throws Exception {
    Path copy = dir.resolve("copy.db");
    Sidewal.restore(url, copy);
    assertThat(Databases.query(copy, "PRAGMA integrity_check")).containsExactly("ok");
    Files.delete(copy);
    assertThatThrownBy(() -> Sidewal.restore(url, database, o -> o.force(true)))
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("in use");
  }
}
