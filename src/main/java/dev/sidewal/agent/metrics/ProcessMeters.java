package dev.sidewal.agent.metrics;

import dev.sidewal.agent.ReplicationObserver;
import dev.sidewal.agent.Version;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What is measured for all databases together: requests to the store, pauses for writers, the
 * build. Safe for use by several threads.
 */
final class ProcessMeters implements ReplicationObserver, AutoCloseable {

  private static final Duration[] REQUEST_BUCKETS =
      millis(5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000);
  private static final Duration[] PAUSE_BUCKETS =
      micros(100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000);

  private record Request(Operation operation, Outcome outcome) {}

  private final MeterRegistry registry;
  private final ConcurrentMap<Request, Timer> requests = new ConcurrentHashMap<>();
  private final List<Timer> pauses;
  private final Counter sent;
  private final Counter received;
  private final Counter uploadErrors;
  private final List<Gauge> gauges;

  /**
   * Registers the meters.
   *
   * @param databases says how many databases are replicated
   */
  ProcessMeters(MeterRegistry registry, Supplier<Number> databases) {
    this.registry = registry;
    this.gauges =
        List.of(
            Gauge.builder("sidewal.databases", databases)
                .description("Databases that are replicated.")
                .strongReference(true)
                .register(registry),
            Gauge.builder("sidewal.build.info", () -> 1)
                .description("The version that runs, and the Java that it runs on.")
                .tag("version", Version.number())
                .tag("java", System.getProperty("java.version", "unknown"))
                .strongReference(true)
                .register(registry));
    this.sent =
        Counter.builder("sidewal.store.sent")
            .baseUnit("bytes")
            .description("Bytes of content that were sent to stores.")
            .register(registry);
    this.received =
        Counter.builder("sidewal.store.received")
            .baseUnit("bytes")
            .description("Bytes of content that were read from stores.")
            .register(registry);
    this.uploadErrors =
        Counter.builder("sidewal.upload.errors")
            .description("Uploads, or parts of them, that failed; they are tried again.")
            .register(registry);
    this.pauses = List.of(pause("done"), pause("vain"));
  }

  private Timer pause(String outcome) {
    return Timer.builder("sidewal.writer.pause")
        .description("How long writers were kept waiting, so that the log can begin anew.")
        .tag("outcome", outcome)
        .serviceLevelObjectives(PAUSE_BUCKETS)
        .register(registry);
  }

  @Override
  public void request(
      Operation operation, Outcome outcome, Duration duration, long bytesOut, long bytesIn) {
    requests.computeIfAbsent(new Request(operation, outcome), this::requestTimer).record(duration);
    sent.increment((double) bytesOut);
    received.increment((double) bytesIn);
    if (operation.isUpload() && outcome.isError()) {
      uploadErrors.increment();
    }
  }

  private Timer requestTimer(Request request) {
    return Timer.builder("sidewal.store.request")
        .description("What stores were asked for, with all attempts.")
        .tag("operation", request.operation().name().toLowerCase(Locale.ROOT))
        .tag("outcome", request.outcome().name().toLowerCase(Locale.ROOT))
        .serviceLevelObjectives(REQUEST_BUCKETS)
        .register(registry);
  }

  @Override
  public void paused(Duration held, boolean succeeded) {
    pauses.get(succeeded ? 0 : 1).record(held);
  }

  @Override
  public void close() {
    gauges.forEach(registry::remove);
    pauses.forEach(registry::remove);
    requests.values().forEach(registry::remove);
    List.of(sent, received, uploadErrors).forEach(registry::remove);
  }

  private static Duration[] millis(long... values) {
    return durations(Duration::ofMillis, values);
  }

  private static Duration[] micros(long... values) {
    return durations(n -> Duration.ofNanos(1000 * n), values);
  }

  private static Duration[] durations(Function<Long, Duration> unit, long... values) {
    Duration[] all = new Duration[values.length];
    for (int i = 0; i < values.length; i++) {
      all[i] = unit.apply(values[i]);
    }
    return all;
  }
}
