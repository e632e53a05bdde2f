package dev.sidewal.bench.micro;

import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * One line of the table.
 *
 * @param benchmark the benchmark's class and method, as {@code HashBenchmark.hash}
 * @param workload what it was done with, if there is a choice
 * @param what with its unit
 * @param amount how much one go does, in that unit
 * @param limit what it is held against
 */
record Line(
    String benchmark, Optional<Workload> workload, String what, double amount, Limit limit) {

  /** What the machine can do at most. */
  record Limit(String name, ToDoubleFunction<Speeds> speed) {
    static final Limit NONE = new Limit("", speeds -> Double.NaN);
    static final Limit COPY = new Limit("memory copy", s -> s.of("LimitsBenchmark.copy"));

    static Limit zstd(String method, Workload workload) {
      return new Limit(
          "zstd -1, " + method, s -> s.of("LimitsBenchmark." + method + "/" + workload));
    }

    static Limit zstdBoth(Workload workload) {
      ToDoubleFunction<Speeds> out = zstd("decompress", workload).speed();
      ToDoubleFunction<Speeds> in = zstd("compress", workload).speed();
      return new Limit(
          "zstd -1, both", s -> 1 / (1 / out.applyAsDouble(s) + 1 / in.applyAsDouble(s)));
    }
  }

  /** What was measured. */
  interface Speeds {
    /** Returns how much a second; NaN if it was not measured. */
    double of(String id);
  }

  String id() {
    return benchmark + workload.map(w -> "/" + w).orElse("");
  }
}
