package dev.sidewal.sqlite;

/**
 * Arithmetic on pages.
 *
 * @see <a href="https://www.sqlite.org/fileformat2.html#the_lock_byte_page">SQLite file format, The
 *     Lock-Byte Page</a>
 */
public final class Pages {

  /** The first byte that SQLite's locks use; the page that holds it never has content. */
  public static final long PENDING_BYTE = 0x4000_0000L;

  /** The largest page number that SQLite allows. */
  public static final long MAX_PAGE = 0xffff_fffeL;

  private Pages() {}

  /** Returns whether a number is a page size of SQLite: a power of two from 512 to 65536. */
  public static boolean isPageSize(long bytes) {
    return bytes >= 512 && bytes <= 65536 && Long.bitCount(bytes) == 1;
  }

  /** Returns the number of the page that holds the lock bytes. */
  public static long lockBytePage(int pageSize) {
    return PENDING_BYTE / pageSize + 1;
  }
}
