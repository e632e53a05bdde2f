package dev.sidewal.segment;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;

/** What a test writes into an object, kept to be compared with what is read back. */
final class Sample {

  static final UUID REPLICA = new UUID(0x0123456789abcdefL, 0x8edcba9876543210L);
  static final Instant START = Instant.parse("2026-11-21T10:15:30.123Z");

  /** One page image. */
  static final class Page {
    private final long number;
    private final byte[] image;

    Page(long number, byte[] image) {
      this.number = number;
      this.image = image;
    }

    long number() {
      return number;
    }

    byte[] image() {
      return image;
    }
  }

  /** One transaction. */
  record Tx(List<Page> pages, Transaction transaction) {}

  final SegmentHeader header;
  final List<Tx> transactions = new ArrayList<>();
  int chunkBlocks = 64;
  long chunkRawBytes = 64L << 20;
  SegmentWriterOptions options = SegmentWriterOptions.DEFAULT;

  Sample(SegmentHeader header) {
    this.header = header;
  }

  static SegmentHeader header(ObjectKind kind, int pageSize, long firstTxid) {
    boolean snapshot = kind == ObjectKind.SNAPSHOT;
    return new SegmentHeader(
        kind, REPLICA, 7, pageSize, firstTxid, snapshot ? 0 : 99, snapshot ? 0 : 0xfeedL << 48);
  }

  Sample chunks(int blocks, long rawBytes) {
    chunkBlocks = blocks;
    chunkRawBytes = rawBytes;
    return this;
  }

  Sample options(SegmentWriterOptions value) {
    options = value;
    return this;
  }

  Sample add(long txid, Instant time, long databasePages, boolean gap, List<Page> pages) {
    Set<Long> distinct = new HashSet<>();
    pages.forEach(page -> distinct.add(page.number()));
    long checksum = 31 * txid + 0x9e3779b97f4a7c15L * pages.size();
    transactions.add(
        new Tx(
            pages,
            new Transaction(
                txid, time, pages.size(), distinct.size(), databasePages, checksum, gap)));
    return this;
  }

  /** Returns an object with random transactions; pages are half noise, half zeros. */
  static Sample random(ObjectKind kind, int pageSize, int count, int maxFrames, Random random) {
    long txid = 1L + random.nextInt(1000);
    Sample sample = new Sample(header(kind, pageSize, txid));
    Instant time = START;
    int transactions = kind.isImage() ? 1 : count;
    for (int i = 0; i < transactions; i++) {
      List<Page> pages = new ArrayList<>();
      int frames = random.nextInt(10) == 0 ? 0 : 1 + random.nextInt(maxFrames);
      for (int f = 0; f < frames; f++) {
        byte[] image = new byte[pageSize];
        if (random.nextBoolean()) {
          random.nextBytes(image);
        }
        image[random.nextInt(pageSize)] = (byte) f;
        long number =
            switch (random.nextInt(4)) {
              case 0 -> 1 + random.nextInt(20);
              case 1 -> SegmentFormat.MAX_PAGE - random.nextInt(3);
              default -> 1 + (long) (random.nextDouble() * SegmentFormat.MAX_PAGE);
            };
        pages.add(new Page(Math.min(number, SegmentFormat.MAX_PAGE), image));
      }
      time = time.plusMillis(random.nextInt(3) * (long) random.nextInt(5000));
      long end = kind == ObjectKind.DELTA ? txid + random.nextInt(5) : txid;
      sample.add(end, time, 1 + random.nextInt(100000), random.nextInt(8) == 0, pages);
      txid = end + 1;
    }
    return sample;
  }

  SegmentWriter writer(ByteArrayOutputStream out) {
    return new SegmentWriter(header, out, options, chunkBlocks, chunkRawBytes);
  }

  byte[] write() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (SegmentWriter writer = writer(out)) {
      for (Tx tx : transactions) {
        for (Page page : tx.pages()) {
          writer.page(page.number(), page.image(), 0);
        }
        writer.commit(tx.transaction());
      }
      writer.finish();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  long frames() {
    return transactions.stream().mapToLong(tx -> tx.pages().size()).sum();
  }

  /** Returns everything that an object holds, through {@link SegmentReader#forEachPage}. */
  static List<Tx> read(SegmentReader reader) throws IOException {
    List<Tx> result = new ArrayList<>();
    int size = reader.summary().header().pageSize();
    reader.forEachPage(
        new SegmentVisitor() {
          private List<Page> pages = new ArrayList<>();

          @Override
          public void page(long pageNumber, byte[] buffer, int offset) {
            byte[] image = new byte[size];
            System.arraycopy(buffer, offset, image, 0, size);
            pages.add(new Page(pageNumber, image));
          }

          @Override
          public void commit(Transaction transaction) {
            result.add(new Tx(pages, transaction));
            pages = new ArrayList<>();
          }
        });
    return result;
  }

  /** Fails unless what was read is what this sample wrote, in order. */
  void assertHolds(List<Tx> read) {
    if (read.size() != transactions.size()) {
      throw new AssertionError(read.size() + " transactions, not " + transactions.size());
    }
    for (int i = 0; i < read.size(); i++) {
      Tx expected = transactions.get(i);
      Tx actual = read.get(i);
      if (!actual.transaction().equals(expected.transaction())) {
        throw new AssertionError(actual.transaction() + ", not " + expected.transaction());
      }
      if (actual.pages().size() != expected.pages().size()) {
        throw new AssertionError("frames of " + actual.transaction());
      }
      for (int f = 0; f < actual.pages().size(); f++) {
        Page e = expected.pages().get(f);
        Page a = actual.pages().get(f);
        if (a.number() != e.number() || !Arrays.equals(a.image(), e.image())) {
          throw new AssertionError("frame " + f + " of " + actual.transaction());
        }
      }
    }
  }
}
