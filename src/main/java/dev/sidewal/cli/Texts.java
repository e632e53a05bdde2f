package dev.sidewal.cli;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Locale;

/** How values look to people (and, where it is the same, in JSON). */
final class Texts {

  private static final DateTimeFormatter TIME =
      new DateTimeFormatterBuilder().appendInstant(3).toFormatter(Locale.ROOT);

  private static final String[] UNITS = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

  private Texts() {}

  /** Returns RFC 3339 in UTC with exactly three decimals; finer parts are cut off. */
  static String time(Instant time) {
    return TIME.format(time);
  }

  /** Returns a checksum as 16 hexadecimal digits. */
  static String checksum(long checksum) {
    return String.format(Locale.ROOT, "%016x", checksum);
  }

  /** Returns a number of bytes with a unit, such as {@code 4.2 MiB}. */
  static String bytes(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    double value = bytes;
    int unit = -1;
    // 1023.95 would round to 1024.0 of the smaller unit.
    while (value >= 1023.95 && unit < UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    if (unit < 0) {
      return bytes + " B";
    }
    return String.format(Locale.ROOT, "%.1f %s", value, UNITS[unit]);
  }

  /** Returns a whole number with its noun, such as {@code 1 page} or {@code 3 pages}. */
  static String count(long number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }

  /** Returns how long ago a time was, in its two largest units, such as {@code 2h 5m ago}. */
  static String age(Instant time, Instant now) {
    Duration age = Duration.between(time, now);
    return age.isNegative()
        ? "in " + duration(age.negated()) + ": clocks differ"
        : duration(age) + " ago";
  }

  /** Returns a duration in its two largest units, such as {@code 2h 5m}; below a minute seconds. */
  static String duration(Duration duration) {
    long seconds = duration.toSeconds();
    if (seconds < 60) {
      return seconds + "s";
    }
    if (seconds < 3600) {
      return seconds / 60 + "m " + seconds % 60 + "s";
    }
    if (seconds < 86_400) {
      return seconds / 3600 + "h " + seconds % 3600 / 60 + "m";
    }
    return seconds / 86_400 + "d " + seconds % 86_400 / 3600 + "h";
  }
}
