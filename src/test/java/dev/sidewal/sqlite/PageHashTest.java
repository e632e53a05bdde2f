package dev.sidewal.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The page hash is part of the format: its values never change. */
class PageHashTest {

  /** The expected values come from xxHash's own implementation and the formula in Python. */
  @Test
  void knownValues() {
    byte[] zeros = new byte[512];
    byte[] counting = new byte[65536];
    for (int i = 0; i < counting.length; i++) {
      counting[i] = (byte) (i * 31 + (i >>> 8));
    }
    assertThat(PageHash.hash(1, zeros, 0, 512)).isEqualTo(0x1d495b8b39d51c88L);
    assertThat(PageHash.hash(2, zeros, 0, 512)).isEqualTo(0x49d9cb59ecf48571L);
    assertThat(PageHash.hash(0xffff_fffeL, counting, 0, 4096)).isEqualTo(0x11b78cd3adcb8872L);
    assertThat(PageHash.hash(7, counting, 0, 65536)).isEqualTo(0x40e9f7a820965f6bL);
  }

  @Test
  void offsetDoesNotMatter() {
    byte[] page = new byte[3000];
    new java.util.Random(1).nextBytes(page);
    byte[] alone = java.util.Arrays.copyOfRange(page, 100, 1124);
    assertThat(PageHash.hash(9, page, 100, 1024)).isEqualTo(PageHash.hash(9, alone, 0, 1024));
  }

  @Test
  void placeAndContentCount() {
    byte[] page = new byte[1024];
    long hash = PageHash.hash(5, page, 0, 1024);
    assertThat(PageHash.hash(6, page, 0, 1024)).isNotEqualTo(hash);
    page[1023] = 1;
    assertThat(PageHash.hash(5, page, 0, 1024)).isNotEqualTo(hash);
  }
}
