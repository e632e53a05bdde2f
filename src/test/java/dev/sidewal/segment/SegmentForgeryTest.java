package dev.sidewal.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.github.luben.zstd.Zstd;
import com.sun.management.ThreadMXBean;
import dev.sidewal.error.HistoryDamagedException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * Objects whose checksums are right and whose content lies, so that the lies reach the parsers:
 * they end in {@link HistoryDamagedException} or are harmless, and never cost much memory.
 */
class SegmentForgeryTest {

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static byte[] original() {
    return Sample.random(ObjectKind.SEGMENT, 512, 6, 4, new Random(7))
        .options(new SegmentWriterOptions(1024, 3))
        .chunks(2, 1)
        .write();
  }

  /** Reads all there is by every way; returns the failure, or null. */
  private static Throwable readAll(byte[] bytes) {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    Throwable failure =
        catchThrowable(
            () -> {
              SegmentReader reader = SegmentReader.open(new MemorySource(bytes));
              Throwable verified = catchThrowable(reader::verifyAll);
              Throwable walked = catchThrowable(() -> Sample.read(reader));
              if (verified == null && walked != null) {
                throw new AssertionError("verified, but cannot be read", walked);
              }
              if (verified != null) {
                throw verified;
              }
            });
    long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
    assertThat(allocated).as("allocated; failure %s", failure).isLessThan(8L << 20);
    return failure;
  }

  @Test
  void theAnatomyIsRight() {
    byte[] bytes = original();
    assertThat(new Anatomy(bytes).assemble()).isEqualTo(bytes);
    assertThat(readAll(bytes)).isNull();
    Anatomy recompressed = new Anatomy(bytes);
    recompressed.change(recompressed.chunk(1), recompressed.chunk(1).raw);
    recompressed.mendTable();
    assertThat(readAll(recompressed.assemble())).isNull();
  }

  @Test
  void everyKnownLieIsDamage() {
    Map<String, Consumer<Anatomy>> lies = new LinkedHashMap<>();
    lies.put("version 0", a -> a.header[9] = 0);
    lies.put("reserved byte", a -> a.header[11] = 1);
    lies.put("reserved word", a -> a.header[39] = 1);
    lies.put("page size 513", a -> a.header[15] = 1);
    lies.put("page size 1024", a -> a.header[14] = 4);
    lies.put("page size 0", a -> a.header[14] = 0);
    lies.put("generation 0", a -> Arrays.fill(a.header, 32, 36, (byte) 0));
    lies.put("first txid 0", a -> Arrays.fill(a.header, 40, 48, (byte) 0));
    lies.put("first txid -1", a -> Arrays.fill(a.header, 40, 48, (byte) -1));
    lies.put("base pages -1", a -> Arrays.fill(a.header, 48, 56, (byte) -1));
    lies.put("kind snapshot", a -> a.header[10] = 3);
    lies.put("kind delta", a -> a.header[10] = 4);
    lies.put("no parts at all", a -> a.parts.clear());
    lies.put("a block missing", a -> a.parts.remove(0));
    lies.put("a block twice", a -> a.parts.add(0, a.parts.get(0)));
    lies.put("blocks swapped", a -> a.parts.add(0, a.parts.remove(1)));
    lies.put("block of no pages", a -> a.change(a.parts.get(0), new byte[0]));
    lies.put("block of half a page", a -> a.change(a.parts.get(0), new byte[700]));
    lies.put("huge stored length", a -> a.parts.get(0).storedLength = Integer.MAX_VALUE);
    lies.put("negative stored length", a -> a.parts.get(0).storedLength = -1);
    lies.put("stored length 0", a -> a.parts.get(0).storedLength = 0);
    lies.put("huge raw length", a -> a.parts.get(0).rawLength = 0x7ffffe00);
    lies.put("raw length of 16 MiB", a -> a.parts.get(0).rawLength = 16 << 20);
    lies.put("negative raw length", a -> a.parts.get(0).rawLength = -512);
    lies.put("chunk: huge raw length", a -> a.chunk(0).rawLength = Integer.MAX_VALUE);
    lies.put("chunk: raw length 2 MiB", a -> a.chunk(0).rawLength = 2 << 20);
    lies.put("chunk: stored length", a -> a.chunk(0).storedLength = 1);
    lies.put("chunk is not zstd", a -> Arrays.fill(a.chunk(0).stored, (byte) 7));
    lies.put("block is not zstd", a -> Arrays.fill(a.parts.get(0).stored, (byte) 7));
    int[] eightBytes = {0, 8, 16, 24, 32, 40, 48, 56};
    for (int at : eightBytes) {
      for (long value : new long[] {0, -1, 1L << 62, Long.MIN_VALUE, 1, 1L << 33}) {
        lies.put("footer field " + at + " = " + value, a -> a.footerField(at).putLong(value));
      }
    }
    for (int at : new int[] {72, 80}) {
      for (int value : new int[] {0, -1, Integer.MAX_VALUE, 1, 1 << 19, 1 << 24}) {
        lies.put("footer field " + at + " = " + value, a -> a.footerField(at).putInt(value));
      }
    }
    lies.put(
        "footer of 16 MiB",
        a -> {
          a.footerField(72).putInt(1 << 19);
          a.footerField(80).putInt((1 << 24) + 92);
        });
    for (int chunk = 0; chunk < 3; chunk++) {
      int n = chunk;
      for (long value : new long[] {-1, 1L << 40, Long.MIN_VALUE, 1000, 2 << 20, 2_000_000_000}) {
        for (int at : new int[] {0, 16, 24}) {
          lies.put(
              "table " + n + " field " + at + " = " + value,
              a -> a.tableField(n, at).putLong(value));
        }
        for (int at : new int[] {8, 12}) {
          lies.put(
              "table " + n + " field " + at + " = " + (int) value,
              a -> a.tableField(n, at).putInt((int) value));
        }
      }
    }
    lies.put(
        "frames and transactions without end, consistently",
        a -> {
          a.tableField(0, 16).putLong(2 << 20);
          a.tableField(0, 24).putLong(2 << 20);
        });
    lies.forEach(
        (what, lie) -> {
          Anatomy anatomy = new Anatomy(original());
          lie.accept(anatomy);
          byte[] forged = anatomy.assemble();
          if (!Arrays.equals(forged, original())) {
            assertThat(readAll(forged)).as(what).isExactlyInstanceOf(HistoryDamagedException.class);
          }
        });
  }

