package dev.sidewal.segment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SegmentInspectorTest {

  private static Sample sample() {
    Sample sample =
        new Sample(Sample.header(ObjectKind.SEGMENT, 512, 41))
            .options(new SegmentWriterOptions(1024, 3))
            .chunks(1, 1);
    sample.add(41, Sample.START, 7, false, pages(1, 2, 3, 7, 7, 6, 5));
    sample.add(42, Sample.START, 7, true, pages());
    return sample.add(43, Sample.START.plusMillis(5), 9, false, pages(8, 9));
  }

  private static List<Sample.Page> pages(long... numbers) {
    List<Sample.Page> pages = new ArrayList<>();
    for (long number : numbers) {
      pages.add(new Sample.Page(number, new byte[512]));
    }
    return pages;
  }

  @Test
  void lines() throws IOException {
    SegmentReader reader = SegmentReader.open(new MemorySource(sample().write()));
    assertThat(reader.indexChunks()).isGreaterThan(3);
    List<String> lines = new ArrayList<>();
    new SegmentInspector(reader).lines(true, lines::add);
    List<String> normal = lines.stream().map(line -> line.replaceAll(" +", " ").trim()).toList();
    assertThat(normal)
        .contains(
            "object generations/00000001/segments/test.segment",
            "kind segment",
            "formatVersion 2",
            "replicaId 01234567-89ab-cdef-8edc-ba9876543210",
            "generation 7",
            "pageSize 512",
            "firstTxid 41",
            "lastTxid 43",
            "firstTime 2026-11-21T10:15:30.123Z",
            "lastTime 2026-11-21T10:15:30.128Z",
            "frames 9",
            "rawBytes 4608",
            "bytes " + reader.summary().length(),
            "baseChecksum feed000000000000");
    assertThat(normal.subList(normal.size() - 10, normal.size()))
        .containsExactly(
            "txid time pages frames db pages checksum",
            "41 2026-11-21T10:15:30.123Z 6 7 7 " + checksum(0),
            "pages 1-3",
            "page 7",
            "page 7",
            "page 6",
            "page 5",
            "42 2026-11-21T10:15:30.123Z 0 0 7 " + checksum(1) + " gap",
            "43 2026-11-21T10:15:30.128Z 2 2 9 " + checksum(2),
            "pages 8-9");
  }

  private static String checksum(int i) {
    return String.format("%016x", sample().transactions.get(i).transaction().checksum());
  }

  @Test
  void maps() throws IOException {
    SegmentReader reader = SegmentReader.open(new MemorySource(sample().write()));
    SegmentInspector inspector = new SegmentInspector(reader);
    assertThat(inspector.summary())
        .containsEntry("transactions", 3L)
        .containsEntry("databasePages", 9L)
        .containsEntry("checksum", checksum(2))
        .containsEntry(
            "compressionRatio", Math.round(460800.0 / reader.summary().length()) / 100.0);
    List<Map<String, Object>> maps = new ArrayList<>();
    inspector.forEachTransaction((tx, pages) -> maps.add(SegmentInspector.transaction(tx)));
    assertThat(maps.get(1))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "txid", 42L,
                "time", "2026-11-21T10:15:30.123Z",
                "pages", 0L,
                "frames", 0L,
                "databasePages", 7L,
                "checksum", checksum(1),
                "gap", true));
  }

  @Test
  void runsAreThePagesWritten() throws IOException {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    Sample sample =
        Sample.random(ObjectKind.SEGMENT, 512, 50, 30, random)
            .options(new SegmentWriterOptions(2048, 1))
            .chunks(3, 1);
    SegmentReader reader = SegmentReader.open(new MemorySource(sample.write()));
    int[] next = {0};
    new SegmentInspector(reader)
        .forEachTransaction(
            (tx, pages) -> {
              Sample.Tx expected = sample.transactions.get(next[0]++);
              assertThat(tx).isEqualTo(expected.transaction());
              // Some are passed over: the next ones must still be right.
              if (random.nextInt(3) > 0) {
                List<Long> numbers = new ArrayList<>();
                pages.forEach(
                    (first, last) -> {
                      for (long n = first; n <= last; n++) {
                        numbers.add(n);
                      }
                    });
                assertThat(numbers)
                    .isEqualTo(expected.pages().stream().map(Sample.Page::number).toList());
              }
            });
    assertThat(next[0]).isEqualTo(sample.transactions.size());
  }
}
