package dev.sidewal.segment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Objects that were written once and must be readable for ever. Another zstd may compress the same
 * input to other bytes, so what the writer makes today is compared after decompression.
 *
 * <p>Segments and packs are written in version 2, images in version 1. The file of each entry that
 * there is was spelled out by hand.
 *
 * <p>To add a file: run this test with {@code -Dsidewal.golden.write=true}; files that exist are
 * never replaced.
 */
class GoldenFilesTest {

  private static final Path DIRECTORY = Path.of("src/test/resources/golden");

  private static Path file(int version, ObjectKind kind) {
    String name = kind.name().toLowerCase(Locale.ROOT);
    return DIRECTORY.resolve("v" + version + "-" + name + "." + name);
  }

  /** A page whose content is told by its number and version alone. */
  private static Sample.Page page(long number, int version) {
    byte[] image = new byte[512];
    for (int i = 0; i < image.length; i++) {
      image[i] = (byte) (number * 31 + (i / 16) * 7L + (i == 100 ? version : 0));
    }
    return new Sample.Page(number, image);
  }

  private static Sample golden(ObjectKind kind) {
    Sample sample = new Sample(Sample.header(kind, 512, 41)).chunks(2, 1);
    sample.options(new SegmentWriterOptions(kind.isImage() ? 1024 : 1100, 3));
    if (kind.isImage()) {
      List<Sample.Page> pages = new ArrayList<>();
      for (int i = 1; i <= 9; i++) {
        pages.add(page(i, 0));
      }
      // Page 2 changed while the snapshot was taken: its last version counts.
      pages.add(page(2, 1));
      long txid = kind == ObjectKind.DELTA ? 57 : 41;
      return sample.add(txid, Sample.START, 9, false, pages);
    }
    sample.add(41, Sample.START, 100, false, List.of(page(1, 1), page(100, 1), page(1, 2)));
    sample.add(42, Sample.START, 100, true, List.of(page(1, 3)));
    sample.add(43, Sample.START.plusMillis(1), 100, false, List.of());
    sample.add(
        44,
        Sample.START.plusSeconds(86_400),
        SegmentFormat.MAX_PAGE,
        false,
        List.of(page(SegmentFormat.MAX_PAGE, 1), page(1, 4), page(2, 4), page(3, 4), page(4, 4)));
    return sample.add(45, Sample.START.plusSeconds(86_401), 50, false, List.of(page(50, 5)));
  }

  @ParameterizedTest
  @CsvSource({"1, SEGMENT", "1, PACK", "1, SNAPSHOT", "1, DELTA", "2, SEGMENT", "2, PACK"})
  void isReadForEver(int version, ObjectKind kind) throws IOException {
    Path file = file(version, kind);
    if (Boolean.getBoolean("sidewal.golden.write") && Files.notExists(file)) {
      Files.write(file, golden(kind).write());
    }
    try (FileSegmentSource source = new FileSegmentSource(file)) {
      SegmentReader reader = SegmentReader.open(source);
      assertThat(reader.version()).isEqualTo(version);
      reader.verifyAll();
      assertThat(reader.indexChunks()).isGreaterThan(1);
      assertThat(reader.summary().header()).isEqualTo(golden(kind).header);
      golden(kind).assertHolds(Sample.read(reader));
    }
  }

  @ParameterizedTest
  @EnumSource
  void isWhatTheWriterMakesApartFromCompression(ObjectKind kind) throws IOException {
    byte[] then = Files.readAllBytes(file(SegmentFormat.version(kind), kind));
    byte[] now = golden(kind).write();
    SegmentReader oldReader = SegmentReader.open(new MemorySource(then));
    SegmentReader newReader = SegmentReader.open(new MemorySource(now));
    assertThat(newReader.indexChunks()).isEqualTo(oldReader.indexChunks());
    for (int i = 0; i < newReader.indexChunks(); i++) {
      assertThat(shape(newReader.index(i))).isEqualTo(shape(oldReader.index(i)));
    }
    // With the golden file's own compression the whole object is the same, byte for byte.
    Anatomy golden = new Anatomy(then);
    Anatomy today = new Anatomy(now);
    assertThat(today.parts).hasSameSizeAs(golden.parts);
    for (int i = 0; i < today.parts.size(); i++) {
      assertThat(today.parts.get(i).index).isEqualTo(golden.parts.get(i).index);
      if (!today.parts.get(i).index) {
        assertThat(today.parts.get(i).raw).isEqualTo(golden.parts.get(i).raw);
      }
      today.change(today.parts.get(i), golden.parts.get(i).raw);
      today.parts.get(i).stored = golden.parts.get(i).stored;
    }
    today.mendTable();
    assertThat(today.assemble()).isEqualTo(then);
  }

