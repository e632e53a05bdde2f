package dev.sidewal.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sidewal.error.HistoryDamagedException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A pack holds all that the segments hold that it was merged from, and nothing else. */
class SegmentMergerTest {

  private static SegmentReader open(byte[] bytes) {
    try {
      return SegmentReader.open(new MemorySource(bytes));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] merge(List<byte[]> segments, SegmentWriterOptions options)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (SegmentMerger merger = new SegmentMerger(out, options)) {
      for (byte[] segment : segments) {
        merger.add(open(segment));
      }
      SegmentSummary summary = merger.finish();
      assertThat(summary).isEqualTo(open(out.toByteArray()).summary());
    }
    return out.toByteArray();
  }

  /** Cuts a history into segments that follow each other. */
  private static List<byte[]> cut(Sample whole, Random random, int blockBytes) {
    List<byte[]> segments = new ArrayList<>();
    SegmentHeader header = whole.header;
    Sample segment = new Sample(header).options(new SegmentWriterOptions(blockBytes, 1));
    for (int i = 0; i < whole.transactions.size(); i++) {
      segment.transactions.add(whole.transactions.get(i));
      Transaction last = whole.transactions.get(i).transaction();
      if (i == whole.transactions.size() - 1 || random.nextInt(3) == 0) {
        segments.add(segment.write());
        header =
            new SegmentHeader(
                ObjectKind.SEGMENT,
                header.replicaId(),
                header.generation(),
                header.pageSize(),
                last.txid() + 1,
                last.databasePages(),
                last.checksum());
        segment =
            new Sample(header)
                .options(new SegmentWriterOptions(blockBytes, 1))
                .chunks(1 + random.nextInt(3), 1);
      }
    }
    return segments;
  }

  @ParameterizedTest
  @CsvSource({"512, 1, 1048576", "512, 4096, 2048", "4096, 1048576, 12288", "65536, 1, 262144"})
  void holdsEveryTransactionAndEveryFrameInOrder(int pageSize, int segmentBlock, int packBlock)
      throws IOException {
    for (int round = 0; round < 8; round++) {
      long seed = System.nanoTime();
      System.out.println("seed " + seed);
      Random random = new Random(seed);
      int frames = pageSize == 65536 ? 8 : 40;
      Sample whole =
          Sample.random(ObjectKind.SEGMENT, pageSize, 1 + random.nextInt(40), frames, random);
      List<byte[]> segments = cut(whole, random, segmentBlock);
      SegmentReader pack = open(merge(segments, new SegmentWriterOptions(packBlock, 1)));
      pack.verifyAll();

      List<Sample.Tx> read = new ArrayList<>();
      List<Transaction> transactions = new ArrayList<>();
      for (byte[] segment : segments) {
        read.addAll(Sample.read(open(segment)));
        open(segment).forEachTransaction(transactions::add);
      }
      whole.assertHolds(read);
      whole.assertHolds(Sample.read(pack));
      List<Transaction> walked = new ArrayList<>();
      pack.forEachTransaction(walked::add);
      assertThat(walked).isEqualTo(transactions);

      SegmentSummary first = open(segments.get(0)).summary();
      SegmentSummary last = open(segments.get(segments.size() - 1)).summary();
      SegmentSummary is = pack.summary();
      assertThat(is.header()).isEqualTo(of(ObjectKind.PACK, first.header(), first.header()));
      assertThat(is.lastTxid()).isEqualTo(last.lastTxid());
      assertThat(is.checksum()).isEqualTo(last.checksum());
      assertThat(is.databasePages()).isEqualTo(last.databasePages());
      assertThat(is.firstTime()).isEqualTo(first.firstTime());
      assertThat(is.lastTime()).isEqualTo(last.lastTime());
      assertThat(is.transactions()).isEqualTo(whole.transactions.size());
    }
  }

  @Test
  void packsCanBeMergedAgain() throws IOException {
    Random random = new Random(11);
    Sample whole = Sample.random(ObjectKind.SEGMENT, 512, 30, 5, random);
    List<byte[]> segments = cut(whole, random, 1024);
    int half = segments.size() / 2;
    byte[] a = merge(segments.subList(0, half), SegmentWriterOptions.DEFAULT);
    byte[] b = merge(segments.subList(half, segments.size()), SegmentWriterOptions.DEFAULT);
    byte[] again = merge(List.of(a, b), SegmentWriterOptions.DEFAULT);
    assertThat(again).isEqualTo(merge(segments, SegmentWriterOptions.DEFAULT));
  }

  private static SegmentHeader of(ObjectKind kind, SegmentHeader id, SegmentHeader base) {
    return new SegmentHeader(
        kind,
        id.replicaId(),
        id.generation(),
        id.pageSize(),
        base.firstTxid(),
        base.basePages(),
        base.baseChecksum());
  }

  private static byte[] one(SegmentHeader header, Instant time) {
    return new Sample(header)
        .add(
            header.firstTxid(),
            time,
            77,
            false,
            List.of(new Sample.Page(1, new byte[header.pageSize()])))
        .write();
  }

