package dev.sidewal.retention;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * For how long what can be restored.
 *
 * @param window every transaction
 * @param hourly the last delta of each hour and every snapshot; never shorter than the window
 * @param daily the last snapshot of each day; never shorter than the window; empty for none beyond
 *     {@code hourly}
 */
public record RetentionPolicy(Duration window, Duration hourly, Optional<Duration> daily) {

  private static final Duration LONGEST = Duration.ofDays(36_500);

  /** 7 days, 30 days, a year. */
  public static final RetentionPolicy DEFAULT =
      new RetentionPolicy(
          Duration.ofDays(7), Duration.ofDays(30), Optional.of(Duration.ofDays(365)));

  /** Checks the ranges: more than nothing, at most a hundred years. */
  public RetentionPolicy {
    check("window", window);
    check("hourly", hourly);
    Objects.requireNonNull(daily, "daily");
    daily.ifPresent(d -> check("daily", d));
    Duration least = window;
    hourly = hourly.compareTo(least) < 0 ? least : hourly;
    daily = daily.map(d -> d.compareTo(least) < 0 ? least : d);
  }

  private static void check(String name, Duration duration) {
    if (duration.isNegative() || duration.isZero() || duration.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(name + " retention of " + duration);
    }
  }
}
