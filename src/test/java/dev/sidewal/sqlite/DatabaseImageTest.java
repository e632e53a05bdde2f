package dev.sidewal.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatabaseImageTest {

  private static final int PAGE = 512;

  @TempDir Path dir;

  /** Random commits that grow, shrink and regrow the database, against a plain map of its pages. */
  @Test
  void theChecksumIsThatOfTheWhole() throws Exception {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("DatabaseImageTest seed " + seed);
    Random random = new Random(seed);
    TreeMap<Long, byte[]> pages = new TreeMap<>();
    try (DatabaseImage image = new DatabaseImage(dir, PAGE)) {
      image.startAt(5);
      for (long p = 1; p <= 5; p++) {
        byte[] content = content(random);
        pages.put(p, content);
        image.readFromFile(p, PageHash.hash(p, content, 0, PAGE));
      }
      image.seal();
      assertThat(image.checksum()).isEqualTo(expected(pages));
      long frame = 0;
      for (int commit = 0; commit < 2000; commit++) {
        long size = 1L + random.nextInt(60);
        int frames = 1 + random.nextInt(8);
        for (int i = 0; i < frames; i++) {
          // Some lie behind the size that the commit ends with: a cache spill before a shrink.
          long page = 1L + random.nextInt(70);
          byte[] content = content(random);
          image.frame(
              page, PageHash.hash(page, content, 0, PAGE), DatabaseImage.origin(1, ++frame));
          pages.put(page, content);
        }
        image.commit(size);
        pages.tailMap(size, false).clear();
        for (long p = 1; p <= size; p++) {
          pages.putIfAbsent(p, new byte[PAGE]);
        }
        assertThat(image.pages()).isEqualTo(size);
        assertThat(image.checksum()).as("commit %d", commit).isEqualTo(expected(pages));
      }
    }
  }

  /** What the lock-byte page would be must not count; page size 65536 has it at page 16385. */
  @Test
  void theLockBytePageHasNoHash() throws Exception {
    long lock = Pages.lockBytePage(65536);
    try (DatabaseImage image = new DatabaseImage(dir, 65536)) {
      image.startAt(lock - 1);
      image.seal();
      long before = image.checksum();
      image.commit(lock);
      assertThat(image.checksum()).isEqualTo(before);
      image.commit(lock + 1);
      assertThat(image.checksum())
          .isEqualTo(before ^ PageHash.hash(lock + 1, new byte[65536], 0, 65536));
      image.commit(lock - 1);
      assertThat(image.checksum()).isEqualTo(before);
    }
  }

  private static byte[] content(Random random) {
    byte[] content = new byte[PAGE];
    if (random.nextInt(4) > 0) {
      random.nextBytes(content);
    }
    return content;
  }

  private static long expected(Map<Long, byte[]> pages) {
    long sum = 0;
    for (var page : pages.entrySet()) {
      sum ^= PageHash.hash(page.getKey(), page.getValue(), 0, PAGE);
    }
    return sum;
  }
}
