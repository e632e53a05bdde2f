package dev.sidewal.sqlite;

/**
 * Where the fields of a frame header lie.
 *
 * <pre>
 *  0  4  page number
 *  4  4  database size in pages after the commit, or 0 if the frame does not end a transaction
 *  8  4  salt-1
 * 12  4  salt-2
 * 16  4  checksum-1, running from the log's header over bytes 0 … 7 and the page of every frame
 * 20  4  checksum-2
 * </pre>
 *
 * @see <a href="https://www.sqlite.org/fileformat2.html#the_wal_file_format">SQLite file format,
 *     WAL File Format</a>
 */
final class WalFrame {

  static final int HEADER_LENGTH = 24;
  static final int PAGE_NUMBER = 0;
  static final int COMMIT_SIZE = 4;
  static final int SALT_1 = 8;
  static final int SALT_2 = 12;
  static final int CHECKSUM_1 = 16;
  static final int CHECKSUM_2 = 20;
  static final int CHECKED_PREFIX = 8;

  private WalFrame() {}
}
