package dev.sidewal.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.testing.GeneratedPayload;
import java.io.InputStream;
import org.junit.jupiter.api.Test;

/** How uploads are cut into parts. */
class PartsTest {

  private static final long MIB = 1L << 20;
  private static final long TIB = 1L << 40;

  @Test
  void tenThousandPartsAreAlwaysEnough() {
    assertThat(PartSizes.forLength(16 * MIB + 1)).isEqualTo(8 * MIB);
    assertThat(PartSizes.forLength(10_000 * 8 * MIB)).isEqualTo(8 * MIB);
    assertThat(PartSizes.forLength(10_000 * 8 * MIB + 1)).isEqualTo(9 * MIB);
    assertThat(5 * TIB / PartSizes.forLength(5 * TIB)).isLessThanOrEqualTo(PartSizes.MAX_PARTS);

    long total = 0;
    for (int number = 1; number <= PartSizes.MAX_PARTS; number++) {
      long size = PartSizes.ofNumber(number);
      assertThat(size).isBetween(5 * MIB, 5 * 1024 * MIB);
      total += size;
    }
    assertThat(total).isGreaterThanOrEqualTo(5 * TIB);
  }

  @Test
  void aPartLargerThanMemoryGoesToAFile() throws Exception {
    try (PartBuffer buffer = new PartBuffer(100_000)) {
      for (int round = 0; round < 3; round++) {
        GeneratedPayload payload = new GeneratedPayload(round, 250_000 + round);
        try (InputStream in = payload.open()) {
          byte[] chunk = new byte[7_001];
          for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
            buffer.append(chunk, 0, n);
          }
        }
        assertThat(buffer.length()).isEqualTo(payload.length());
        assertThat(GeneratedPayload.crc(buffer.open())).isEqualTo(payload.crc());
        assertThat(GeneratedPayload.crc(buffer.open())).as("again").isEqualTo(payload.crc());
        buffer.clear();
        assertThat(buffer.open().read()).isEqualTo(-1);
      }
    }
  }
}
