package dev.sidewal.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A process of Sidewal's own gives the space of deleted databases back. */
@EnabledOnOs(value = OS.LINUX, disabledReason = "file descriptors are looked at in /proc")
class DeletedDatabasesIT {

  private static final Duration LONG = Duration.ofSeconds(60);
  private static final int COUNT = 5;

  @TempDir Path dir;

  private List<String> databases(SidewalProcess agent) {
    return agent.openFiles().stream()
        .filter(file -> file.startsWith(dir.resolve("data").toString()))
        .filter(file -> !file.contains("-sidewal/"))
        .toList();
  }

  @Test
  void areClosed() throws Exception {
    Path data = Files.createDirectories(dir.resolve("data"));
    for (int i = 0; i < COUNT; i++) {
      Databases.run(data.resolve(i + ".db"), "PRAGMA journal_mode=WAL", "CREATE TABLE t(v)");
    }
    Databases.run(data.resolve("journal.db"), "CREATE TABLE t(v)");
    Files.writeString(data.resolve("none.db"), "this is no database at all");
    Path config = dir.resolve("sidewal.yaml");
    Files.writeString(
        config,
        """
        databases:
          - directory: %s
            url: file:%s
        """
            .formatted(data, dir.resolve("replicas")));
    try (SidewalProcess agent =
        SidewalProcess.start(
            "replicate", "--config", config.toString(), "--scan-interval", "100ms")) {
      agent.awaitLog("following from transaction", COUNT).awaitLog("is not in WAL mode");
      assertThat(databases(agent)).filteredOn(file -> file.endsWith("0.db")).isNotEmpty();
      for (int i = 1; i < COUNT; i++) {
        delete(data.resolve(i + ".db"));
      }
      delete(data.resolve("journal.db"));
      delete(data.resolve("none.db"));
      agent.awaitLog("is gone, and no longer replicated", COUNT - 1);
      await()
          .atMost(LONG)
          .untilAsserted(
              () -> assertThat(databases(agent)).noneMatch(file -> file.endsWith("(deleted)")));
      assertThat(databases(agent)).filteredOn(file -> file.endsWith("0.db")).isNotEmpty();
      agent.terminate();
    }
  }

  private static void delete(Path database) throws Exception {
    for (String end : List.of("", "-wal", "-shm")) {
      Files.deleteIfExists(Path.of(database + end));
    }
  }
}
