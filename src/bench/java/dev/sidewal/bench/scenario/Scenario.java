package dev.sidewal.bench.scenario;

import dev.sidewal.bench.contender.Contender;
import dev.sidewal.bench.report.Row;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/** A workload that is run by each contender in turn. */
public interface Scenario {

  /** Returns its name, as in {@code --only}; variants of one share what stands before a dash. */
  String name();

  /** Returns what it does, for a headline. */
  String title();

  /** Returns the lines of the table that it fills. */
  List<Row> rows();

  /** Returns whether there is anything to measure without an agent. */
  default boolean withoutAgent() {
    return false;
  }

  /** Returns how often it is run, when so many runs are wanted. */
  default int pairs(int wanted) {
    return wanted;
  }

  /**
   * Runs it once.
   *
   * @return figures by the keys of {@link #rows}, and others
   */
  Map<String, Double> run(Contender contender, Lab lab)
      throws IOException, SQLException, InterruptedException;

  /** Lets go of what was kept from run to run. */
  default void close() {}
}
