package dev.sidewal.bench.report;

import java.util.List;
import java.util.Optional;

/** The lines of one scenario, with the runs behind them. */
public record Sheet(String name, String title, List<Row> rows, Runs runs) {

  /** Returns whether a contender reached what a line asks for; empty if nothing is to be said. */
  public Optional<Boolean> met(Row row, Column column) {
    if (!column.subject() || row.target().isEmpty()) {
      return Optional.empty();
    }
    Target target = row.target().get();
    return row.of(runs, column.name())
        .flatMap(spread -> target.bound().met(spread.median(), column.java()));
  }
}
