package dev.sidewal.agent.metrics;

import dev.sidewal.agent.ReplicationStatus;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * One metric that every database has. Its name is that of Prometheus; {@link DatabaseMetrics} is
 * the list of all.
 *
 * @param name its whole name, with unit and, for a counter, {@code _total}
 * @param counter whether it only ever grows while the process lives; a gauge if not
 * @param unit seconds, bytes, or empty
 * @param help what it says, in one sentence
 * @param label the label that it has besides {@code database}; empty if none
 * @param words the values of that label; one empty word if there is no label
 * @param reader reads the value for a word, empty if there is none to tell
 */
record DatabaseMetric(
    String name,
    boolean counter,
    String unit,
    String help,
    Optional<String> label,
    List<String> words,
    Reader reader) {

  /** What is known of a database at one moment. */
  record Reading(ReplicationStatus status, boolean alive, Instant now) {
    static Reading of(Observed database, Instant now) {
      return new Reading(database.status().get(), database.alive().getAsBoolean(), now);
    }
  }

  /** Reads a value. */
  @FunctionalInterface
  interface Reader {
    OptionalDouble read(Reading reading, int word);
  }

  static DatabaseMetric gauge(
      String name, String unit, String help, Function<Reading, OptionalDouble> value) {
    return new DatabaseMetric(
        name, false, unit, help, Optional.empty(), List.of(""), (r, w) -> value.apply(r));
  }

  static DatabaseMetric number(
      String name, String unit, String help, ToDoubleFunction<ReplicationStatus> value) {
    return gauge(name, unit, help, r -> OptionalDouble.of(value.applyAsDouble(r.status())));
  }

  static DatabaseMetric time(
      String name, String help, Function<ReplicationStatus, Optional<Instant>> value) {
    return gauge(
        name,
        "seconds",
        help,
        r ->
            value
                .apply(r.status())
                .map(t -> OptionalDouble.of(t.toEpochMilli() / 1e3))
                .orElseGet(OptionalDouble::empty));
  }

  /** One row for each word: 1 for the one that it is, 0 for the others. */
  static DatabaseMetric oneOf(
      String name, String help, String label, List<String> words, Function<Reading, String> which) {
    return new DatabaseMetric(
        name,
        false,
        "",
        help,
        Optional.of(label),
        words,
        (r, w) -> OptionalDouble.of(which.apply(r).equals(words.get(w)) ? 1 : 0));
  }

  static DatabaseMetric counter(
      String name, String unit, String help, ToDoubleFunction<ReplicationStatus> value) {
    return new DatabaseMetric(
        name,
        true,
        unit,
        help,
        Optional.empty(),
        List.of(""),
        (r, w) -> OptionalDouble.of(value.applyAsDouble(r.status())));
  }

  static DatabaseMetric counters(
      String name,
      String help,
      String label,
      List<String> words,
      List<ToDoubleFunction<ReplicationStatus>> values) {
    return new DatabaseMetric(
        name,
        true,
        "",
        help,
        Optional.of(label),
        words,
        (r, w) -> OptionalDouble.of(values.get(w).applyAsDouble(r.status())));
  }

  /** Returns the name without what Micrometer appends to it, and with its dots. */
  String meterName() {
    String base = counter ? name.substring(0, name.length() - "_total".length()) : name;
    return base.replace('_', '.');
  }
}