  @Test
  void mutatedOpsNeverDoWorse() {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    byte[] bytes = original();
    int damaged = 0;
    int rounds = 20_000;
    for (int round = 0; round < rounds; round++) {
      Anatomy anatomy = new Anatomy(bytes);
      int chunks = anatomy.footer.length / 32 - 2;
      Anatomy.Part chunk = anatomy.chunk(random.nextInt(chunks));
      byte[] raw = chunk.raw.clone();
      for (int n = random.nextInt(3); n >= 0; n--) {
        raw = mutate(raw, random);
      }
      anatomy.change(chunk, raw);
      anatomy.mendTable();
      Throwable failure = readAll(anatomy.assemble());
      if (failure != null) {
        assertThat(failure)
            .as("round %s", round)
            .isExactlyInstanceOf(HistoryDamagedException.class);
        damaged++;
      }
    }
    System.out.println(damaged + " of " + rounds + " forgeries are damage, the rest harmless");
    assertThat(damaged).isBetween(rounds / 2, rounds - 1);
  }

  private static byte[] mutate(byte[] raw, Random random) {
    if (raw.length == 0) {
      return new byte[] {(byte) random.nextInt()};
    }
    int at = random.nextInt(raw.length);
    byte[] varint = new byte[1 + random.nextInt(11)];
    Arrays.fill(varint, (byte) (random.nextBoolean() ? 0xff : 0x80));
    varint[varint.length - 1] &= 0x7f;
    switch (random.nextInt(5)) {
      case 0 -> {
        raw[at] = (byte) random.nextInt();
        return raw;
      }
      case 1 -> {
        raw[at] ^= (byte) (1 << random.nextInt(8));
        return raw;
      }
      case 2 -> {
        return Arrays.copyOf(raw, at);
      }
      case 3 -> {
        // A very large number instead of a small one.
        return splice(raw, at, varint, at + 1);
      }
      default -> {
        int to = Math.min(raw.length, at + 1 + random.nextInt(20));
        return splice(raw, at, Arrays.copyOfRange(raw, at, to), at);
      }
    }
  }

  private static byte[] splice(byte[] raw, int to, byte[] insert, int from) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(raw, 0, to);
    out.writeBytes(insert);
    out.write(raw, from, raw.length - from);
    return out.toByteArray();
  }

  @Test
  void mutatedHeadersAndFootersNeverDoWorse() {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    byte[] bytes = original();
    for (int round = 0; round < 20_000; round++) {
      Anatomy anatomy = new Anatomy(bytes);
      byte[] target = random.nextInt(3) == 0 ? anatomy.header : anatomy.footer;
      for (int n = random.nextInt(4); n >= 0; n--) {
        target[random.nextInt(target.length)] =
            (byte) (random.nextBoolean() ? -random.nextInt(2) : random.nextInt());
      }
      Throwable failure = readAll(anatomy.assemble());
      if (failure != null) {
        assertThat(failure).as("round %s", round).isInstanceOf(HistoryDamagedException.class);
      }
    }
  }

  @Test
  void aFrameThatGrowsBeyondItsRawLengthIsDamage() throws IOException {
    Anatomy anatomy = new Anatomy(original());
    Anatomy.Part block = anatomy.parts.get(0);
    // 64 MiB of zeros in a block that says to hold two pages.
    byte[] bomb = Zstd.compress(new byte[64 << 20], 3);
    block.stored = bomb;
    anatomy.mendTable();
    Throwable failure = readAll(anatomy.assemble());
    assertThat(failure).isExactlyInstanceOf(HistoryDamagedException.class);
    // By the reader's own index the block has another length; by its own header, this one.
    BlockEntry entry = new BlockEntry(68, 16 + bomb.length, block.raw.length, 0, 2);
    SegmentReader good = SegmentReader.open(new MemorySource(original()));
    byte[] stored = Arrays.copyOfRange(anatomy.assemble(), 68, 68 + 16 + bomb.length);
    try (BlockDecoder decoder = new BlockDecoder()) {
      Throwable decoded =
          catchThrowable(
              () -> good.decode(entry, stored, 0, decoder, new byte[block.raw.length], 0));
      assertThat(decoded).isExactlyInstanceOf(HistoryDamagedException.class);
    }
  }
}
