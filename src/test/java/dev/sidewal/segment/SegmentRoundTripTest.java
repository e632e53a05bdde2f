package dev.sidewal.segment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Everything that was written is read back, in order, whatever the sizes. */
class SegmentRoundTripTest {

  @ParameterizedTest
  @CsvSource({
    "512, 1, 1", "512, 2048, 2", "512, 1048576, 64",
    "4096, 1, 1", "4096, 12288, 3", "4096, 1048576, 64",
    "65536, 1, 2", "65536, 262144, 1", "65536, 16777216, 64"
  })
  void readsBackWhatWasWritten(int pageSize, int blockBytes, int chunkBlocks) throws IOException {
    for (ObjectKind kind : ObjectKind.values()) {
      long seed = System.nanoTime();
      System.out.println("seed " + seed + " for " + kind);
      Random random = new Random(seed);
      int frames = pageSize == 65536 ? 12 : 40;
      Sample sample =
          Sample.random(kind, pageSize, 1 + random.nextInt(30), frames, random)
              .options(new SegmentWriterOptions(blockBytes, 1 + random.nextInt(4)))
              .chunks(chunkBlocks, 1);
      byte[] bytes = sample.write();
      SegmentReader reader = SegmentReader.open(new MemorySource(bytes));
      reader.verifyAll();
      sample.assertHolds(Sample.read(reader));
      List<Transaction> walked = new ArrayList<>();
      reader.forEachTransaction(walked::add);
      assertThat(walked)
          .isEqualTo(sample.transactions.stream().map(Sample.Tx::transaction).toList());
      checkSummary(sample, reader.summary(), bytes.length);
    }
  }

  private static void checkSummary(Sample sample, SegmentSummary summary, int length) {
    Transaction first = sample.transactions.get(0).transaction();
    Transaction last = sample.transactions.get(sample.transactions.size() - 1).transaction();
    assertThat(summary)
        .isEqualTo(
            new SegmentSummary(
                sample.header,
                last.txid(),
                sample.transactions.size(),
                sample.frames(),
                sample.frames() * sample.header.pageSize(),
                first.time(),
                last.time(),
                last.databasePages(),
                last.checksum(),
                summary.digest(),
                length));
  }

  @Test
  void walksBackwardsChunkByChunkInParallel() throws Exception {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Sample sample =
        Sample.random(ObjectKind.SEGMENT, 512, 60, 40, new Random(seed))
            .options(new SegmentWriterOptions(4096, 3))
            .chunks(5, 1);
    SegmentReader reader = SegmentReader.open(new MemorySource(sample.write()));
    assertThat(reader.indexChunks()).isGreaterThan(10);
    List<Sample.Page> all = new ArrayList<>();
    sample.transactions.forEach(tx -> all.addAll(tx.pages()));
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try {
      List<Future<List<Sample.Page>>> parts =
          IntStream.range(0, reader.indexChunks())
              .map(i -> reader.indexChunks() - 1 - i)
              .mapToObj(i -> pool.submit(() -> backwards(reader, i)))
              .toList();
      int next = all.size();
      for (Future<List<Sample.Page>> part : parts) {
        for (Sample.Page page : part.get()) {
          Sample.Page expected = all.get(--next);
          assertThat(page.number()).isEqualTo(expected.number());
          assertThat(page.image()).isEqualTo(expected.image());
        }
      }
      assertThat(next).isZero();
    } finally {
      pool.shutdown();
    }
  }

  private static List<Sample.Page> backwards(SegmentReader reader, int chunk) throws IOException {
    List<Sample.Page> result = new ArrayList<>();
    IndexChunk index = reader.index(chunk);
    assertThat(index.frames()).isEqualTo((int) reader.chunkFrames(chunk));
    assertThat(index.transactions()).hasSize((int) reader.chunkTransactions(chunk));
    assertThat(index.txidBefore()).isEqualTo(reader.txidBefore(chunk));
    try (BlockDecoder decoder = new BlockDecoder()) {
      ChunkPages pages = new ChunkPages(reader, decoder);
      for (BlockEntry block : index.blocks()) {
        reader.checkBlock(block, decoder);
        pages.read(
            block,
            (frame, bytes, offset) ->
                result.add(
                    new Sample.Page(
                        index.pageNumber(frame), Arrays.copyOfRange(bytes, offset, offset + 512))));
      }
    }
    Collections.reverse(result);
    return result;
  }

