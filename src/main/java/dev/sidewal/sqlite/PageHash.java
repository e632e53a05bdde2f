package dev.sidewal.sqlite;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;

/**
 * The 64-bit hash of a page and its number, of which the database checksum is the XOR.
 *
 * <p>{@code hash = mix(xxh3_64(content) + number * 0x9E3779B97F4A7C15)}, where {@code xxh3_64} is
 * XXH3 with 64 bits and without a seed, and {@code mix} is the 64-bit finalizer of MurmurHash3. The
 * page number enters so that two exchanged pages are noticed. Safe for use by several threads.
 */
public final class PageHash {

  private static final Hasher64 XXH3 = Hashing.xxh3_64();
  private static final long NUMBER_FACTOR = 0x9E3779B97F4A7C15L;

  private PageHash() {}

  /**
   * Hashes one page.
   *
   * @param pageNumber the page's number, 1 … 0xfffffffe
   * @param page holds the content
   * @param offset where the content begins
   * @param length the page size in bytes
   */
  public static long hash(long pageNumber, byte[] page, int offset, int length) {
    return withNumber(pageNumber, content(page, offset, length));
  }

  /** Returns the part of the hash that does not depend on the page's number. */
  public static long content(byte[] page, int offset, int length) {
    return XXH3.hashBytesToLong(page, offset, length);
  }

  /** Returns the hash of a page from the hash of its content. */
  public static long withNumber(long pageNumber, long contentHash) {
    long h = contentHash + pageNumber * NUMBER_FACTOR;
    h ^= h >>> 33;
    h *= 0xff51afd7ed558ccdL;
    h ^= h >>> 33;
    h *= 0xc4ceb9fe1a85ec53L;
    return h ^ (h >>> 33);
  }
}
