package dev.sidewal.restore;

/**
 * The page that SQLite never uses because its locks lie there. It is not part of the history and
 * not of the database checksum, and is zeros in a restored file. See "The Lock-Byte Page" in
 * https://www.sqlite.org/fileformat2.html.
 */
final class LockBytePage {

  private static final long OFFSET = 0x4000_0000L;

  private LockBytePage() {}

  /** Returns its number, which may lie beyond the database's end. */
  static long number(int pageSize) {
    return OFFSET / pageSize + 1;
  }
}
