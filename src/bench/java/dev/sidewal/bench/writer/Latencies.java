package dev.sidewal.bench.writer;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** How long each of many commits took, in nanoseconds. */
final class Latencies {

  private long[] values;
  private int count;

  Latencies(int expected) {
    values = new long[expected];
  }

  void add(long nanos) {
    if (count == values.length) {
      values = Arrays.copyOf(values, count * 2);
    }
    values[count++] = nanos;
  }

  /** Returns the percentiles in microseconds (nearest rank), and the sum in seconds. */
  Map<String, String> figures() {
    long[] sorted = Arrays.copyOf(values, count);
    Arrays.sort(sorted);
    Map<String, String> figures = new LinkedHashMap<>();
    figures.put("p50", micros(sorted, 0.5));
    figures.put("p99", micros(sorted, 0.99));
    figures.put("p999", micros(sorted, 0.999));
    figures.put("max", micros(sorted, 1));
    figures.put("busy", Double.toString(Arrays.stream(sorted).sum() / 1e9));
    return figures;
  }

  private static String micros(long[] sorted, double share) {
    if (sorted.length == 0) {
      return "0"; // A warm-up that had no time left.
    }
    int rank = (int) Math.ceil(share * sorted.length);
    return Double.toString(sorted[Math.max(1, rank) - 1] / 1e3);
  }
}
