package dev.sidewal.torture;

import java.util.Random;

/** Derives independent random choices from one seed. */
final class Seeds {

  private Seeds() {}

  /** Returns a seed that depends on all of the given numbers. */
  static long mix(long seed, long... path) {
    long mixed = seed;
    for (long step : path) {
      mixed = (mixed ^ step) * 0x9E3779B97F4A7C15L;
      mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
      mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
      mixed ^= mixed >>> 31;
    }
    return mixed;
  }

  /** Returns the choices for one place, whatever was chosen elsewhere. */
  static Random random(long seed, long... path) {
    return new Random(mix(seed, path));
  }

  /** Returns one of several values. */
  @SafeVarargs
  static <T> T oneOf(Random random, T... values) {
    return values[random.nextInt(values.length)];
  }
}
