package dev.sidewal.bench.scale;

import dev.sidewal.replica.GenerationManifest;
import dev.sidewal.replica.Generations;
import dev.sidewal.replica.HistoryObject;
import dev.sidewal.segment.ObjectKind;
import dev.sidewal.segment.SegmentHeader;
import dev.sidewal.segment.SegmentWriter;
import dev.sidewal.segment.SegmentWriterOptions;
import dev.sidewal.segment.Transaction;
import dev.sidewal.sqlite.PageHash;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * A replica of a database of 1 MB with many transactions, each of which changes 16 bytes of a page.
 * The objects are written as an agent would, but without one: it takes seconds instead of hours.
 */
final class LongHistory {

  private static final int PAGE_SIZE = 4096;
  private static final long BYTES = 1_000_000;
  private static final UUID REPLICA = new UUID(1, 2);
  private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");

  private final Path replica;
  private final byte[] image;
  private final int pages;
  private long checksum;

  LongHistory(Path base, Path replica) throws IOException, SQLException {
    Databases.create(base, BYTES);
    this.replica = replica;
    image = Files.readAllBytes(base);
    pages = image.length / PAGE_SIZE;
    for (int page = 1; page <= pages; page++) {
      checksum ^= hash(page);
    }
  }

  /** Writes a snapshot and so many transactions after it, so many in an object. */
  void write(int transactions, int each) throws IOException {
    put(
        Generations.manifestKey(1),
        out ->
            out.write(
                new GenerationManifest(
                        REPLICA,
                        1,
                        new UUID(7, 1),
                        BEGIN,
                        PAGE_SIZE,
                        "bench",
                        Optional.empty(),
                        false)
                    .toBytes()));
    put(HistoryObject.snapshot(1, 1, BEGIN).key(), this::snapshot);
    for (long first = 2; first <= transactions + 1L; first += each) {
      long begin = first;
      long end = Math.min(first + each - 1, transactions + 1L);
      HistoryObject name =
          each == 1
              ? HistoryObject.segment(1, begin, end, time(begin), time(end))
              : HistoryObject.pack(1, begin, end, time(begin), time(end));
      put(name.key(), out -> log(out, name.kind(), begin, end));
    }
  }

  private interface Content {
    void write(OutputStream out) throws IOException;
  }

  private void put(String key, Content content) throws IOException {
    Path file = replica.resolve(key);
    Files.createDirectories(file.getParent());
    try (OutputStream out = Files.newOutputStream(file)) {
      content.write(out);
    }
  }

  private void snapshot(OutputStream out) throws IOException {
    SegmentHeader header = new SegmentHeader(ObjectKind.SNAPSHOT, REPLICA, 1, PAGE_SIZE, 1, 0, 0);
    try (SegmentWriter writer = new SegmentWriter(header, out, SegmentWriterOptions.DEFAULT)) {
      for (int page = 1; page <= pages; page++) {
        writer.page(page, image, offset(page));
      }
      writer.commit(new Transaction(1, BEGIN, pages, pages, pages, checksum, false));
      writer.finish();
    }
  }

  private void log(OutputStream out, ObjectKind kind, long first, long last) throws IOException {
    SegmentHeader header = new SegmentHeader(kind, REPLICA, 1, PAGE_SIZE, first, pages, checksum);
    try (SegmentWriter writer = new SegmentWriter(header, out, SegmentWriterOptions.DEFAULT)) {
      for (long txid = first; txid <= last; txid++) {
        int page = (int) (3 + txid % (pages - 2));
        checksum ^= hash(page);
        ByteBuffer.wrap(image).putLong(offset(page) + PAGE_SIZE - 16, txid);
        checksum ^= hash(page);
        writer.page(page, image, offset(page));
        writer.commit(new Transaction(txid, time(txid), 1, 1, pages, checksum, false));
      }
      writer.finish();
    }
  }

  private static Instant time(long txid) {
    return BEGIN.plusSeconds(txid);
  }

  private static int offset(int page) {
    return (page - 1) * PAGE_SIZE;
  }

  private long hash(int page) {
    return PageHash.hash(page, image, offset(page), PAGE_SIZE);
  }
}