  @Test
  void versionsOfOnePageAcrossTransactionsCompressAgainstEachOther() {
    Random random = new Random(42);
    for (int blockBytes : new int[] {1 << 20, 16 << 20}) {
      byte[] image = new byte[4096];
      random.nextBytes(image);
      Sample sample =
          new Sample(Sample.header(ObjectKind.SEGMENT, 4096, 1))
              .options(new SegmentWriterOptions(blockBytes, 3));
      for (int i = 1; i <= 100; i++) {
        image[random.nextInt(4096)]++;
        sample.add(i, Sample.START, 1, false, List.of(new Sample.Page(1, image.clone())));
      }
      double share = sample.write().length / (100 * 4096.0);
      System.out.println("100 versions take " + share + " of raw, blocks of " + blockBytes);
      assertThat(share).isLessThan(0.15);
    }
  }

  @Test
  void theWindowReachesOverTheWholeBlock() {
    // The second copy of each page lies 8 MiB behind the first: beyond level 3's own window.
    Random random = new Random(43);
    Sample sample =
        new Sample(Sample.header(ObjectKind.SEGMENT, 65536, 1))
            .options(new SegmentWriterOptions(16 << 20, 3));
    List<Sample.Page> pages = new ArrayList<>();
    for (int i = 0; i < 128; i++) {
      byte[] image = new byte[65536];
      random.nextBytes(image);
      pages.add(new Sample.Page(i + 1, image));
    }
    sample.add(1, Sample.START, 128, false, pages);
    sample.add(2, Sample.START, 128, false, pages);
    double share = sample.write().length / (256 * 65536.0);
    System.out.println("copies 8 MiB apart take " + share + " of raw");
    assertThat(share).isLessThan(0.6);
  }

  @Test
  void aSmallObjectTakesOneRequestAndALargeOneTwoToOpen() throws IOException {
    Sample small = Sample.random(ObjectKind.SEGMENT, 512, 5, 3, new Random(1));
    MemorySource source = new MemorySource(small.write());
    Sample.read(SegmentReader.open(source));
    assertThat(source.requests).hasValue(1);

    Sample large = Sample.random(ObjectKind.SEGMENT, 4096, 50, 40, new Random(2));
    MemorySource big = new MemorySource(large.write());
    SegmentReader reader = SegmentReader.open(big);
    reader.index(0);
    assertThat(big.requests).hasValue(2);
    assertThat(big.bytesRead).hasValueLessThan(66_000);
    // Tail, header, then one sequential pass in steps of a MiB and more.
    reader.verifyAll();
    assertThat(big.requests.get()).isLessThan(4 + (int) (big.length() >> 19));
  }

  @ParameterizedTest
  @EnumSource
  void tellsWhatIsWrittenAndWhatWaits(ObjectKind kind) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    SegmentHeader header = Sample.header(kind, 512, 1);
    boolean image = kind.isImage();
    try (SegmentWriter writer = new SegmentWriter(header, out, new SegmentWriterOptions(1024, 1))) {
      assertThat(writer.bytesWritten()).isZero();
      for (int i = 1; i <= 5; i++) {
        writer.page(i, new byte[512], 0);
        assertThat(writer.bytesWritten()).isEqualTo(out.size());
        // A second page that is kept does not fit.
        assertThat(writer.pendingBytes())
            .isBetween(image && i % 2 == 0 ? 1024L : 512L, image && i % 2 == 0 ? 1024L : 515L);
      }
      writer.commit(new Transaction(1, Sample.START, 5, 5, 5, 0, false));
      SegmentSummary summary = writer.finish();
      assertThat(summary.length()).isEqualTo(out.size()).isEqualTo(writer.bytesWritten());
      assertThat(SegmentReader.open(new MemorySource(out.toByteArray())).summary())
          .isEqualTo(summary);
    }
  }

  @Test
  void manyTransactionsWithoutFramesDoNotGatherInMemory() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    SegmentHeader header = Sample.header(ObjectKind.PACK, 512, 5);
    int count = 400_000;
    try (SegmentWriter writer = new SegmentWriter(header, out, SegmentWriterOptions.DEFAULT)) {
      writer.page(9, new byte[512], 0);
      writer.commit(new Transaction(5, Sample.START, 1, 1, 9, 5, false));
      for (int i = 1; i < count; i++) {
        writer.commit(new Transaction(5 + i, Sample.START.plusMillis(i), 0, 0, 9, 5 + i, true));
      }
      writer.finish();
    }
    SegmentReader reader = SegmentReader.open(new MemorySource(out.toByteArray()));
    assertThat(reader.indexChunks()).isGreaterThan(4);
    reader.verifyAll();
    long[] next = {5};
    reader.forEachTransaction(
        transaction -> {
          assertThat(transaction.txid()).isEqualTo(next[0]);
          assertThat(transaction.checksum()).isEqualTo(next[0]++);
        });
    assertThat(next[0]).isEqualTo(5 + count);
  }
}
