package dev.sidewal.bench.scenario;

import dev.sidewal.bench.contender.Contender;
import dev.sidewal.bench.contender.Destination;
import dev.sidewal.bench.process.ShortRun;
import dev.sidewal.bench.report.Row;
import dev.sidewal.bench.report.Target;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Restoring what a bulk load has left. Each contender's replica is made once, before its first run,
 * and restored in each.
 */
public final class RestoreScenario implements Scenario {

  private record Source(Lab lab, Destination replica, String content) {}

  private final int megabytes;
  private final Values values;
  private final Map<String, Source> sources = new HashMap<>();

  /** Makes it for a load of so much data of this kind. */
  public RestoreScenario(int megabytes, Values values) {
    this.megabytes = megabytes;
    this.values = values;
  }

  @Override
  public String name() {
    return "restore-" + values.word();
  }

  @Override
  public String title() {
    return "restore of a load of %,d MB of %s, whole process".formatted(megabytes, values.title());
  }

  @Override
  public List<Row> rows() {
    return List.of(
        Row.figure("wall clock, s", "wall").to(Target.atMost(1.2, " s")),
        Row.figure("CPU, s", "cpu").to(Target.atMost(1.5, " s")),
        Row.figure("peak memory, MB", "peak"),
        Row.figure("the database, MB", "size"));
  }

  @Override
  public Map<String, Double> run(Contender contender, Lab lab)
      throws IOException, SQLException, InterruptedException {
    if (!sources.containsKey(contender.name())) {
      sources.put(contender.name(), prepare(contender, lab));
    }
    Source source = sources.get(contender.name());
    Path output = lab.path("restored.db");
    Lab.calm();
    ShortRun restore = lab.restore(contender, source.replica(), output);
    Figures figures =
        new Figures()
            .put("wall", restore.wall())
            .put("cpu", restore.cpu())
            .put("peak", restore.peakMegabytes())
            .put("size", Files.size(output) / 1e6);
    if (!Content.hash(output).equals(source.content())) {
      throw new IOException("what was restored is not what was written");
    }
    Content.check(output);
    return figures.map();
  }

  private Source prepare(Contender contender, Lab lab)
      throws IOException, SQLException, InterruptedException {
    Lab kept = lab.beside("source-" + name() + "-" + contender.name());
    Followed followed =
        Followed.prepare(
            contender, kept, "load", "megabytes=" + megabytes, "values=" + values.word());
    followed.write();
    followed.stop();
    return new Source(kept, followed.destination(), Content.hash(followed.database()));
  }

  @Override
  public void close() {
    for (Source source : sources.values()) {
      try {
        source.lab().close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    sources.clear();
  }
}
