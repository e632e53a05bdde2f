package dev.sidewal.agent.metrics;

import dev.sidewal.agent.Agent;
import dev.sidewal.agent.MetricsPage;
import dev.sidewal.agent.ReplicationObserver;
import io.micrometer.core.instrument.Clock;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.function.Supplier;

/**
 * The metrics of an agent that is a process of its own, as the page that Prometheus reads. The
 * figures of databases are looked up for each page; nothing is kept for them in between. Starts no
 * thread. Safe for use by several threads.
 */
public final class PrometheusMetrics implements MetricsPage, AutoCloseable {

  private final PrometheusMeterRegistry registry;
  private final ProcessMeters process;

  /**
   * Creates the registry.
   *
   * @param databases those that are replicated now
   */
  public PrometheusMetrics(Supplier<List<Agent.Replicated>> databases) {
    this(databases, java.time.Clock.systemUTC());
  }

  /**
   * Creates the registry.
   *
   * @param databases those that are replicated now
   * @param clock the clock of the replications
   */
  public PrometheusMetrics(Supplier<List<Agent.Replicated>> databases, java.time.Clock clock) {
    this(clock, () -> databases.get().stream().map(Observed::of).toList());
  }

  PrometheusMetrics(java.time.Clock clock, Supplier<List<Observed>> databases) {
    registry =
        new PrometheusMeterRegistry(
            PrometheusConfig.DEFAULT, new PrometheusRegistry(), Clock.SYSTEM);
    process = new ProcessMeters(registry, () -> databases.get().size());
    registry.getPrometheusRegistry().register(new DatabaseCollector(databases, clock));
    JvmMeters.register(registry);
  }

  /** Returns what the options of every replication must name, so that requests are counted. */
  public ReplicationObserver observer() {
    return process;
  }

  @Override
  public String contentType() {
    return PrometheusTextFormatWriter.CONTENT_TYPE;
  }

  @Override
  public void write(OutputStream out) throws IOException {
    registry.scrape(out, PrometheusTextFormatWriter.CONTENT_TYPE);
  }

  @Override
  public void close() {
    registry.close();
  }
}
