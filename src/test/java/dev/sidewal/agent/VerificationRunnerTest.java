package dev.sidewal.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sidewal.agent.VerificationStatus.Outcome;
import dev.sidewal.restore.VerifyLevel;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ObjectStores;
import dev.sidewal.store.ReplicaUrl;
import dev.sidewal.testing.StandingClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The agent verifies its own replica: it passes, fails, is put off; and a restart changes nothing.
 */
class VerificationRunnerTest {

  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration DAY = Duration.ofDays(1);
  private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

  @TempDir Path dir;
  private Path db;
  private String url;

  @BeforeEach
  void place() throws Exception {
    db = dir.resolve("app.db");
    url = "file:" + dir.resolve("replica");
    run("PRAGMA journal_mode=WAL", "CREATE TABLE t(n)", "INSERT INTO t VALUES(1)");
  }

  private void run(String... statements) throws Exception {
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + db);
        Statement s = c.createStatement()) {
      for (String statement : statements) {
        s.execute(statement);
      }
    }
  }

  private static VerificationOptions every(Duration interval, Optional<Path> directory) {
    return new VerificationOptions(
        Optional.of(interval),
        VerifyLevel.RESTORE,
        directory,
        VerificationOptions.BYTES_PER_SECOND);
  }

  private Replication replicate(Optional<Path> directory) {
    return Sidewal.replicate(
        db,
        url,
        ReplicationOptions.builder()
            .verification(every(Duration.ofMillis(200), directory))
            .build());
  }

  private static Optional<Outcome> outcome(Replication replication) {
    return replication.status().verification().map(VerificationStatus::outcome);
  }

  private static boolean says(Replication replication, Outcome outcome) {
    return outcome(replication).equals(Optional.of(outcome));
  }

  @Test
  void passesAndFailsAndGoesOnReplicating() throws Exception {
    try (Replication replication = replicate(Optional.empty())) {
      replication.sync(LONG);
      await().atMost(LONG).until(() -> says(replication, Outcome.PASSED));
      run("INSERT INTO t VALUES(2)");
      long txid = replication.sync(LONG);
      await()
          .atMost(LONG)
          .until(() -> replication.status().verification().orElseThrow().txid() == txid);
      await()
          .atMost(LONG)
          .until(() -> replication.status().verification().orElseThrow().txid() < txid);
      for (Path file : objects()) {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
      }
      await().atMost(LONG).until(() -> says(replication, Outcome.FAILED));
      assertThat(replication.status().verification().orElseThrow().message()).contains(".s");
      run("INSERT INTO t VALUES(3)");
      assertThat(replication.sync(LONG)).isEqualTo(txid + 1);
      assertThat(replication.failure()).isEmpty();
    }
    assertThat(leftovers()).isEmpty();
  }

  private List<Path> objects() throws IOException {
    try (var files = Files.walk(dir.resolve("replica"))) {
      return files
          .filter(Files::isRegularFile)
          .filter(f -> !f.toString().endsWith(".json"))
          .toList();
    }
  }

  private List<Path> leftovers() throws IOException {
    try (var files = Files.walk(dir)) {
      return files.filter(f -> f.getFileName().toString().contains("sidewal-verify")).toList();
    }
  }

  @Test
  void withoutRoomItIsPutOff() throws Exception {
    Path file = Files.writeString(dir.resolve("file"), "");
    try (Replication replication = replicate(Optional.of(file))) {
      await().atMost(LONG).until(() -> says(replication, Outcome.SKIPPED));
      assertThat(replication.status().verification().orElseThrow().message())
          .contains("no room", file.toString());
      assertThat(replication.failure()).isEmpty();
    }
  }

  /** Work that is done when the test says so. */
  private final List<Runnable> queue = new ArrayList<>();

  private VerificationRunner runner(StandingClock clock, ObjectStore store, Path state) {
    return new VerificationRunner(
        db.toString(),
        store,
        every(DAY, Optional.empty()),
        clock,
        new Random(1),
        state,
        queue::add);
  }

  private static void set(StandingClock clock, Instant time) {
    clock.pass(Duration.between(clock.instant(), time));
  }

  private boolean due(VerificationRunner runner) {
    queue.clear();
    runner.tick();
    runner.tick();
    assertThat(queue.size()).isLessThan(2);
    return !queue.isEmpty();
  }

  @Test
  void aRestartNeitherSkipsNorRepeats() throws Exception {
    try (Replication replication = Sidewal.replicate(db, url)) {
      replication.sync(LONG);
    }
    Path state = Files.createDirectory(dir.resolve("state"));
    StandingClock clock = new StandingClock(NOW);
    try (ObjectStore store = ObjectStores.open(ReplicaUrl.parse(url))) {
      int begun = 0;
      Instant last = NOW.minus(DAY);
      // Ten days, with a new process every hour.
      for (int hour = 0; hour <= 240; hour++) {
        set(clock, NOW.plus(Duration.ofHours(hour)));
        try (VerificationRunner runner = runner(clock, store, state)) {
          if (due(runner)) {
            queue.get(0).run();
            begun++;
            assertThat(runner.status().orElseThrow().outcome()).isEqualTo(Outcome.PASSED);
            Duration since = Duration.between(last, clock.instant());
            assertThat(since).isBetween(Duration.ofHours(21), Duration.ofHours(49));
            last = clock.instant();
          }
        }
        try (VerificationRunner runner = runner(clock, store, state)) {
          assertThat(due(runner)).isFalse();
          assertThat(runner.status().isPresent()).isEqualTo(begun > 0);
        }
      }
      assertThat(begun).isBetween(8, 11);
      // It was due while nobody ran: the next process does it.
      set(clock, NOW.plus(Duration.ofDays(20)));
      try (VerificationRunner runner = runner(clock, store, state)) {
        assertThat(due(runner)).isTrue();
      }
      // The clock was set back by years.
      set(clock, NOW.minus(Duration.ofDays(1000)));
      try (VerificationRunner runner = runner(clock, store, state)) {
        set(clock, NOW.minus(Duration.ofDays(999)));
        assertThat(due(runner)).isTrue();
      }
      // Closed before its turn came: nothing is done, and it is due still.
      try (VerificationRunner runner = runner(clock, store, state)) {
        set(clock, clock.instant().plus(DAY.multipliedBy(2)));
        assertThat(due(runner)).isTrue();
      }
      Optional<VerificationState> before = VerificationState.read(state.resolve("verification"));
      queue.get(0).run();
      assertThat(VerificationState.read(state.resolve("verification"))).isEqualTo(before);
    }
  }

  @Test
  void manyDatabasesDoItAtDifferentTimes() throws Exception {
    StandingClock clock = new StandingClock(NOW);
    List<Instant> dues = new ArrayList<>();
    Random random = new Random(1);
    try (ObjectStore store = ObjectStores.open(ReplicaUrl.parse(url))) {
      for (int i = 0; i < 100; i++) {
        Path state = Files.createDirectory(dir.resolve("state" + i));
        new VerificationRunner(
                db.toString(),
                store,
                every(DAY, Optional.empty()),
                clock,
                random,
                state,
                queue::add)
            .close();
        dues.add(VerificationState.read(state.resolve("verification")).orElseThrow().due());
      }
    }
    for (int hour = 0; hour < 24; hour++) {
      Instant from = NOW.plus(Duration.ofHours(hour));
      Instant to = from.plus(Duration.ofHours(1));
      assertThat(dues.stream().filter(d -> !d.isBefore(from) && d.isBefore(to)).count())
          .isLessThan(25);
    }
    assertThat(dues).allMatch(d -> !d.isBefore(NOW) && d.isBefore(NOW.plus(DAY)));
  }
}
