package dev.sidewal.cli;

import dev.sidewal.agent.ReplicationObserver;
import dev.sidewal.agent.ReplicationOptions;
import dev.sidewal.agent.VerificationOptions;
import dev.sidewal.error.UsageException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Everything that can be set for an agent: on the command line, in the environment, or in a
 * configuration file. An option that is added here, or in a mixin of this, is a setting by that.
 */
final class AgentFlags {

  private static final Duration SHORTEST_SCAN = Duration.ofMillis(100);

  @Mixin private final ReplicationFlags replication = new ReplicationFlags();

  @Option(
      names = "--shutdown-timeout",
      paramLabel = "TIME",
      defaultValue = "30s",
      converter = Quantities.DurationConverter.class,
      description = "How long the rest may take to ship at the end (default ${DEFAULT-VALUE}).")
  private Duration shutdownTimeout;

  @Option(
      names = "--scan-interval",
      paramLabel = "TIME",
      defaultValue = "10s",
      converter = Quantities.DurationConverter.class,
      description =
          "How often directories of a configuration file are looked through for databases (default"
              + " ${DEFAULT-VALUE}).")
  private Duration scanInterval;

  @Mixin private final EndpointFlags endpoint = new EndpointFlags();

  /**
   * Returns how each database is replicated.
   *
   * @param once whether everything is shipped once only
   * @param observer hears of requests and pauses
   * @throws UsageException if a value is out of range
   */
  ReplicationOptions options(boolean once, Optional<ReplicationObserver> observer) {
    ReplicationOptions.Builder options =
        replication.builder().shutdownTimeout(shutdownTimeout).waitForDatabase(!once);
    observer.ifPresent(options::observer);
    if (once) {
      options.outageLimit(shutdownTimeout).verification(VerificationOptions.OFF);
    }
    return options.build();
  }

  /** Tells of each value that is out of range, beside those of {@link #options}. */
  void checkRanges(Consumer<UsageException> complaint) {
    if (scanInterval.compareTo(SHORTEST_SCAN) < 0) {
      complaint.accept(
          new UsageException(
              "--scan-interval is " + scanInterval.toMillis() + " ms; give 100ms or more"));
    }
  }

  /** Returns how long the rest may take to ship at the end. */
  Duration shutdownTimeout() {
    return shutdownTimeout;
  }

  /** Returns how often directories are looked through. */
  Duration scanInterval() {
    return scanInterval;
  }

  /** Returns where the HTTP endpoint listens, and who may ask it. */
  EndpointFlags endpoint() {
    return endpoint;
  }
}
