package dev.sidewal.segment;

/**
 * Reads unsigned varints and bytes within bounds. What ends too early reads as -1 and is not {@link
 * #isSound}: nothing is thrown, so that the caller can say where it is. Not thread-safe.
 */
final class VarintReader {

  private final byte[] bytes;
  private final int end;
  private int at;
  private boolean broken;

  VarintReader(byte[] bytes, int from, int to) {
    this.bytes = bytes;
    this.at = from;
    this.end = to;
  }

  /** Returns the next number, at most 63 bits; -1 if there is none. */
  long next() {
    long value = 0;
    for (int shift = 0; shift < 63 && at < end; shift += 7) {
      int b = bytes[at++];
      value |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        return value;
      }
    }
    broken = true;
    at = end;
    return -1;
  }

  /** Takes bytes over; false if there are fewer. */
  boolean bytes(byte[] target, int offset, int count) {
    if (count > end - at) {
      broken = true;
      return false;
    }
    System.arraycopy(bytes, at, target, offset, count);
    at += count;
    return true;
  }

  /** Passes over bytes; returns where they begin, -1 if there are fewer. */
  int skip(long count) {
    if (count < 0 || count > end - at) {
      broken = true;
      return -1;
    }
    int begin = at;
    at += (int) count;
    return begin;
  }

  boolean hasMore() {
    return at < end;
  }

  /** Returns whether everything that was asked for was there. */
  boolean isSound() {
    return !broken;
  }
}
