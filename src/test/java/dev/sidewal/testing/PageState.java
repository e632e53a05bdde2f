package dev.sidewal.testing;

import dev.sidewal.sqlite.PageHash;
import java.util.HashMap;
import java.util.Map;

/**
 * A database as the hashes of its pages: enough to tell its checksum after any change. A page that
 * was never written counts as zeros; the lock-byte page does not count. Not thread-safe.
 */
final class PageState {

  private final int pageSize;
  private final long lockBytePage;
  private final byte[] zeros;
  private final Map<Long, Long> hashes;
  private long pages;
  private long checksum;

  /** Makes a database without pages. */
  PageState(int pageSize) {
    this.pageSize = pageSize;
    this.lockBytePage = 0x4000_0000L / pageSize + 1;
    this.zeros = new byte[pageSize];
    this.hashes = new HashMap<>();
  }

  private PageState(PageState other) {
    this.pageSize = other.pageSize;
    this.lockBytePage = other.lockBytePage;
    this.zeros = other.zeros;
    this.hashes = new HashMap<>(other.hashes);
    this.pages = other.pages;
    this.checksum = other.checksum;
  }

  PageState copy() {
    return new PageState(this);
  }

  /** Applies what one transaction wrote, and makes the database as long as it says. */
  void apply(Map<Long, Long> written, long newPages) {
    for (long page = newPages + 1; page <= pages; page++) {
      checksum ^= contribution(page, hashes.remove(page));
    }
    for (long page = pages + 1; page <= newPages; page++) {
      set(page, PageHash.hash(page, zeros, 0, pageSize), 0);
    }
    pages = newPages;
    written.forEach(
        (page, hash) -> {
          if (page <= newPages) {
            set(page, hash, contribution(page, hashes.get(page)));
          }
        });
  }

  private void set(long page, long hash, long before) {
    hashes.put(page, hash);
    checksum ^= before ^ contribution(page, hash);
  }

  private long contribution(long page, Long hash) {
    return page == lockBytePage || hash == null ? 0 : hash;
  }

  /** Returns whether a page is there and has a hash. */
  boolean has(long page, long hash) {
    Long mine = hashes.get(page);
    return mine != null && mine == hash;
  }

  /** Returns whether two databases are of the same length and have the same pages. */
  boolean isSameAs(PageState other) {
    return pages == other.pages
        && hashes.entrySet().stream()
            .allMatch(e -> e.getKey() == lockBytePage || other.has(e.getKey(), e.getValue()));
  }

  /** Returns how many pages it has. */
  long pages() {
    return pages;
  }

  /** Returns the database checksum. */
  long checksum() {
    return checksum;
  }
}
