package dev.sidewal.sqlite;

/**
 * What of a database was copied.
 *
 * @param pageSize bytes a page
 * @param pages how many pages the database has; 0 for one that is empty
 * @param checksum the database checksum
 */
public record CopiedPages(int pageSize, long pages, long checksum) {

  /** Returns the database's length in bytes. */
  public long bytes() {
    return pages * pageSize;
  }
}
