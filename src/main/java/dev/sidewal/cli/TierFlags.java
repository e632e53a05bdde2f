package dev.sidewal.cli;

import dev.sidewal.error.UsageException;
import dev.sidewal.retention.RetentionPolicy;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options that say for how long images stay that are older than every single transaction. */
final class TierFlags {

  @Option(
      names = "--hourly-retention",
      paramLabel = "TIME",
      defaultValue = "30d",
      converter = Quantities.DurationConverter.class,
      description = {
        "How long the last delta of each hour and every snapshot stay. Default:",
        "${DEFAULT-VALUE}, or as long as --retention.",
      })
  private Duration hourly;

  @Option(
      names = "--daily-retention",
      paramLabel = "TIME|off",
      defaultValue = "365d",
      converter = Quantities.IntervalConverter.class,
      description = {
        "How long the last snapshot of each day stays; off: none beyond the above. Default:",
        "${DEFAULT-VALUE}.",
      })
  private Quantities.Interval daily;

  /**
   * Returns the policy.
   *
   * @param retention how long every transaction stays
   * @throws UsageException if a time is out of range
   */
  RetentionPolicy policy(Duration retention) {
    check("--retention", retention);
    check("--hourly-retention", hourly);
    Optional<Duration> days = daily.time();
    days.ifPresent(d -> check("--daily-retention", d));
    return new RetentionPolicy(retention, hourly, days);
  }

  private static void check(String option, Duration duration) {
    if (duration.isZero() || duration.compareTo(Duration.ofDays(36_500)) > 0) {
      throw new UsageException(
          option
              + " is "
              + duration.toDays()
              + " days; give more than nothing, and at most 36500d");
    }
  }
}
