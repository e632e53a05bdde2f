package dev.sidewal.agent.metrics;

import dev.sidewal.agent.Agent;
import dev.sidewal.agent.ReplicationObserver;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The metrics of replications in the registry of a host application.
 *
 * <pre>{@code
 * var running = new CopyOnWriteArrayList<Agent.Replicated>();
 * SidewalMetrics metrics = SidewalMetrics.bind(registry, () -> running);
 * var options = ReplicationOptions.builder().observer(metrics.observer()).build();
 * Replication replication = Sidewal.replicate(database, url, options);
 * running.add(new Agent.Replicated(database, url, replication));
 * }</pre>
 *
 * <p>Each database has meters of its own, which come and go with it: the list is looked at whenever
 * the meter {@code sidewal.databases} is read, so that a database that is new shows with the next
 * collection at the latest. The registry is never a global one. Safe for use by several threads.
 */
public final class SidewalMetrics implements AutoCloseable {

  private final MeterRegistry registry;
  private final Supplier<List<Observed>> databases;
  private final Clock clock;
  private final ProcessMeters process;
  private final Map<String, Registered> registered = new HashMap<>();
  private boolean closed;

  /** The meters of one database. */
  private record Registered(Observed database, List<Meter> meters) {}

  private SidewalMetrics(MeterRegistry registry, Supplier<List<Observed>> databases, Clock clock) {
    this.registry = registry;
    this.databases = databases;
    this.clock = clock;
    this.process = new ProcessMeters(registry, this::refresh);
  }

  /**
   * Registers meters for databases.
   *
   * @param databases those that are replicated now; {@link Agent#databases} for one
   */
  public static SidewalMetrics bind(
      MeterRegistry registry, Supplier<List<Agent.Replicated>> databases) {
    return bind(registry, databases, Clock.systemUTC());
  }

  /**
   * Registers meters for databases.
   *
   * @param clock the clock of the replications
   */
  public static SidewalMetrics bind(
      MeterRegistry registry, Supplier<List<Agent.Replicated>> databases, Clock clock) {
    return bindObserved(registry, () -> databases.get().stream().map(Observed::of).toList(), clock);
  }

  static SidewalMetrics bindObserved(
      MeterRegistry registry, Supplier<List<Observed>> databases, Clock clock) {
    SidewalMetrics metrics = new SidewalMetrics(registry, databases, clock);
    metrics.refresh();
    return metrics;
  }

  /** Returns what the options of every replication must name, so that requests are counted. */
  public ReplicationObserver observer() {
    return process;
  }

  /**
   * Registers the meters of databases that are new, and removes those of databases that are gone.
   *
   * @return how many databases there are
   */
  public synchronized int refresh() {
    List<Observed> now = databases.get();
    if (closed) {
      return now.size();
    }
    Set<String> there = new HashSet<>();
    for (Observed database : now) {
      there.add(database.database());
      Registered known = registered.get(database.database());
      // Another replication of the same path has functions of its own.
      if (known == null || !known.database().equals(database)) {
        remove(database.database());
        registered.put(database.database(), register(database));
      }
    }
    List.copyOf(registered.keySet()).stream()
        .filter(path -> !there.contains(path))
        .forEach(this::remove);
    return now.size();
  }

  private Registered register(Observed database) {
    List<Meter> meters = new ArrayList<>();
    for (DatabaseMetric metric : DatabaseMetrics.ALL) {
      for (int word = 0; word < metric.words().size(); word++) {
        meters.add(register(database, metric, word));
      }
    }
    return new Registered(database, List.copyOf(meters));
  }

  private Meter register(Observed database, DatabaseMetric metric, int word) {
    Tags tags = Tags.of("database", database.database());
    if (metric.label().isPresent()) {
      tags = tags.and(metric.label().get(), metric.words().get(word));
    }
    if (metric.counter()) {
      return FunctionCounter.builder(metric.meterName(), database, d -> read(d, metric, word))
          .description(metric.help())
          .tags(tags)
          .register(registry);
    }
    return Gauge.builder(metric.meterName(), database, d -> read(d, metric, word))
        .description(metric.help())
        .tags(tags)
        .strongReference(true)
        .register(registry);
  }

  private double read(Observed database, DatabaseMetric metric, int word) {
    return metric
        .reader()
        .read(DatabaseMetric.Reading.of(database, clock.instant()), word)
        .orElse(Double.NaN);
  }

  private void remove(String path) {
    Registered gone = registered.remove(path);
    if (gone != null) {
      gone.meters().forEach(registry::remove);
    }
  }

  /** Removes all meters. */
  @Override
  public synchronized void close() {
    closed = true;
    List.copyOf(registered.keySet()).forEach(this::remove);
    process.close();
  }
}
