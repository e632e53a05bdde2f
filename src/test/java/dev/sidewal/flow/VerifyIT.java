package dev.sidewal.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sidewal.error.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** Verification as processes: beside a writer, killed, and without room. */
class VerifyIT {

  private static final Duration LONG = Duration.ofSeconds(60);
  private static final int ROUNDS = Boolean.getBoolean("sidewal.faults") ? 30 : 1;

  @TempDir Path dir;
  private Path database;
  private String url;

  @BeforeEach
  void place() {
    database = dir.resolve("app.db");
    url = "file://" + dir.resolve("replica");
  }

  private SidewalProcess.Outcome against(Path live, String... more) {
    List<String> args =
        new java.util.ArrayList<>(
            List.of("verify", url, "--against", live.toString(), "--scratch=" + dir));
    args.addAll(List.of(more));
    return SidewalProcess.run(args.toArray(String[]::new));
  }

  @Test
  @EnabledIf(
      value = "dev.sidewal.testing.Programs#hasPython",
      disabledReason = "python3 with its sqlite3 module is not here, and the writer needs it")
  void theLiveDatabaseIsEqualWhileItIsWritten() throws Exception {
    CountingWriter.create(database);
    try (SidewalProcess agent =
        SidewalProcess.start("replicate", database.toString(), url, "--sync-interval=50ms")) {
      agent.awaitFollowing();
      try (CountingWriter app =
          CountingWriter.start(database, CountingWriter.Options.DEFAULT.perSecond(200))) {
        app.awaitMore(20);
        for (int round = 0; round < ROUNDS; round++) {
          long before = app.status().seq();
          SidewalProcess.Outcome outcome = against(database);
          assertThat(outcome.code()).as(outcome.out() + outcome.err()).isZero();
          assertThat(outcome.out()).contains("equal: the live database was transaction ");
          assertThat(app.status().seq()).isGreaterThan(before);
        }
        assertThat(app.end().failures()).isZero();
      }
      agent.terminate().succeeded();
    }
    // Without the agent the live database runs ahead, and its log tells.
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + database);
        Statement s = c.createStatement()) {
      s.execute("CREATE TABLE more(x)");
      s.execute("INSERT INTO more VALUES(randomblob(9000))");
      SidewalProcess.Outcome ahead = against(database, "--patience=0ms");
      assertThat(ahead.code()).as(ahead.out() + ahead.err()).isZero();
      assertThat(ahead.out()).contains("ahead of transaction ");
    }
    // Another byte in one page of the same file.
    SidewalProcess.run("replicate", "--once", database.toString(), url).succeeded();
    Path copy = dir.resolve("copy.db");
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + database);
        Statement s = c.createStatement()) {
      s.execute("PRAGMA journal_mode=DELETE");
    }
    byte[] bytes = Files.readAllBytes(database);
    bytes[bytes.length - 20] ^= 1;
    Files.write(copy, bytes);
    SidewalProcess.Outcome differs = against(copy, "--patience=0ms");
    assertThat(differs.code()).isEqualTo(ExitCode.VERIFICATION_FAILED.code());
    assertThat(differs.out()).contains("differs from transaction ");
  }

  private void createLarge() throws Exception {
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + database);
        Statement s = c.createStatement()) {
      s.execute("PRAGMA journal_mode=WAL");
      s.execute("CREATE TABLE t(x)");
      s.execute("INSERT INTO t VALUES(randomblob(3000000))");
    }
  }

  private List<Path> leftovers() throws IOException {
    try (var files = Files.walk(dir)) {
      return files.filter(f -> f.getFileName().toString().contains("sidewal-verify")).toList();
    }
  }

  @Test
  void whatAKilledVerificationLeftIsRemovedAtTheNextStart() throws Exception {
    createLarge();
    String[] command = {"replicate", database.toString(), url, "--listen=off"};
    String[] verifying = {
      "replicate",
      database.toString(),
      url,
      "--listen=off",
      "--verify-interval=100ms",
      "--verify-bandwidth=64KiB"
    };
    try (SidewalProcess agent = SidewalProcess.start(verifying)) {
      agent.awaitFollowing();
      await().atMost(LONG).until(() -> !leftovers().isEmpty());
      agent.signal("KILL");
      agent.awaitExit(LONG);
    }
    assertThat(leftovers()).hasSize(1);
    try (SidewalProcess agent = SidewalProcess.start(command)) {
      agent.awaitFollowing();
      await().atMost(LONG).until(() -> leftovers().isEmpty());
      agent.terminate().succeeded();
    }
    // Told to end in the middle of one, it ends soon and leaves nothing.
    try (SidewalProcess agent = SidewalProcess.start(verifying)) {
      agent.awaitFollowing();
      await().atMost(LONG).until(() -> !leftovers().isEmpty());
      agent.terminate().succeeded();
      assertThat(agent.log()).doesNotContain("not verified", "DID NOT PASS");
    }
    assertThat(leftovers()).isEmpty();
  }

  @Test
  void withoutRoomItIsPutOffAndNothingElseHappens() throws Exception {
    createLarge();
    try (SmallDisk disk = SmallDisk.mount(dir.resolve("disk"), 2)) {
      try (SidewalProcess agent =
          SidewalProcess.start(
              "replicate",
              database.toString(),
              url,
              "--listen=off",
              "--verify-interval=100ms",
              "--verify-directory=" + disk.path())) {
        agent.awaitFollowing();
        agent.awaitLog("the replica was not verified, which says nothing about it");
        assertThat(agent.log()).contains("There is no room to restore to");
        agent.terminate().succeeded();
      }
    }
  }
}
