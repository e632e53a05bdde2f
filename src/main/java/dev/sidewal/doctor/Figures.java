package dev.sidewal.doctor;

import java.time.Duration;
import java.util.Locale;

/** How figures look in findings. */
final class Figures {

  private static final String[] UNITS = {"KiB", "MiB", "GiB", "TiB"};

  private Figures() {}

  /** Returns a number of bytes with a unit. */
  static String bytes(long bytes) {
    double value = bytes;
    int unit = -1;
    while (value >= 1023.95 && unit < UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    return unit < 0 ? bytes + " B" : String.format(Locale.ROOT, "%.1f %s", value, UNITS[unit]);
  }

  /** Returns a duration in its largest unit, with one decimal below a minute. */
  static String duration(Duration duration) {
    long seconds = duration.toSeconds();
    return seconds < 60
        ? String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1e3)
        : seconds < 3600
            ? seconds / 60 + " min"
            : seconds < 172_800 ? seconds / 3600 + " h" : seconds / 86_400 + " days";
  }
}
