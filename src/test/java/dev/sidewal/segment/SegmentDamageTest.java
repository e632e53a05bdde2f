package dev.sidewal.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.sidewal.error.ExitCode;
import dev.sidewal.error.HistoryDamagedException;
import dev.sidewal.error.UnsupportedFormatException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** No byte of an object can change, be missing or be too many without being noticed. */
class SegmentDamageTest {

  private static byte[] small() {
    return Sample.random(ObjectKind.SEGMENT, 512, 6, 4, new Random(7))
        .options(new SegmentWriterOptions(1024, 3))
        .chunks(2, 1)
        .write();
  }

  private static void verify(byte[] bytes) throws IOException {
    SegmentReader.open(new MemorySource(bytes)).verifyAll();
  }

  private static void assertDamaged(byte[] bytes, String what) {
    Throwable failure = catchThrowable(() -> verify(bytes));
    assertThat(failure)
        .as(what)
        .isExactlyInstanceOf(HistoryDamagedException.class)
        .hasMessageStartingWith("generations/00000001/segments/test.segment is damaged: ");
  }

  @Test
  void everyFlippedBitIsDetected() throws IOException {
    byte[] bytes = small();
    verify(bytes);
    assertThat(SegmentReader.open(new MemorySource(bytes)).indexChunks()).isGreaterThan(2);
    for (int i = 0; i < bytes.length; i++) {
      for (int bit = 0; bit < 8; bit++) {
        byte[] changed = bytes.clone();
        changed[i] ^= (byte) (1 << bit);
        assertDamaged(changed, "bit " + bit + " of byte " + i);
        // A restore does not see the digest: the parts' own checks must do.
        assertThat(catchThrowable(() -> Sample.read(SegmentReader.open(new MemorySource(changed)))))
            .as("bit %s of byte %s, by part", bit, i)
            .isExactlyInstanceOf(HistoryDamagedException.class);
      }
    }
  }

  @Test
  void everyOtherByteValueIsDetectedInASnapshotHeaderAndFooter() {
    byte[] bytes = Sample.random(ObjectKind.SNAPSHOT, 512, 1, 3, new Random(8)).write();
    for (int i = 0; i < bytes.length; i++) {
      if (i < 100 || i > bytes.length - 140) {
        for (int value = 1; value < 256; value++) {
          byte[] changed = bytes.clone();
          changed[i] ^= (byte) value;
          assertDamaged(changed, "byte " + i);
        }
      }
    }
  }

  @Test
  void everyTruncationIsDetected() {
    byte[] bytes = small();
    for (int length = 0; length < bytes.length; length++) {
      assertDamaged(Arrays.copyOf(bytes, length), "cut to " + length);
      assertDamaged(
          Arrays.copyOfRange(bytes, bytes.length - length, bytes.length), "tail of " + length);
    }
  }

  @Test
  void everyAppendedByteIsDetected() {
    byte[] bytes = small();
    Random random = new Random(9);
    for (int more = 1; more < 300; more++) {
      byte[] longer = Arrays.copyOf(bytes, bytes.length + more);
      assertDamaged(longer, more + " zeros appended");
      byte[] noise = new byte[more];
      random.nextBytes(noise);
      System.arraycopy(noise, 0, longer, bytes.length, more);
      assertDamaged(longer, more + " bytes appended");
    }
    byte[] twice = Arrays.copyOf(bytes, bytes.length * 2);
    System.arraycopy(bytes, 0, twice, bytes.length, bytes.length);
    assertDamaged(twice, "appended to itself");
  }

  @Test
  void randomDamageIsDetected() {
    byte[] bytes = small();
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    for (int round = 0; round < 5000; round++) {
      byte[] changed = bytes.clone();
      int from = random.nextInt(changed.length);
      int to = Math.min(changed.length, from + 1 + random.nextInt(64));
      for (int i = from; i < to; i++) {
        changed[i] = (byte) (round % 2 == 0 ? 0 : random.nextInt());
      }
      if (!Arrays.equals(changed, bytes)) {
        assertDamaged(changed, "round " + round);
      }
    }
  }

  @Test
  void wholePartsInTheWrongPlaceAreDetected() {
    // Each part matches its own CRC32C; only what lies around it tells.
    List<Sample.Page> pages = new ArrayList<>();
    Random random = new Random(11);
    for (int i = 1; i <= 20; i++) {
      byte[] image = new byte[512];
      random.nextBytes(image);
      pages.add(new Sample.Page(i, image));
    }
    Sample sample =
        new Sample(Sample.header(ObjectKind.SEGMENT, 512, 1))
            .options(new SegmentWriterOptions(512, 3));
    byte[] bytes = sample.add(1, Sample.START, 20, false, pages).write();
    Anatomy anatomy = new Anatomy(bytes);
    // The number of a slot takes two bytes or three.
    int pair = 0;
    while (anatomy.parts.get(pair).stored.length != anatomy.parts.get(pair + 1).stored.length) {
      pair++;
    }
    assertThat(anatomy.parts.get(pair + 1).index).isFalse();
    int first = anatomy.parts.get(pair).offset;
    int second = anatomy.parts.get(pair + 1).offset;
    int length = second - first;
    byte[] swapped = bytes.clone();
    System.arraycopy(bytes, first, swapped, second, length);
    System.arraycopy(bytes, second, swapped, first, length);
    assertDamaged(swapped, "two blocks of the same length changed places");
    byte[] other = bytes.clone();
    byte[] header = HeaderCodec.encode(Sample.header(ObjectKind.PACK, 512, 1));
    System.arraycopy(header, 0, other, 0, header.length);
    assertDamaged(other, "the header of another object");
  }

  @Test
  void aNewerVersionOrKindIsToldFromDamage() {
    Anatomy version = new Anatomy(small());
    version.header[9] = 3;
    assertThatThrownBy(() -> verify(version.assemble()))
        .isExactlyInstanceOf(UnsupportedFormatException.class)
        .hasMessageContaining("test.segment")
        .hasMessageContaining("format version 3")
        .hasMessageContaining("upgrade Sidewal")
        .extracting(e -> ((HistoryDamagedException) e).exitCode())
        .isEqualTo(ExitCode.HISTORY_DAMAGED);
    Anatomy kind = new Anatomy(small());
    kind.header[10] = 5;
    assertThatThrownBy(() -> verify(kind.assemble()))
        .isExactlyInstanceOf(UnsupportedFormatException.class)
        .hasMessageContaining("object kind number 5");
  }

  @Test
  void aFailingSourceIsNotDamage() throws IOException {
    byte[] bytes = small();
    IOException failure = new IOException("connection reset");
    boolean[] fails = {true};
    SegmentSource source =
        new SegmentSource() {
          private final MemorySource good = new MemorySource(bytes);

          @Override
          public String name() {
            return good.name();
          }

          @Override
          public long length() {
            return good.length();
          }

          @Override
          public void read(long position, byte[] target, int offset, int length)
              throws IOException {
            if (fails[0]) {
              throw failure;
            }
            good.read(position, target, offset, length);
          }
        };
    assertThatThrownBy(() -> SegmentReader.open(source)).isSameAs(failure);
    fails[0] = false;
    SegmentReader reader = SegmentReader.open(source);
    fails[0] = true;
    assertThatThrownBy(reader::verifyAll).isSameAs(failure);
  }
}
