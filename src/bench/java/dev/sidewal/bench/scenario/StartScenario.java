package dev.sidewal.bench.scenario;

import dev.sidewal.bench.contender.Contender;
import dev.sidewal.bench.contender.Destination;
import dev.sidewal.bench.process.Agent;
import dev.sidewal.bench.process.ProcFiles;
import dev.sidewal.bench.process.ShortRun;
import dev.sidewal.bench.report.Row;
import dev.sidewal.bench.report.Spread;
import dev.sidewal.bench.report.Target;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * How long small things take: an agent that comes back to a small database, and a restore of it,
 * each from the start of the launcher on. A run does each several times and gives medians.
 */
public final class StartScenario implements Scenario {

  private static final Duration PATIENCE = Duration.ofMinutes(1);

  @Override
  public String name() {
    return "start";
  }

  @Override
  public String title() {
    return "start to \"attached\", and restore of a small replica, whole process";
  }

  @Override
  public List<Row> rows() {
    return List.of(
        Row.figure("start to attached, s", "attached").to(Target.atMost(0.5, 0.9, " s")),
        Row.figure("start and end of an agent, CPU, s", "agent cpu"),
        Row.figure("restore, wall clock, s", "restore").to(Target.atMost(0.5, 0.9, " s")),
        Row.figure("restore, CPU, s", "restore cpu"),
        Row.figure("restore, peak memory, MB", "restore peak"));
  }

  @Override
  public Map<String, Double> run(Contender contender, Lab lab)
      throws IOException, SQLException, InterruptedException {
    Path database = SmallDatabases.create(lab.directory(), 1).get(0);
    Destination replica = Destination.directory(lab.path("replica"));
    lab.follow(contender, database, replica).stop();
    int times = lab.sizes().starts();
    double[] attached = new double[times];
    double[] agentCpu = new double[times];
    double[] restore = new double[times];
    double[] restoreCpu = new double[times];
    double[] restorePeak = new double[times];
    for (int i = 0; i < times; i++) {
      Duration before = ProcFiles.endedChildren();
      int port = Lab.freePort();
      Agent agent = lab.start(contender.replicate(database, replica, port), port);
      attached[i] = seconds(agent.await(contender.startedMark(), 1, PATIENCE));
      Thread.sleep(200); // SIGTERM comes to an agent that has begun.
      agent.stop();
      agentCpu[i] = seconds(ProcFiles.endedChildren().minus(before));
      ShortRun run = lab.restore(contender, replica, lab.path("restored.db"));
      restore[i] = seconds(run.wall());
      restoreCpu[i] = seconds(run.cpu());
      restorePeak[i] = run.peakMegabytes();
    }
    if (!Content.hash(lab.path("restored.db")).equals(Content.hash(database))) {
      throw new IOException("what was restored is not what was written");
    }
    return new Figures()
        .put("attached", median(attached))
        .put("agent cpu", median(agentCpu))
        .put("restore", median(restore))
        .put("restore cpu", median(restoreCpu))
        .put("restore peak", median(restorePeak))
        .map();
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }

  private static double median(double[] values) {
    return Spread.of(Arrays.stream(values).boxed().toList()).orElseThrow().median();
  }
}
