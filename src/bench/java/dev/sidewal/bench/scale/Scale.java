package dev.sidewal.bench.scale;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sidewal.bench.contender.Contender;
import dev.sidewal.bench.contender.SidewalContender;
import dev.sidewal.bench.report.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The entry point of {@code deploy/bench scale}: how costs grow, as JSON and as a plot. */
@Command(
    name = "bench scale",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Measures how costs grow with the size of a database, its history and the number of"
            + " databases.")
public final class Scale implements Callable<Integer> {

  private static final List<Long> MEGABYTES = List.of(10L, 30L, 100L, 300L, 1000L, 3000L, 10_000L);
  private static final List<Integer> TRANSACTIONS = List.of(100, 1000, 10_000, 100_000);
  private static final List<Integer> DATABASES = List.of(1, 10, 100, 1000);

  @Option(
      names = "--up-to",
      paramLabel = "SIZE",
      description = "The largest database, such as 300MB or 10GB (default 1GB).")
  private String upTo = "1GB";

  @Option(
      names = "--history",
      paramLabel = "N",
      description = "The longest history, in transactions (default 100000).")
  private int history = 100_000;

  @Option(
      names = "--databases",
      paramLabel = "N",
      description = "The most databases in one agent (default 1000).")
  private int databases = 1000;

  @Option(names = "--smoke", description = "Tiny: shows that it works, measures nothing.")
  private boolean smoke;

  @Option(
      names = "--sidewal",
      paramLabel = "PATH",
      description = "Sidewal's launcher (default: that of this checkout).")
  private Optional<Path> sidewal = Optional.empty();

  @Option(
      names = "--dir",
      paramLabel = "WORK",
      description = "Where databases and replicas go (default: target/bench).")
  private Optional<Path> directory = Optional.empty();

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Where the figures go (default: WORK/scale.json).")
  private Optional<Path> json = Optional.empty();

  @Option(
      names = "--png",
      paramLabel = "FILE",
      description =
          "Where the plot goes, such as docs/benchmarks-scale.png (default: WORK/scale.png).")
  private Optional<Path> png = Optional.empty();

  /** Runs what the arguments say. */
  public static void main(String[] arguments) {
    System.setProperty("java.awt.headless", "true");
    System.exit(new CommandLine(new Scale()).execute(arguments));
  }

  @Override
  public Integer call() throws IOException, SQLException, InterruptedException {
    Path home = Path.of(System.getProperty("bench.home", ".")).toAbsolutePath();
    Path work = directory.orElse(home.resolve("target/bench")).toAbsolutePath();
    Files.createDirectories(work);
    Path launcher = sidewal.orElse(home.resolve("deploy/sidewal")).toAbsolutePath();
    Contender contender = SidewalContender.of("sidewal", launcher, Optional.empty(), "");
    Map<String, String> facts = Machine.facts(work, home, Instant.now());
    facts.put("sidewal", contender.version());
    facts.forEach((name, value) -> System.out.println(name + ": " + value));
    List<Panel> panels = measure(contender, work.resolve("scale"));
    print(panels);
    Path figures = json.orElse(work.resolve("scale.json"));
    write(figures, facts, panels);
    System.out.println("figures: " + figures);
    Path plot = png.orElse(work.resolve("scale.png"));
    try {
      Plot.write(panels, plot);
      System.out.println("plot: " + plot);
      return 0;
    } catch (IOException e) {
      System.out.println("no plot: " + e.getMessage() + "; the figures are in " + figures);
      return 1;
    }
  }

  private List<Panel> measure(Contender contender, Path directory)
      throws IOException, SQLException, InterruptedException {
    SizeGrowth sizes = new SizeGrowth(smoke ? 50 : 2000);
    long most = smoke ? 10 : megabytes(upTo);
    for (long size : MEGABYTES.stream().filter(m -> m <= most).toList()) {
      System.err.println(size + " MB");
      try (Site site = new Site(directory, contender)) {
        sizes.measure(site, size * 1_000_000);
      }
    }
    HistoryGrowth histories = new HistoryGrowth();
    int longest = smoke ? 100 : history;
    for (int count : TRANSACTIONS.stream().filter(n -> n <= longest).toList()) {
      for (boolean packs : List.of(false, true)) {
        System.err.printf("%d transactions%s%n", count, packs ? " in packs" : "");
        try (Site site = new Site(directory, contender)) {
          histories.measure(site, count, packs);
        }
      }
    }
    CountGrowth counts = new CountGrowth(Duration.ofSeconds(smoke ? 1 : 20));
    int many = smoke ? 1 : databases;
    for (int count : DATABASES.stream().filter(n -> n <= many).toList()) {
      System.err.println(count + " databases");
      try (Site site = new Site(directory, contender)) {
        counts.measure(site, count);
      }
    }
    List<Panel> panels = new ArrayList<>(sizes.panels());
    panels.addAll(histories.panels());
    panels.addAll(counts.panels());
    return panels;
  }

  private long megabytes(String size) {
    String upper = size.toUpperCase(Locale.ROOT);
    if (!upper.matches("\\d{1,6}(MB|GB)")) {
      throw new CommandLine.ParameterException(
          new CommandLine(this), "--up-to takes a size such as 300MB or 10GB, not " + size);
    }
    long number = Long.parseLong(upper.substring(0, upper.length() - 2));
    return upper.endsWith("GB") ? number * 1000 : number;
  }

  private static void print(List<Panel> panels) {
    for (Panel panel : panels) {
      System.out.printf("%n%s (%s → %s)%n", panel.title(), panel.x(), panel.y());
      for (Series series : panel.series()) {
        StringBuilder line = new StringBuilder("  " + series.name() + ":");
        for (Series.Point point : series.points()) {
          line.append(String.format(Locale.ROOT, "  %,.0f → %.3g", point.x(), point.y()));
        }
        System.out.println(line);
      }
    }
    System.out.println();
  }

  private static void write(Path file, Map<String, String> facts, List<Panel> panels)
      throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode root = mapper.createObjectNode();
    facts.forEach(root.putObject("machine")::put);
    var all = root.putArray("panels");
    for (Panel panel : panels) {
      ObjectNode node = all.addObject();
      node.put("title", panel.title()).put("x", panel.x()).put("y", panel.y());
      var lines = node.putArray("series");
      for (Series series : panel.series()) {
        ObjectNode line = lines.addObject().put("name", series.name());
        var points = line.putArray("points");
        series.points().forEach(p -> points.addArray().add(p.x()).add(p.y()));
      }
    }
    Files.writeString(
        file, mapper.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n");
  }
}