  @Test
  void everyEntryIsReadForEver() throws IOException {
    Path file = DIRECTORY.resolve("v2-entries.segment");
    Entries entries = Entries.ofEveryType();
    if (Boolean.getBoolean("sidewal.golden.write") && Files.notExists(file)) {
      Files.write(file, entries.object());
    }
    byte[] bytes = Files.readAllBytes(file);
    SegmentReader reader = SegmentReader.open(new MemorySource(bytes));
    reader.verifyAll();
    entries.assertHolds(Sample.read(reader));
    Anatomy golden = new Anatomy(bytes);
    Anatomy spelled = new Anatomy(entries.object());
    for (int i = 0; i < 2; i++) {
      assertThat(spelled.parts.get(i).raw).isEqualTo(golden.parts.get(i).raw);
    }
  }

  /** Returns what a chunk says, but for stored lengths and offsets. */
  private static List<Object> shape(IndexChunk chunk) {
    List<Object> shape = new ArrayList<>();
    shape.add(List.of(chunk.firstFrame(), chunk.openFrames(), chunk.txidBefore()));
    for (BlockEntry block : chunk.blocks()) {
      shape.add(List.of(block.rawLength(), block.firstFrame(), block.frames()));
    }
    for (int i = 0; i < chunk.frames(); i++) {
      shape.add(chunk.pageNumber(i));
    }
    shape.addAll(chunk.transactions());
    return shape;
  }

  @Test
  void theSegmentsBytesAreAsDocumented() throws IOException {
    Anatomy golden = new Anatomy(Files.readAllBytes(file(1, ObjectKind.SEGMENT)));
    assertThat(golden.header)
        .startsWith('S', 'I', 'D', 'E', 'W', 'A', 'L', '\n', 0, 1, 1, 0, 0, 0, 2, 0)
        .containsSubsequence(0x01, 0x23, 0x45, 0x67);
    assertThat(UUID.fromString("01234567-89ab-cdef-8edc-ba9876543210")).isEqualTo(Sample.REPLICA);
    byte[] raw = golden.chunk(0).raw;
    // Offset 68, no frames before, none open, txid 40 before, no time before.
    assertThat(raw).startsWith(68, 0, 0, 40, 0);
    // BLOCK; its stored length is zstd's affair; 1024 raw bytes; PAGES 2: +1, +99.
    int block = golden.parts.get(0).stored.length + 16;
    assertThat(raw[5]).isEqualTo((byte) 1);
    int at = block < 128 ? 7 : 8;
    assertThat(Arrays.copyOfRange(raw, at, at + 7))
        .containsExactly(0x80, 0x08, 2, 2, 2, 0xc6, 0x01);
    // The last commit: +1, 1000 ms later, 50 pages, 1 changed.
    int chunks = golden.footer.length / 32 - 2;
    byte[] last = golden.chunk(chunks - 1).raw;
    assertThat(Arrays.copyOfRange(last, last.length - 14, last.length - 8))
        .containsExactly(0, 1, 0xe8, 0x07, 50, 1);
    assertThat(golden.footerField(0).getLong()).isEqualTo(45);
    assertThat(golden.footerField(8).getLong()).isEqualTo(5);
    assertThat(golden.footerField(16).getLong()).isEqualTo(10);
    assertThat(golden.footerField(24).getLong()).isEqualTo(5120);
    assertThat(golden.footerField(32).getLong()).isEqualTo(Sample.START.toEpochMilli());
    assertThat(golden.footerField(48).getLong()).isEqualTo(50);
  }
}
