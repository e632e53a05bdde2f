package dev.sidewal.bench.scale;

import dev.sidewal.bench.process.Agent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What one agent with many databases takes while nobody writes. */
final class CountGrowth {

  private static final long BYTES = 20_000;

  private final Duration idle;
  private final Series memory = new Series("resident memory, MB");
  private final Series cpu = new Series("CPU, ‰ of a core");

  CountGrowth(Duration idle) {
    this.idle = idle;
  }

  void measure(Site site, int databases) throws IOException, SQLException, InterruptedException {
    Path model = site.path("model.db");
    Databases.create(model, BYTES);
    Path directory = Files.createDirectories(site.path("databases"));
    List<Path> paths = new ArrayList<>();
    for (int i = 0; i < databases; i++) {
      paths.add(Files.copy(model, directory.resolve("d%04d.db".formatted(i))));
    }
    int port = Site.freePort();
    try (Agent agent =
        site.follow(
            site.sidewal()
                .replicateAll(
                    directory, paths, site.path("replicas"), site.path("config.yml"), port),
            port,
            databases)) {
      Thread.sleep(idle.toMillis() / 2); // What the start has left to do.
      Duration before = agent.cpu();
      Thread.sleep(idle.toMillis());
      cpu.add(databases, 1000.0 * agent.cpu().minus(before).toNanos() / idle.toNanos());
      memory.add(databases, agent.megabytes("VmRSS"));
      agent.stop();
    }
  }

  List<Panel> panels() {
    return List.of(
        new Panel("Idle agent by number of databases", "databases", "", List.of(memory, cpu)));
  }
}
