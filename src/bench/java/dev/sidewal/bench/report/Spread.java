package dev.sidewal.bench.report;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The same figure of several runs: its median, and between what they all lie.
 *
 * @param values of every run, in the order of the runs
 */
public record Spread(double median, double min, double max, List<Double> values) {

  /** Returns the spread of some values; empty if there are none. */
  public static Optional<Spread> of(List<Double> values) {
    if (values.isEmpty()) {
      return Optional.empty();
    }
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return Optional.of(
        new Spread(median(sorted), sorted[0], sorted[sorted.length - 1], List.copyOf(values)));
  }

  /** Returns the middle one, or the mean of the two in the middle. */
  private static double median(double[] sorted) {
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  /**
   * Returns the smallest of some values that at least a share of them do not exceed (nearest rank).
   */
  public static double percentile(double[] values, double share) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int rank = (int) Math.ceil(share * sorted.length);
    return sorted[Math.min(sorted.length, Math.max(1, rank)) - 1];
  }

  /** Returns the median, and the extremes behind it if they differ. */
  public String text(Precision precision) {
    String middle = precision.text(median);
    String low = precision.text(min);
    String high = precision.text(max);
    return low.equals(high) ? middle : String.format(Locale.ROOT, "%s (%s…%s)", middle, low, high);
  }

  /** How many digits a figure has. */
  public interface Precision {
    /** Returns the figure as text. */
    String text(double value);

    /** Three significant digits, as a plain number with commas between thousands. */
    static Precision significant() {
      return value -> {
        double size = Math.abs(value);
        int decimals = size == 0 || size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 ? 2 : 3;
        return String.format(Locale.ROOT, "%,." + decimals + "f", value);
      };
    }
  }
}
