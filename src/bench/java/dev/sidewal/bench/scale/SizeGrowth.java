package dev.sidewal.bench.scale;

import dev.sidewal.bench.process.Agent;
import dev.sidewal.bench.process.ShortRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/** A first snapshot, a fixed load of one-row commits, and a restore, for databases of any size. */
final class SizeGrowth {

  private static final String X = "database, MB";

  private final int commits;
  private final Series wall = new Series("wall clock");
  private final Series cpu = new Series("CPU");
  private final Series restoreMemory = new Series("restore, peak");
  private final Series agentMemory = new Series("agent, peak");
  private final Series snapshotCpu = new Series("start and first snapshot");
  private final Series loadCpu;

  SizeGrowth(int commits) {
    this.commits = commits;
    loadCpu = new Series("%,d one-row commits".formatted(commits));
  }

  void measure(Site site, long bytes) throws IOException, SQLException, InterruptedException {
    Path database = site.path("app.db");
    Databases.create(database, bytes);
    double size = Files.size(database) / 1e6;
    int port = Site.freePort();
    try (Agent agent =
        site.follow(site.sidewal().replicate(database, site.replica(), port), port, 1)) {
      Duration first = agent.cpu();
      snapshotCpu.add(size, Site.seconds(first));
      Databases.update(database, commits);
      site.awaitQuiet();
      loadCpu.add(size, Site.seconds(agent.cpu().minus(first)));
      agentMemory.add(size, agent.megabytes("VmHWM"));
      agent.stop();
    }
    ShortRun restore = site.restore();
    wall.add(size, Site.seconds(restore.wall()));
    cpu.add(size, Site.seconds(restore.cpu()));
    restoreMemory.add(size, restore.peakMegabytes());
  }

  List<Panel> panels() {
    return List.of(
        new Panel("Restore by size", X, "seconds", List.of(wall, cpu)),
        new Panel("Resident memory by size", X, "MB", List.of(restoreMemory, agentMemory)),
        new Panel("Agent CPU by size", X, "seconds", List.of(snapshotCpu, loadCpu)));
  }
}
