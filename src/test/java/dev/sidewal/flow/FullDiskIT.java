package dev.sidewal.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sidewal.error.ExitCode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/**
 * The local disk is full for a while, that of the state directory or that of the database: the same
 * process goes on when there is room again, and what it left on disk is whole.
 */
@EnabledIf(
    value = "dev.sidewal.testing.Programs#hasPython",
    disabledReason = "python3 with its sqlite3 module is not here, and the writer needs it")
class FullDiskIT {

  private static final int MEGABYTES = 64;
  private static final int ROUNDS = Boolean.getBoolean("sidewal.faults") ? 10 : 1;
  private static final Duration LONG = Duration.ofSeconds(60);

  /**
   * Till what could not be written is tried again, and shipped, on a busy machine. When the log had
   * to be let go several times in a row, the agent waits longer each time.
   */
  private static final Duration RECOVERY = Duration.ofSeconds(ROUNDS > 1 ? 120 : 15);

  private static final String FULL = "Writing on the local disk failed";
  private static final CountingWriter.Options WRITER =
      CountingWriter.Options.DEFAULT.perSecond(100).bytes(3000);

  @TempDir Path dir;
  private String url;
  private CountedHistory history;

  @BeforeEach
  void place() {
    long seed = System.nanoTime() & 0xffffff;
    System.out.println("FullDiskIT: seed " + seed);
    url = "file://" + dir.resolve("replica");
    history = new CountedHistory(url, new Random(seed), dir);
  }

  /** Keeps the disk full, whatever the agent removes there, until something is so. */
  private static void fillUntil(SmallDisk disk, java.util.concurrent.Callable<Boolean> condition) {
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofMillis(10))
        .until(
            () -> {
              disk.fill();
              return condition.call();
            });
  }

  @Test
  void theStateDirectory() throws Exception {
    Path database = dir.resolve("app.db");
    CountingWriter.create(database);
    try (SmallDisk disk = SmallDisk.mount(dir.resolve("disk"), MEGABYTES)) {
      String[] command = {
        "replicate",
        database.toString(),
        url,
        "--state-dir=" + disk.path().resolve("state"),
        "--sync-interval=50ms"
      };
      try (CountingWriter app = startedWith(database, command, disk)) {
        // Killed on the full disk; the next one says what is wrong.
        SidewalProcess.run(command).failedWith(ExitCode.DATABASE);
        disk.empty();
        try (SidewalProcess agent = SidewalProcess.start(command)) {
          agent.awaitFollowing();
          app.awaitMore(20);
          CountingWriter.Status written = app.end();
          assertThat(written.failures()).isZero();
          agent.terminate().succeeded();
          assertThat(agent.log()).doesNotContain("taking a full snapshot");
          // The application went on while no agent ran, and its checkpoint may have come.
          history.assertWithGaps(1, written, database);
        }
      }
    }
  }

  private CountingWriter startedWith(Path database, String[] command, SmallDisk disk)
      throws Exception {
    try (SidewalProcess agent = SidewalProcess.start(command)) {
      agent.awaitFollowing();
      CountingWriter app = CountingWriter.start(database, WRITER);
      for (int round = 1; round <= ROUNDS; round++) {
        int times = round;
        app.awaitMore(20);
        fillUntil(disk, () -> agent.count(FULL) == times);
        app.awaitMore(50);
        disk.empty();
        agent.awaitLog("all is well again", times);
        app.awaitMore(20);
        long txid = app.status().seq() + 1;
        await().atMost(RECOVERY).until(() -> history.latest() >= txid);
      }
      assertThat(agent.log()).doesNotContain("ERROR");
      assertThat(agent.count("claimed")).isEqualTo(1);
      assertThat(history.gaps()).isEmpty();
      fillUntil(disk, () -> agent.count(FULL) == ROUNDS + 1);
      agent.signal("KILL");
      agent.awaitExit(LONG);
      return app;
    }
  }

  @Test
  void theDatabasesDisk() throws Exception {
    try (SmallDisk disk = SmallDisk.mount(dir.resolve("disk"), MEGABYTES)) {
      Path database = disk.path().resolve("app.db");
      CountingWriter.create(database);
      String[] command = {"replicate", database.toString(), url, "--sync-interval=50ms"};
      try (SidewalProcess agent = SidewalProcess.start(command)) {
        agent.awaitFollowing();
        try (CountingWriter app = CountingWriter.start(database, WRITER.andGoesOn())) {
          for (int round = 1; round <= ROUNDS; round++) {
            app.awaitMore(20);
            long failures = app.status().failures();
            fillUntil(disk, () -> app.status().failures() >= failures + 50);
            assertThat(agent.isAlive()).as(agent.log()).isTrue();
            disk.empty();
            // Gaps may have made one of several.
            long there = history.latest();
            app.awaitMore(20);
            await(agent.log()).atMost(RECOVERY).until(() -> history.latest() >= there + 20);
          }
          CountingWriter.Status written = app.end();
          agent.terminate().succeeded();
          System.out.println("FullDiskIT: " + written.failures() + " writes failed");
          history.assertWithGaps(ROUNDS, written, database);
        }
      }
      try (SidewalProcess agent = SidewalProcess.start(command)) {
        agent.awaitFollowing();
        agent.terminate().succeeded();
        assertThat(agent.log()).contains("following goes on after transaction");
      }
    }
  }
}
