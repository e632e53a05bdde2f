package dev.sidewal.bench;

import dev.sidewal.bench.contender.Contender;
import dev.sidewal.bench.contender.Installation;
import dev.sidewal.bench.contender.LitestreamContender;
import dev.sidewal.bench.contender.NoAgent;
import dev.sidewal.bench.contender.SidewalContender;
import dev.sidewal.bench.report.Machine;
import dev.sidewal.bench.scenario.Lab;
import dev.sidewal.bench.scenario.Scenario;
import dev.sidewal.bench.scenario.Scenarios;
import dev.sidewal.bench.scenario.Sizes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The entry point of {@code deploy/bench}: runs workloads, prints a table, writes JSON. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Runs workloads without an agent, with Sidewal and with peers, in turn, and compares them.")
public final class Bench implements Callable<Integer> {

  private static final double BUSY = 0.5;

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "NAMES",
      description = "Only these scenarios, such as commits,load-random; load is all of load-*.")
  private List<String> only = List.of();

  @Option(
      names = "--pairs",
      paramLabel = "N",
      description = "How often each is run by each contender (default 5).")
  private Optional<Integer> pairs = Optional.empty();

  @Option(
      names = "--peer",
      paramLabel = "NAME=PATH",
      description = "A peer to put beside; the name is litestream (its v0.3).")
  private Map<String, Path> peers = new LinkedHashMap<>();

  @Option(
      names = "--sidewal",
      paramLabel = "PATH",
      description = "Sidewal's launcher (default: that of this checkout).")
  private Optional<Path> sidewal = Optional.empty();

  @Option(
      names = "--java",
      paramLabel = "HOME",
      description =
          "The JDK that Sidewal runs with; given twice, both are contenders (default: what the"
              + " launcher finds).")
  private List<Path> javas = new ArrayList<>();

  @Option(
      names = "--jvm-opts",
      paramLabel = "OPTIONS",
      description = "More options for Sidewal's JVM.")
  private String options = "";

  @Option(
      names = "--aot",
      description =
          "Sidewal of this checkout with an AOT cache, as in the image; Java 25 or newer.")
  private boolean aot;

  @Option(names = "--without-none", description = "Leave out the runs without an agent.")
  private boolean withoutNone;

  @Option(
      names = "--writer",
      paramLabel = "java|python3",
      description = "The application that writes (default java).")
  private String writer = "java";

  @Option(names = "--commits", paramLabel = "N", description = "How many commits (default 20000).")
  private Optional<Integer> commits = Optional.empty();

  @Option(
      names = "--megabytes",
      paramLabel = "N",
      description = "How much is loaded (default 256).")
  private Optional<Integer> megabytes = Optional.empty();

  @Option(
      names = "--smoke",
      description = "Everything once, at a tiny size: shows that it works, measures nothing.")
  private boolean smoke;

  @Option(
      names = "--dir",
      paramLabel = "WORK",
      description = "Where databases and replicas go (default: target/bench).")
  private Optional<Path> directory = Optional.empty();

  @Option(names = "--json", paramLabel = "FILE", description = "Write all figures and runs there.")
  private Optional<Path> json = Optional.empty();

  /** Runs what the arguments say. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Bench()).execute(arguments));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path home = Path.of(System.getProperty("bench.home", ".")).toAbsolutePath();
    Path work = directory.orElse(home.resolve("target/bench")).toAbsolutePath();
    Files.createDirectories(work);
    Sizes base = smoke ? Sizes.smoke() : Sizes.full();
    Sizes sizes = base.with(commits.orElse(base.commits()), megabytes.orElse(base.megabytes()));
    List<Contender> contenders = contenders(home, work);
    Map<String, String> facts = Machine.facts(work, home, Instant.now());
    facts.put("writer", writer);
    for (Contender contender : contenders) {
      facts.put(contender.name(), contender.version());
    }
    facts.forEach((name, value) -> System.out.println(name + ": " + value));
    if (smoke) {
      System.out.println(
          "This is --smoke: it shows that everything works; no figure means anything.");
    }
    if (Machine.load() > BUSY) {
      System.out.println(
          "WARNING: the machine is busy (load average above "
              + BUSY
              + "): believe ratios, CPU times and sizes, and no wall clock");
    }
    List<String> command = Writers.command(writer, home);
    Campaign campaign = new Campaign(contenders, facts, json, pairs.orElse(smoke ? 1 : 5));
    for (Scenario scenario : Scenarios.all(sizes)) {
      if (chosen(scenario)) {
        campaign.run(scenario, () -> new Lab(work.resolve("run"), sizes, command));
      }
    }
    return campaign.finish() ? 0 : 1;
  }

  private boolean chosen(Scenario scenario) {
    return only.isEmpty()
        || only.stream()
            .anyMatch(
                name -> scenario.name().equals(name) || scenario.name().startsWith(name + "-"));
  }

  private List<Contender> contenders(Path home, Path work)
      throws IOException, InterruptedException {
    List<Contender> contenders = new ArrayList<>();
    if (!withoutNone) {
      contenders.add(new NoAgent());
    }
    Path launcher = sidewal.orElse(home.resolve("deploy/sidewal")).toAbsolutePath();
    if (javas.size() < 2) {
      Optional<Path> java = javas.stream().findFirst();
      Path used = aot ? Installation.withCache(home, work.resolve("installation"), java) : launcher;
      contenders.add(SidewalContender.of("sidewal", used, java, options));
    } else if (aot) {
      throw new CommandLine.ParameterException(
          new CommandLine(this), "--aot takes one --java, as the cache fits one");
    } else {
      for (Path java : javas) {
        String name = "sidewal-" + SidewalContender.major(Optional.of(java));
        contenders.add(SidewalContender.of(name, launcher, Optional.of(java), options));
      }
    }
    for (Map.Entry<String, Path> peer : peers.entrySet()) {
      if (!peer.getKey().startsWith("litestream")) {
        throw new CommandLine.ParameterException(
            new CommandLine(this), "the only peer known is litestream, not " + peer.getKey());
      }
      contenders.add(new LitestreamContender(peer.getKey(), peer.getValue().toAbsolutePath()));
    }
    return contenders;
  }
}