  @Test
  void whatDoesNotFollowIsRefused() throws IOException {
    byte[] first = one(Sample.header(ObjectKind.SEGMENT, 512, 5), Sample.START);
    SegmentSummary end = open(first).summary();
    SegmentHeader right =
        new SegmentHeader(ObjectKind.SEGMENT, Sample.REPLICA, 7, 512, 6, 77, end.checksum());
    merge(List.of(first, one(right, Sample.START)), SegmentWriterOptions.DEFAULT);

    UUID other = new UUID(1, 2);
    long sum = end.checksum();
    refused(first, header(ObjectKind.SEGMENT, other, 7, 512, 6, 77, sum), "replica");
    refused(first, header(ObjectKind.SEGMENT, Sample.REPLICA, 8, 512, 6, 77, sum), "generation");
    refused(first, header(ObjectKind.SEGMENT, Sample.REPLICA, 7, 1024, 6, 77, sum), "page size");
    refused(first, header(ObjectKind.SEGMENT, Sample.REPLICA, 7, 512, 7, 77, sum), "transaction");
    refused(first, header(ObjectKind.SEGMENT, Sample.REPLICA, 7, 512, 5, 77, sum), "transaction");
    refused(first, header(ObjectKind.SEGMENT, Sample.REPLICA, 7, 512, 6, 76, sum), "size");
    refused(first, header(ObjectKind.SEGMENT, Sample.REPLICA, 7, 512, 6, 77, ~sum), "checksum");
    refused(first, header(ObjectKind.DELTA, Sample.REPLICA, 7, 512, 6, 77, sum), "DELTA");
    refused(first, header(ObjectKind.SNAPSHOT, Sample.REPLICA, 7, 512, 6, 0, 0), "SNAPSHOT");
    refused(first, one(right, Sample.START.minusMillis(1)), "before");
  }

  private static SegmentHeader header(
      ObjectKind kind,
      UUID replica,
      long generation,
      int pageSize,
      long txid,
      long pages,
      long sum) {
    return new SegmentHeader(kind, replica, generation, pageSize, txid, pages, sum);
  }

  private static void refused(byte[] first, SegmentHeader second, String why) throws IOException {
    refused(first, one(second, Sample.START), why);
  }

  private static void refused(byte[] first, byte[] second, String why) throws IOException {
    try (SegmentMerger merger =
        new SegmentMerger(OutputStream.nullOutputStream(), SegmentWriterOptions.DEFAULT)) {
      merger.add(open(first));
      assertThatThrownBy(() -> merger.add(open(second)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(why);
      assertThatThrownBy(merger::finish).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void aDamagedSegmentAndAFullDiskEndIt() throws IOException {
    byte[] whole = one(Sample.header(ObjectKind.SEGMENT, 512, 5), Sample.START);
    byte[] damaged = whole.clone();
    damaged[SegmentFormat.HEADER_LENGTH + SegmentFormat.PART_HEADER_LENGTH] ^= 1;
    try (SegmentMerger merger =
        new SegmentMerger(new ByteArrayOutputStream(), SegmentWriterOptions.DEFAULT)) {
      assertThatThrownBy(() -> merger.add(open(damaged)))
          .isInstanceOf(HistoryDamagedException.class);
      assertThatThrownBy(() -> merger.add(open(whole))).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(merger::finish).isInstanceOf(IllegalStateException.class);
    }
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("no space left");
          }
        };
    try (SegmentMerger merger = new SegmentMerger(full, SegmentWriterOptions.DEFAULT)) {
      merger.add(open(whole));
      assertThatThrownBy(merger::finish).isInstanceOf(IOException.class);
      assertThatThrownBy(merger::finish).isInstanceOf(IllegalStateException.class);
    }
    try (SegmentMerger merger = new SegmentMerger(full, SegmentWriterOptions.DEFAULT)) {
      assertThatThrownBy(merger::finish).isInstanceOf(IllegalStateException.class);
    }
  }

  /** Many small blocks become few large ones: that is what packs are for. */
  @Test
  void versionsOfOnePageCompressAgainstEachOther() throws IOException {
    byte[] image = new byte[4096];
    Random random = new Random(5);
    random.nextBytes(image);
    Sample whole = new Sample(Sample.header(ObjectKind.SEGMENT, 4096, 1));
    List<byte[]> segments = new ArrayList<>();
    SegmentHeader header = whole.header;
    for (int i = 1; i <= 100; i++) {
      image[random.nextInt(4096)]++;
      Sample one = new Sample(header);
      one.add(i, Sample.START, 1, false, List.of(new Sample.Page(1, image.clone())));
      segments.add(one.write());
      Transaction t = one.transactions.get(0).transaction();
      header = header(ObjectKind.SEGMENT, header.replicaId(), 7, 4096, i + 1L, 1, t.checksum());
    }
    long before = segments.stream().mapToLong(s -> s.length).sum();
    byte[] pack = merge(segments, SegmentWriterOptions.DEFAULT);
    System.out.println("100 segments of " + before + " bytes make a pack of " + pack.length);
    assertThat((long) pack.length).isLessThan(before / 10);
    assertThat(Arrays.hashCode(pack))
        .isEqualTo(Arrays.hashCode(merge(segments, SegmentWriterOptions.DEFAULT)));
  }
}
