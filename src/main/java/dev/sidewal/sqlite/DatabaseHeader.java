package dev.sidewal.sqlite;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * What Sidewal needs of the first 100 bytes of a database file.
 *
 * @param pageSize bytes a page, a power of two from 512 to 65536
 * @param wal whether both format versions say that the file is in WAL mode
 * @see <a href="https://www.sqlite.org/fileformat2.html#the_database_header">SQLite file format,
 *     The Database Header</a>
 */
public record DatabaseHeader(int pageSize, boolean wal) {

  /** The header's length in bytes. */
  public static final int LENGTH = 100;

  private static final byte[] MAGIC = "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII);
  private static final int WAL_VERSION = 2;

  /** Reads a header; empty if the bytes are not that of a SQLite database. */
  public static Optional<DatabaseHeader> parse(byte[] bytes) {
    if (bytes.length < LENGTH || !Arrays.equals(bytes, 0, 16, MAGIC, 0, 16)) {
      return Optional.empty();
    }
    int raw = ByteBuffer.wrap(bytes).getShort(16) & 0xffff;
    int pageSize = raw == 1 ? 65536 : raw;
    if (!Pages.isPageSize(pageSize)) {
      return Optional.empty();
    }
    return Optional.of(
        new DatabaseHeader(pageSize, bytes[18] == WAL_VERSION && bytes[19] == WAL_VERSION));
  }
}
