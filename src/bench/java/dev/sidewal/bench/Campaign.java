package dev.sidewal.bench;

import dev.sidewal.bench.contender.Contender;
import dev.sidewal.bench.report.Column;
import dev.sidewal.bench.report.JsonReport;
import dev.sidewal.bench.report.Run;
import dev.sidewal.bench.report.Runs;
import dev.sidewal.bench.report.Sheet;
import dev.sidewal.bench.report.Table;
import dev.sidewal.bench.scenario.Lab;
import dev.sidewal.bench.scenario.Scenario;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Runs scenarios, and keeps what came of it. The contenders take turns, so that what the machine
 * does meanwhile hits all of them: a pair is one run of each, right after one another. Whoever
 * fails in a scenario is not tried again in it, and nobody else notices.
 */
final class Campaign {

  /** Makes a place for a run. */
  interface Labs {
    Lab open() throws IOException;
  }

  private final List<Contender> contenders;
  private final List<Column> columns;
  private final Map<String, String> facts;
  private final Optional<Path> json;
  private final int pairs;
  private final List<Sheet> sheets = new ArrayList<>();
  private boolean good = true;

  Campaign(List<Contender> contenders, Map<String, String> facts, Optional<Path> json, int pairs) {
    this.contenders = contenders;
    this.columns =
        contenders.stream().map(c -> new Column(c.name(), c.javaMajor(), c.subject())).toList();
    this.facts = facts;
    this.json = json;
    this.pairs = pairs;
  }

  /** Runs a scenario, and prints its part of the table to standard error, where progress goes. */
  void run(Scenario scenario, Labs labs) throws IOException, InterruptedException {
    Runs runs = new Runs();
    int count = scenario.pairs(pairs);
    for (int pair = 1; pair <= count; pair++) {
      for (Contender contender : contenders) {
        boolean wanted = contender.replicates() || scenario.withoutAgent();
        if (wanted && runs.failure(contender.name()).isEmpty()) {
          Run run = run(scenario, contender, pair, labs);
          runs.add(run);
          System.err.printf(
              Locale.ROOT,
              "%s %d/%d %s %s%n",
              scenario.name(),
              pair,
              count,
              contender.name(),
              run.failure().orElseGet(() -> progress(run)));
        }
      }
    }
    scenario.close();
    Sheet sheet = new Sheet(scenario.name(), scenario.title(), scenario.rows(), runs);
    sheets.add(sheet);
    print(System.err, List.of(sheet));
    if (json.isPresent()) {
      JsonReport.write(json.get(), facts, columns, sheets);
    }
  }

  private Run run(Scenario scenario, Contender contender, int pair, Labs labs)
      throws InterruptedException {
    try (Lab lab = labs.open()) {
      Lab.calm();
      Map<String, Double> values = scenario.run(contender, lab);
      return new Run(scenario.name(), contender.name(), pair, values, Optional.empty());
    } catch (IOException | SQLException | RuntimeException e) {
      good = false;
      return new Run(
          scenario.name(), contender.name(), pair, Map.of(), Optional.of(String.valueOf(e)));
    }
  }

  private static String progress(Run run) {
    return run.values().entrySet().stream()
        .map(entry -> String.format(Locale.ROOT, "%s=%.4g", entry.getKey(), entry.getValue()))
        .collect(Collectors.joining(", "));
  }

  /** Prints the whole table, and returns whether everything could be run. */
  boolean finish() {
    print(System.out, sheets);
    return good;
  }

  private void print(PrintStream out, List<Sheet> some) {
    out.println();
    new Table(columns).lines(some).forEach(out::println);
  }
}
