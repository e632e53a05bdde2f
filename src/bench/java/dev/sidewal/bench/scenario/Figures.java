package dev.sidewal.bench.scenario;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The figures of one run, while they are collected. */
final class Figures {

  private final Map<String, Double> values = new LinkedHashMap<>();

  Figures put(String key, double value) {
    values.put(key, value);
    return this;
  }

  Figures put(String key, Duration value) {
    return put(key, value.toNanos() / 1e9);
  }

  /** Takes some of what a writer measured. */
  Figures take(Map<String, String> measured, List<String> keys) {
    keys.forEach(key -> values.put(key, Double.parseDouble(measured.get(key))));
    return this;
  }

  Map<String, Double> map() {
    return values;
  }
}
