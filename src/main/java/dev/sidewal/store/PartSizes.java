package dev.sidewal.store;

/**
 * How objects are cut into parts. S3 takes up to 10,000 parts of 5 MiB to 5 GiB each, and 5 TiB in
 * all (https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html).
 */
final class PartSizes {

  /** Objects of known length up to this many bytes are written by a single PUT. */
  static final long SINGLE_PUT = 16L << 20;

  /** The most parts that an upload may have. */
  static final int MAX_PARTS = 10_000;

  private static final long MIB = 1L << 20;
  private static final long SMALLEST = 8 * MIB;

  private PartSizes() {}

  /** Returns the size of every part but the last, in bytes, of an object of known length. */
  static long forLength(long length) {
    long needed = (length + MAX_PARTS - 1) / MAX_PARTS;
    return Math.max(SMALLEST, (needed + MIB - 1) / MIB * MIB);
  }

  /**
   * Returns the size in bytes of a part of an object whose length is not known: equal parts up to
   * 40 GB, then growing such that the last one ends beyond 5 TiB.
   *
   * @param number 1 … {@link #MAX_PARTS}
   */
  static long ofNumber(int number) {
    if (number <= 5_000) {
      return SMALLEST;
    }
    if (number <= 6_000) {
      return 16 * MIB;
    }
    return number <= 7_000 ? 128 * MIB : 2048 * MIB;
  }
}
