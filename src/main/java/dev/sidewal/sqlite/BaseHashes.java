package dev.sidewal.sqlite;

import java.io.IOException;
import java.nio.file.Path;

/**
 * The page hashes of the database as of one transaction, 8 bytes a page in a memory-mapped file. A
 * delta holds the pages whose hash is another one now. Not safe for use by several threads.
 */
public final class BaseHashes implements AutoCloseable {

  private final LongTable hashes;

  private BaseHashes(LongTable hashes) {
    this.hashes = hashes;
  }

  /** Makes an empty table in a new file, or over an old one. */
  public static BaseHashes create(Path file) throws IOException {
    return new BaseHashes(new LongTable(file));
  }

  /** Opens the table that was left in a file. */
  public static BaseHashes reopen(Path file) throws IOException {
    return new BaseHashes(LongTable.reopen(file));
  }

  /** Sets a page's hash. */
  public void put(long page, long hash) throws IOException {
    hashes.ensure(page);
    hashes.put(page, hash);
  }

  /** Returns a page's hash, 0 if none was set. */
  public long hashOf(long page) {
    return hashes.get(page);
  }

  /**
   * Returns the database checksum that the hashes make up.
   *
   * @param pages the database's size in pages
   * @param pageSize bytes a page
   */
  public long checksum(long pages, int pageSize) {
    long lockBytePage = Pages.lockBytePage(pageSize);
    long sum = 0;
    for (long p = 1; p <= pages; p++) {
      if (p != lockBytePage) {
        sum ^= hashes.get(p);
      }
    }
    return sum;
  }

  @Override
  public void close() {
    hashes.close();
  }
}
