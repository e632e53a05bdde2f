package dev.sidewal.bench.scenario;

import dev.sidewal.bench.contender.Contender;
import dev.sidewal.bench.process.Agent;
import dev.sidewal.bench.report.Row;
import dev.sidewal.bench.report.Target;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** What one database costs: idle for a while, and while it is loaded. */
public final class MemoryScenario implements Scenario {

  private final int megabytes;

  /** Makes it with a load of so much random data. */
  public MemoryScenario(int megabytes) {
    this.megabytes = megabytes;
  }

  @Override
  public String name() {
    return "memory";
  }

  @Override
  public String title() {
    return "resident memory with one database, idle and under a load of %,d MB"
        .formatted(megabytes);
  }

  @Override
  public int pairs(int wanted) {
    return Math.min(3, wanted);
  }

  @Override
  public List<Row> rows() {
    return List.of(
        Row.figure("idle, MB", "idle").to(Target.atMost(80, 100, " MB")),
        Row.figure("  of that not shared with files, MB", "idle anonymous"),
        Row.figure("idle, CPU, % of a core", "idle cpu"),
        Row.figure("peak under the load, MB", "peak").to(Target.atMost(128, 140, " MB")),
        Row.figure("after it, MB", "after"),
        Row.figure("  of that not shared with files, MB", "after anonymous"));
  }

  @Override
  public Map<String, Double> run(Contender contender, Lab lab)
      throws IOException, InterruptedException {
    Followed followed =
        Followed.prepare(contender, lab, "load", "megabytes=" + megabytes, "values=random");
    Agent agent = followed.agent().orElseThrow();
    Duration idle = lab.sizes().idle();
    Duration before = agent.cpu();
    Thread.sleep(idle.toMillis());
    Figures figures =
        new Figures()
            .put("idle cpu", 100.0 * agent.cpu().minus(before).toNanos() / idle.toNanos())
            .put("idle", agent.megabytes("VmRSS"))
            .put("idle anonymous", agent.megabytes("RssAnon"));
    followed.write();
    figures
        .put("peak", agent.megabytes("VmHWM"))
        .put("after", agent.megabytes("VmRSS"))
        .put("after anonymous", agent.megabytes("RssAnon"));
    followed.stop();
    return figures.map();
  }
}
