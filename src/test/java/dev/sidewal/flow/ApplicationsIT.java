package dev.sidewal.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sidewal.error.ExitCode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Applications that do what nobody would wish for beside a replicating process. */
@EnabledIf(
    value = "dev.sidewal.testing.Programs#hasPython",
    disabledReason = "python3 with its sqlite3 module is not here, and the writer needs it")
class ApplicationsIT {

  private static final Duration END = Duration.ofSeconds(60);
  private static final Duration STALL = Duration.ofSeconds(2);
  private static final Duration SLOWEST_COMMIT = Duration.ofSeconds(5);
  private static final String[] COUNT = {
    "BEGIN IMMEDIATE",
    "UPDATE meta SET seq=seq+1",
    // The number is the CRC-32 of the text.
    "INSERT INTO t SELECT seq, 907060870, CAST('hello' AS BLOB) FROM meta"
  };

  @TempDir Path dir;
  private Path database;
  private String url;
  private CountedHistory history;

  @BeforeEach
  void place() throws Exception {
    long seed = System.nanoTime() & 0xffffff;
    System.out.println("ApplicationsIT: seed " + seed);
    database = dir.resolve("app.db");
    url = "file://" + dir.resolve("replica");
    history = new CountedHistory(url, new Random(seed), dir);
    CountingWriter.create(database);
  }

  private SidewalProcess agent(String... options) {
    List<String> arguments =
        new ArrayList<>(List.of("replicate", database.toString(), url, "--sync-interval=50ms"));
    arguments.addAll(List.of(options));
    return SidewalProcess.start(arguments.toArray(String[]::new));
  }

  private long logLength() throws IOException {
    return Files.size(Path.of(database + "-wal"));
  }

  /** Returns what names the life of the log between two resets. */
  private long salts() throws IOException {
    try (RandomAccessFile log = new RandomAccessFile(database + "-wal", "r")) {
      log.seek(16);
      return log.readLong();
    }
  }

  @Test
  @EnabledIfSystemProperty(named = "sidewal.faults", matches = "true")
  void readAndWriteTransactionsThatLastLong() throws Exception {
    try (SidewalProcess agent =
        agent("--max-log-size=500KB", "--stall-timeout=" + STALL.toSeconds() + "s")) {
      agent.awaitFollowing();
      CountingWriter.Status written;
      try (CountingWriter app =
          CountingWriter.start(
              database, CountingWriter.Options.DEFAULT.perSecond(100).bytes(3000))) {
        try (Connection reader = Databases.open(database)) {
          Databases.run(reader, "BEGIN", "SELECT count(*) FROM t");
          long salts = salts();
          agent.awaitLog("keeps a read transaction open");
          app.awaitMore(50);
          assertThat(salts()).as("the log was not reset").isEqualTo(salts);
          assertThat(logLength()).isGreaterThan(1 << 20);
          Databases.run(reader, "ROLLBACK");
          await().atMost(END).until(() -> salts() != salts);
        }
        app.awaitMore(20);
        written = app.end();
      }
      System.out.println(
          "ApplicationsIT: the slowest commit took " + written.slowest().toMillis() + " ms");
      assertThat(written.failures()).isZero();
      assertThat(written.slowest()).isLessThan(SLOWEST_COMMIT);
      assertThat(agent.count("keeps a read transaction open")).isEqualTo(1);

      try (Connection writer = Databases.open(database)) {
        Databases.run(writer, COUNT);
        // This is what is tested: that nothing comes of it.
        TimeUnit.NANOSECONDS.sleep(STALL.multipliedBy(2).toNanos());
        Databases.run(writer, "COMMIT");
      }
      history.awaitLatest(written.seq() + 2);
      agent.terminate().succeeded();
      assertThat(agent.log()).doesNotContain("ERROR").doesNotContain("has not moved");
      assertThat(agent.count("claimed")).isEqualTo(1);
      history.assertAllOf(new CountingWriter.Status(written.seq() + 1, Duration.ZERO, 0), database);
    }
  }

  @Test
  void exclusiveLocksAndManyConnections() throws Exception {
    Process exclusive =
        new ProcessBuilder(
                "python3",
                "-c",
                """
                import sqlite3, sys
                c = sqlite3.connect(sys.argv[1], isolation_level=None)
                c.execute('PRAGMA locking_mode=EXCLUSIVE')
                c.execute('UPDATE meta SET seq=seq')
                print('locked', flush=True)
                sys.stdin.read()
                """,
                database.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      assertThat(exclusive.inputReader().readLine()).isEqualTo("locked");
      SidewalProcess.Outcome refused = SidewalProcess.run("replicate", database.toString(), url);
      refused.failedWith(ExitCode.DATABASE);
      assertThat(refused.err()).contains("another process holds it locked");
      assertThat(history.latest()).isZero();
    } finally {
      exclusive.getOutputStream().close();
      assertThat(exclusive.waitFor(60, TimeUnit.SECONDS)).isTrue();
    }

    try (SidewalProcess agent = agent()) {
      agent.awaitFollowing();
      assertThatThrownBy(
              () ->
                  Databases.run(
                      database,
                      "PRAGMA busy_timeout=100",
                      "PRAGMA locking_mode=EXCLUSIVE",
                      "UPDATE meta SET seq=seq"))
          .hasMessageContaining("locked");
      int connections = Boolean.getBoolean("sidewal.faults") ? 1000 : 100;
      ExecutorService threads = Executors.newFixedThreadPool(30);
      try {
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
          all.add(
              threads.submit(
                  () -> {
                    try (Connection connection = Databases.open(database)) {
                      Databases.run(connection, COUNT);
                      Databases.run(connection, "COMMIT");
                    }
                    return null;
                  }));
        }
        for (Future<?> one : all) {
          one.get(60, TimeUnit.SECONDS);
        }
      } finally {
        threads.shutdownNow();
      }
      history.awaitLatest(connections + 1);
      agent.terminate().succeeded();
      assertThat(agent.count("claimed")).isEqualTo(1);
      history.assertAllOf(new CountingWriter.Status(connections, Duration.ZERO, 0), database);
    }
  }

  /** The writer ends at the first SQLITE_BUSY; agents come and go beside it. */
  @Test
  @EnabledIfSystemProperty(named = "sidewal.faults", matches = "true")
  void aWriterThatNeverWaitsForALock() throws Exception {
    try (CountingWriter app =
        CountingWriter.start(
            database,
            CountingWriter.Options.DEFAULT.perSecond(400).bytes(3000).busyTimeout(Duration.ZERO))) {
      for (int i = 0; i < 2; i++) {
        try (SidewalProcess agent = agent("--no-pauses", "--max-log-size=100KB")) {
          agent.awaitFollowing();
          app.awaitMore(400);
          agent.terminate().succeeded();
        }
      }
      CountingWriter.Status written = app.end();
      assertThat(written.failures()).isZero();
      SidewalProcess.run("replicate", "--once", "--no-pauses", database.toString(), url)
          .succeeded();
      List<Long> gaps = history.gaps();
      assertThat(gaps.size()).isLessThanOrEqualTo(2);
      long first = history.seqAt(1);
      history.assertEach(1, gaps.isEmpty() ? history.latest() : gaps.get(0) - 1, 1 - first);
      assertThat(history.seqAt(history.latest())).isEqualTo(written.seq());
      history.assertLatestIs(database);
    }
  }
}
