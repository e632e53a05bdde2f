package dev.sidewal.agent.metrics;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Supplier;

/**
 * Looks up the metrics of all databases when they are asked for, and keeps nothing: a database that
 * is gone is not there any more, and a thousand cost no memory in between.
 */
final class DatabaseCollector implements MultiCollector {

  private final Supplier<List<Observed>> databases;
  private final Clock clock;

  DatabaseCollector(Supplier<List<Observed>> databases, Clock clock) {
    this.databases = databases;
    this.clock = clock;
  }

  @Override
  public MetricSnapshots collect() {
    Instant now = clock.instant();
    List<Observed> all = databases.get();
    List<Row> readings =
        all.stream()
            .map(
                d ->
                    new Row(DatabaseMetric.Reading.of(d, now), Labels.of("database", d.database())))
            .toList();
    List<MetricSnapshot> snapshots = new ArrayList<>();
    for (DatabaseMetric metric : DatabaseMetrics.ALL) {
      snapshots.add(metric.counter() ? counter(metric, readings) : gauge(metric, readings));
    }
    return new MetricSnapshots(snapshots);
  }

  /** A database at this moment, with the labels that most of its metrics have. */
  private record Row(DatabaseMetric.Reading reading, Labels labels) {}

  /** Takes the rows of a metric. */
  private interface Rows {
    void row(double value, Labels labels);
  }

  private static void rows(DatabaseMetric metric, List<Row> readings, Rows rows) {
    for (Row row : readings) {
      for (int word = 0; word < metric.words().size(); word++) {
        OptionalDouble value = metric.reader().read(row.reading(), word);
        if (value.isPresent()) {
          rows.row(value.getAsDouble(), labels(metric, row.labels(), word));
        }
      }
    }
  }

  private static Labels labels(DatabaseMetric metric, Labels database, int word) {
    return metric.label().isEmpty()
        ? database
        : database.add(metric.label().get(), metric.words().get(word));
  }

  private static MetricSnapshot gauge(DatabaseMetric metric, List<Row> readings) {
    List<GaugeDataPointSnapshot> points = new ArrayList<>();
    rows(metric, readings, (v, l) -> points.add(new GaugeDataPointSnapshot(v, l, null)));
    return new GaugeSnapshot(new MetricMetadata(metric.name(), metric.help()), points);
  }

  private static MetricSnapshot counter(DatabaseMetric metric, List<Row> readings) {
    List<CounterDataPointSnapshot> points = new ArrayList<>();
    rows(metric, readings, (v, l) -> points.add(new CounterDataPointSnapshot(v, l, null, 0)));
    String name = metric.name().substring(0, metric.name().length() - "_total".length());
    return new CounterSnapshot(new MetricMetadata(name, metric.help()), points);
  }
}
