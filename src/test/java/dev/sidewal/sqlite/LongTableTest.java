package dev.sidewal.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LongTableTest {

  @TempDir Path dir;

  @Test
  void keepsEveryEntryWhileItGrows() throws Exception {
    Path file = dir.resolve("table");
    int entries = 600_000;
    try (LongTable table = new LongTable(file)) {
      for (int i = 0; i < entries; i++) {
        table.ensure(i);
        assertThat(table.get(i)).isZero();
        table.put(i, ~(long) i);
      }
      for (int i = 0; i < entries; i++) {
        assertThat(table.get(i)).isEqualTo(~(long) i);
      }
      assertThat(table.get(1L << 40)).isZero();
    }
    assertThat(Files.size(file)).isBetween(8L * entries, 16L * entries);
  }
}
