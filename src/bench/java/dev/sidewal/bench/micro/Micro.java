package dev.sidewal.bench.micro;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sidewal.bench.report.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.openjdk.jmh.util.Statistics;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The entry point of {@code deploy/bench micro}: the inner loops beside the machine's limits. */
@Command(
    name = "bench micro",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Measures the inner loops by JMH, and beside them what the machine can do.")
public final class Micro implements Callable<Integer> {

  /** How many bytes of page images one go of most benchmarks takes. */
  public static final int CODEC_BYTES = 16 << 20;

  private static final String NO_FIGURE = "–";

  @Option(
      names = "--only",
      paramLabel = "REGEX",
      description = "Only benchmarks whose name matches, such as Segment; limits are then missing.")
  private Optional<String> only = Optional.empty();

  @Option(names = "--verbose", description = "Show all that JMH says.")
  private boolean verbose;

  @Option(names = "--smoke", description = "Very short: shows that it works, measures nothing.")
  private boolean smoke;

  @Option(
      names = "--dir",
      paramLabel = "WORK",
      description = "The directory whose disk is measured (default: target/bench).")
  private Optional<Path> directory = Optional.empty();

  @Option(names = "--json", paramLabel = "FILE", description = "Write all figures there.")
  private Optional<Path> json = Optional.empty();

  private final Map<String, Double> speeds = new HashMap<>();

  /** Between the slowest and the fastest round, as a part of the one in the middle. */
  private final Map<String, Double> spreads = new HashMap<>();

  /** Runs what the arguments say. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Micro()).execute(arguments));
  }

  @Override
  public Integer call() throws IOException, RunnerException {
    Path home = Path.of(System.getProperty("bench.home", ".")).toAbsolutePath();
    Path work = directory.orElse(home.resolve("target/bench")).toAbsolutePath();
    Files.createDirectories(work);
    Map<String, String> facts = Machine.facts(work, home, Instant.now());
    facts.forEach((name, value) -> System.out.println(name + ": " + value));
    System.err.println(smoke ? "about 20 s" : "about 2 minutes");
    List<Line> lines = Lines.all();
    boolean good = run(lines, work);
    print(lines);
    if (json.isPresent()) {
      write(json.get(), facts, lines);
    }
    if (!good) {
      System.out.println(
          "Not everything could be measured; --only NAME --verbose shows what JMH says of it.");
    }
    return good ? 0 : 1;
  }

  private boolean run(List<Line> lines, Path work) throws RunnerException {
    OptionsBuilder options = new OptionsBuilder();
    options
        .include(only.orElse("dev\\.sidewal\\."))
        .mode(Mode.AverageTime)
        .timeUnit(TimeUnit.MICROSECONDS)
        .forks(smoke ? 0 : 1)
        .warmupIterations(smoke ? 0 : 3)
        .warmupTime(TimeValue.milliseconds(500))
        .measurementIterations(smoke ? 1 : 5)
        .measurementTime(TimeValue.milliseconds(smoke ? 1 : 400))
        .jvmArgs("-Xms1g", "-Xmx1g", "-XX:+UseSerialGC", "-Dbench.micro.dir=" + work)
        .verbosity(verbose ? VerboseMode.NORMAL : VerboseMode.SILENT);
    System.setProperty(DiskBenchmark.DIRECTORY, work.toString());
    for (RunResult result : new Runner(options.build()).run()) {
      String name = result.getParams().getBenchmark();
      int method = name.lastIndexOf('.');
      String id = name.substring(name.lastIndexOf('.', method - 1) + 1);
      String workload = result.getParams().getParam("workload");
      String full = workload == null ? id : id + "/" + workload;
      Statistics micros = result.getPrimaryResult().getStatistics();
      double seconds = micros.getPercentile(50) / 1e6;
      spreads.put(full, (micros.getMax() - micros.getMin()) / micros.getPercentile(50));
      lines.stream()
          .filter(line -> line.id().equals(full))
          .forEach(line -> speeds.put(full, line.amount() / seconds));
    }
    return only.isPresent() || lines.stream().allMatch(line -> speeds.containsKey(line.id()));
  }

  private double speed(String id) {
    return speeds.getOrDefault(id, Double.NaN);
  }

  private void print(List<Line> lines) {
    System.out.printf(
        "%n%-50s %10s  %6s  %8s  %s%n", "what", "a second", "spread", "of limit", "limit");
    for (Line line : lines) {
      double speed = speed(line.id());
      System.out.printf(
          Locale.ROOT,
          "%-50s %10s  %6s  %8s  %s%n",
          line.what(),
          Double.isNaN(speed) ? NO_FIGURE : String.format(Locale.ROOT, "%,.0f", speed),
          Double.isNaN(speed)
              ? NO_FIGURE
              : String.format(Locale.ROOT, "%.0f %%", 100 * spreads.get(line.id())),
          fraction(line).map(f -> String.format(Locale.ROOT, "%.2f", f)).orElse(NO_FIGURE),
          line.limit().name());
    }
  }

  private Optional<Double> fraction(Line line) {
    double fraction = speed(line.id()) / line.limit().speed().applyAsDouble(this::speed);
    return Double.isNaN(fraction) ? Optional.empty() : Optional.of(fraction);
  }

  private void write(Path file, Map<String, String> facts, List<Line> lines) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode root = mapper.createObjectNode();
    facts.forEach(root.putObject("machine")::put);
    var all = root.putArray("lines");
    for (Line line : lines) {
      if (speeds.containsKey(line.id())) {
        ObjectNode node = all.addObject();
        node.put("benchmark", line.id()).put("what", line.what());
        node.put("aSecond", speed(line.id())).put("spread", spreads.get(line.id()));
        fraction(line).ifPresent(f -> node.put("ofLimit", f).put("limit", line.limit().name()));
      }
    }
    Files.writeString(
        file, mapper.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n");
  }
}
