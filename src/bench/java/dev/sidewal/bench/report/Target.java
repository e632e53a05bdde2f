package dev.sidewal.bench.report;

import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a figure is to reach.
 *
 * @param text as the table shows it
 */
public record Target(String text, Bound bound) {

  /** The least or the most that is still good. */
  @FunctionalInterface
  public interface Bound {
    /** Tells whether a figure is good; empty if there is nothing to say for this Java. */
    Optional<Boolean> met(double value, OptionalInt java);
  }

  /** The figure must be this or less. */
  public static Target atMost(double most, String unit) {
    return new Target("≤ " + number(most) + unit, (value, java) -> Optional.of(value <= most));
  }

  /** The figure must be this or more. */
  public static Target atLeast(double least, String unit) {
    return new Target("≥ " + number(least) + unit, (value, java) -> Optional.of(value >= least));
  }

  /** The figure must be this or less, with one bound for Java 25 and newer and one for older. */
  public static Target atMost(double newer, double older, String unit) {
    return new Target(
        "≤ " + number(newer) + unit + " on 25, ≤ " + number(older) + unit,
        (value, java) ->
            java.isEmpty()
                ? Optional.empty()
                : Optional.of(value <= (java.getAsInt() >= 25 ? newer : older)));
  }

  private static String number(double value) {
    return value == Math.rint(value)
        ? String.format(Locale.ROOT, "%,.0f", value)
        : String.format(Locale.ROOT, "%s", value);
  }
}
