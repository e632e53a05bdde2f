package dev.sidewal.bench.writer;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** The time that processes of one machine agree on. */
final class Clocks {

  private Clocks() {}

  /** Returns the microseconds since 1970. */
  static long micros() {
    return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
  }
}
