package dev.sidewal.bench.scenario;

import dev.sidewal.bench.contender.Contender;
import dev.sidewal.bench.report.Row;
import dev.sidewal.bench.report.Target;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/** Many small commits, one right after the other. */
public final class CommitsScenario implements Scenario {

  private final int commits;

  /** Makes it with so many commits. */
  public CommitsScenario(int commits) {
    this.commits = commits;
  }

  @Override
  public String name() {
    return "commits";
  }

  @Override
  public String title() {
    return "%,d one-row commits of 100 bytes".formatted(commits);
  }

  @Override
  public boolean withoutAgent() {
    return true;
  }

  @Override
  public List<Row> rows() {
    return List.of(
        Row.figure("commits a second", "rate"),
        Row.ratio("throughput against none, ×", "rate").to(Target.atLeast(0.95, " ×")),
        Row.figure("p50, µs", "p50"),
        Row.figure("p99, µs", "p99"),
        Row.ratio("p99 against none, ×", "p99").to(Target.atMost(1.2, " ×")),
        Row.figure("p99.9, µs", "p999"),
        Row.ratio("p99.9 against none, ×", "p999").to(Target.atMost(0.1, " ×")),
        Row.figure("slowest commit, µs", "max"),
        Row.figure("largest WAL, MB", "log"),
        Row.figure("last commit to all in the replica, s", "sync"),
        Row.figure("agent CPU, s", "cpu"),
        Row.figure("agent's peak memory, MB", "peak"),
        Row.figure("bytes in the replica, MB", "bytes"));
  }

  @Override
  public Map<String, Double> run(Contender contender, Lab lab)
      throws IOException, SQLException, InterruptedException {
    Followed followed = Followed.prepare(contender, lab, "commits", "count=" + commits);
    Figures figures = followed.write();
    if (followed.agent().isPresent()) {
      followed.prove(figures.map().get("rows"));
    }
    followed.stop();
    return figures.map();
  }
}
