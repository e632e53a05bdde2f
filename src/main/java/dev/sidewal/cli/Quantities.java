package dev.sidewal.cli;

import dev.sidewal.error.UsageException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Durations such as {@code 250ms}, {@code 1s}, {@code 5m} and sizes such as {@code 16MiB}. */
final class Quantities {

  private static final Pattern DURATION = Pattern.compile("(\\d{1,12})(ms|s|m|h|d)");
  private static final Pattern SIZE =
      Pattern.compile("(\\d{1,12})(B|KB|KiB|MB|MiB|GB|GiB)?", Pattern.CASE_INSENSITIVE);

  private Quantities() {}

  /**
   * Reads a duration: a whole number with ms, s, m, h or d.
   *
   * @throws UsageException if it is none
   */
  static Duration duration(String text) {
    Matcher m = DURATION.matcher(text);
    if (!m.matches()) {
      throw new UsageException(
          "'" + text + "' is not a duration: write a whole number with ms, s, m, h or d, as in 5s");
    }
    long n = Long.parseLong(m.group(1));
    return switch (m.group(2)) {
      case "ms" -> Duration.ofMillis(n);
      case "s" -> Duration.ofSeconds(n);
      case "m" -> Duration.ofMinutes(n);
      case "h" -> Duration.ofHours(n);
      default -> Duration.ofDays(n);
    };
  }

  /**
   * Reads a size in bytes: a whole number with B, KB, KiB, MB, MiB, GB or GiB, or without a unit.
   *
   * @throws UsageException if it is none
   */
  static long size(String text) {
    Matcher m = SIZE.matcher(text);
    if (!m.matches()) {
      throw new UsageException(
          "'"
              + text
              + "' is not a size: write a whole number of bytes, or one with KiB, MiB or GiB, as in"
              + " 64MiB");
    }
    long unit =
        switch (m.group(2) == null ? "b" : m.group(2).toLowerCase(Locale.ROOT)) {
          case "kb" -> 1000L;
          case "kib" -> 1L << 10;
          case "mb" -> 1000_000L;
          case "mib" -> 1L << 20;
          case "gb" -> 1000_000_000L;
          case "gib" -> 1L << 30;
          default -> 1L;
        };
    try {
      return Math.multiplyExact(Long.parseLong(m.group(1)), unit);
    } catch (ArithmeticException e) {
      throw new UsageException("the size '" + text + "' is too large", e);
    }
  }

  /** Reads a duration for picocli. */
  static final class DurationConverter implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      try {
        return duration(text);
      } catch (UsageException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  /**
   * How often something is done.
   *
   * @param time empty for never
   */
  record Interval(Optional<Duration> time) {}

  /** Reads a duration, or {@code off}, for picocli. */
  static final class IntervalConverter implements ITypeConverter<Interval> {
    @Override
    public Interval convert(String text) {
      if (text.equals("off")) {
        return new Interval(Optional.empty());
      }
      Duration interval = new DurationConverter().convert(text);
      if (interval.isZero()) {
        throw new TypeConversionException("0 is no interval: write off to switch it off");
      }
      return new Interval(Optional.of(interval));
    }
  }

  /** Reads a size for picocli. */
  static final class SizeConverter implements ITypeConverter<Long> {
    @Override
    public Long convert(String text) {
      try {
        return size(text);
      } catch (UsageException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
