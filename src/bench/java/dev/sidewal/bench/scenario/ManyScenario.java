package dev.sidewal.bench.scenario;

import dev.sidewal.bench.contender.Contender;
import dev.sidewal.bench.contender.Destination;
import dev.sidewal.bench.process.Agent;
import dev.sidewal.bench.report.Row;
import dev.sidewal.bench.report.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * One agent for many databases, of which one in fifty is written: one commit a second in each. Its
 * memory, CPU time and requests while all are idle, then while these are written. At the end three
 * of the written ones are restored and compared.
 */
public final class ManyScenario implements Scenario {

  private static final int COMPARED = 3;

  private final int databases;

  /** Makes it with so many databases. */
  public ManyScenario(int databases) {
    this.databases = databases;
  }

  @Override
  public String name() {
    return "many-" + databases;
  }

  @Override
  public String title() {
    return "%,d databases in one agent, %,d of them written once a second"
        .formatted(databases, written());
  }

  @Override
  public int pairs(int wanted) {
    return databases > 100 ? 1 : Math.min(3, wanted);
  }

  private int written() {
    return Math.max(1, databases / 50);
  }

  @Override
  public List<Row> rows() {
    Row memory = Row.figure("memory, idle, MB", "idle memory");
    Row cpu = Row.figure("CPU, idle, % of a core", "idle cpu");
    return List.of(
        Row.figure("start to all followed, with snapshots, s", "start"),
        databases > 100
            ? memory.to(Target.atMost(320, " MB"))
            : memory.to(Target.atMost(120, " MB")),
        Row.figure("  of that not shared with files, MB", "idle anonymous"),
        databases > 100 ? cpu.to(Target.atMost(5, " %")) : cpu.to(Target.atMost(1, " %")),
        Row.figure("requests a second, idle", "idle requests").to(Target.atMost(0, "")),
        Row.figure("threads, idle", "idle threads"),
        Row.figure("file descriptors, idle", "idle descriptors"),
        Row.figure("memory, writing, MB", "writing memory"),
        Row.figure("CPU, writing, % of a core", "writing cpu"),
        Row.figure("requests a second, writing", "writing requests"),
        Row.figure("requests until all were followed", "start requests"),
        Row.figure("peak memory, MB", "peak"),
        Row.figure("SIGTERM to its end, s", "stop"));
  }

  @Override
  public Map<String, Double> run(Contender contender, Lab lab)
      throws IOException, SQLException, InterruptedException {
    Path data = Files.createDirectories(lab.path("data"));
    Path replicas = Files.createDirectories(lab.path("replicas"));
    List<Path> paths = SmallDatabases.create(data, databases);
    Lab.calm();
    int port = Lab.freePort();
    Agent agent =
        lab.start(
            contender.replicateAll(data, paths, replicas, lab.path("agent.yaml"), port), port);
    Figures figures = new Figures().put("start", Lab.awaitReady(contender, agent, databases));
    contender.requests(agent).ifPresent(count -> figures.put("start requests", (double) count));
    Duration window = lab.sizes().window();
    Thread.sleep(window.toMillis()); // Threads that have nothing to do end.
    window("idle", contender, agent, window, figures);
    try (SmallDatabases.Writer writer =
        SmallDatabases.write(paths.subList(0, written()), Duration.ofSeconds(1))) {
      Thread.sleep(window.toMillis() / 3);
      window("writing", contender, agent, window, figures);
      writer.stop();
    }
    figures.put("peak", agent.megabytes("VmHWM")).put("stop", agent.stop());
    for (Path path : paths.subList(0, Math.min(COMPARED, written()))) {
      compare(contender, lab, path, replicas.resolve(path.getFileName()));
    }
    return figures.map();
  }

  private static void window(
      String state, Contender contender, Agent agent, Duration window, Figures figures)
      throws IOException, InterruptedException {
    OptionalLong requests = contender.requests(agent);
    Thread.sleep(window.toMillis() / 10); // What the page of metrics itself cost is over.
    Duration before = agent.cpu();
    long begin = System.nanoTime();
    Thread.sleep(window.toMillis());
    long nanos = System.nanoTime() - begin;
    figures
        .put(state + " cpu", 100.0 * agent.cpu().minus(before).toNanos() / nanos)
        .put(state + " memory", agent.megabytes("VmRSS"))
        .put(state + " anonymous", agent.megabytes("RssAnon"))
        .put(state + " threads", agent.threads())
        .put(state + " descriptors", agent.descriptors());
    if (requests.isPresent()) {
      double more = contender.requests(agent).orElseThrow() - (double) requests.getAsLong();
      figures.put(state + " requests", more * 1e9 / (nanos * 1.1));
    }
  }

  private static void compare(Contender contender, Lab lab, Path database, Path replica)
      throws IOException, SQLException, InterruptedException {
    Path output = lab.path("restored.db");
    lab.restore(contender, Destination.directory(replica), output);
    if (!Content.hash(output).equals(Content.hash(database))) {
      throw new IOException("what was restored of " + database + " is not what was written");
    }
  }
}
