package dev.sidewal.bench.scenario;

import dev.sidewal.bench.contender.Contender;
import dev.sidewal.bench.report.Row;
import dev.sidewal.bench.report.Target;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/** A bulk load. */
public final class LoadScenario implements Scenario {

  private final int megabytes;
  private final Values values;

  /** Makes it with so much data of this kind. */
  public LoadScenario(int megabytes, Values values) {
    this.megabytes = megabytes;
    this.values = values;
  }

  @Override
  public String name() {
    return "load-" + values.word();
  }

  @Override
  public String title() {
    return "%,d MB of %s, 200 rows a transaction, one index on a random key"
        .formatted(megabytes, values.title());
  }

  @Override
  public boolean withoutAgent() {
    return true;
  }

  @Override
  public List<Row> rows() {
    return List.of(
        Row.figure("MB a second", "rate"),
        Row.ratio("throughput against none, ×", "rate").to(Target.atLeast(0.9, " ×")),
        Row.figure("p99 of a transaction, µs", "p99"),
        Row.figure("slowest transaction, µs", "max"),
        Row.figure("largest WAL, MB", "log").to(Target.atMost(64, " MB")),
        Row.figure("last commit to all in the replica, s", "sync").to(Target.atMost(1.5, " s")),
        Row.figure("agent CPU, s", "cpu").to(Target.atMost(4, " s")),
        Row.figure("bytes in the replica, MB", "bytes").to(Target.atMost(350, " MB")),
        Row.figure("  of segments, MB", "bytes segment"),
        Row.figure("  of packs, MB", "bytes pack"),
        Row.figure("  of snapshots, MB", "bytes snapshot"),
        Row.figure("  of deltas, MB", "bytes delta"),
        Row.figure("agent's memory before, MB", "idle"),
        Row.figure("  of that not shared with files, MB", "idle anonymous"),
        Row.figure("agent's peak memory, MB", "peak").to(Target.atMost(128, 140, " MB")));
  }

  @Override
  public Map<String, Double> run(Contender contender, Lab lab)
      throws IOException, SQLException, InterruptedException {
    Followed followed =
        Followed.prepare(
            contender, lab, "load", "megabytes=" + megabytes, "values=" + values.word());
    Figures idle = new Figures();
    if (followed.agent().isPresent()) {
      idle.put("idle", followed.agent().get().megabytes("VmRSS"));
      idle.put("idle anonymous", followed.agent().get().megabytes("RssAnon"));
    }
    Figures figures = followed.write();
    idle.map().forEach(figures::put);
    if (followed.agent().isPresent()) {
      followed.prove(figures.map().get("rows"));
    }
    followed.stop();
    return figures.map();
  }
}
