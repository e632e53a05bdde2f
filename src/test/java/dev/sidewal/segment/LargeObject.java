package dev.sidewal.segment;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/**
 * Writes one large transaction and reads it back by every way; run in a JVM with a small heap.
 * Arguments: file, MiB, page size, whether pages are noise.
 */
final class LargeObject {

  private LargeObject() {}

  public static void main(String[] args) throws IOException {
    Path file = Path.of(args[0]);
    int pageSize = Integer.parseInt(args[2]);
    long frames = (Long.parseLong(args[1]) << 20) / pageSize;
    boolean noise = Boolean.parseBoolean(args[3]);
    SegmentSummary written;
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file));
        SegmentWriter writer =
            new SegmentWriter(
                Sample.header(ObjectKind.SNAPSHOT, pageSize, 5),
                out,
                new SegmentWriterOptions(1 << 20, 1))) {
      byte[] page = new byte[pageSize];
      Random random = new Random(1);
      for (long i = 1; i <= frames; i++) {
        if (noise) {
          random.nextBytes(page);
        }
        stamp(page, i);
        writer.page(i, page, 0);
      }
      writer.commit(new Transaction(5, Sample.START, frames, frames, frames, 77, false));
      written = writer.finish();
    }
    try (FileSegmentSource source = new FileSegmentSource(file)) {
      SegmentReader reader = SegmentReader.open(source);
      check(reader.summary().equals(written), "summary");
      check(written.rawBytes() == frames * pageSize, "raw bytes");
      long[] last = {0};
      reader.verifyAll(bytes -> last[0] = bytes);
      check(last[0] == source.length(), "progress");
      backwards(reader, frames);
      new SegmentInspector(reader)
          .forEachTransaction(
              (tx, runs) ->
                  runs.forEach((from, to) -> check(from == 1 && to == frames, "one run")));
    }
    System.out.println(
        "chunks and blocks fine, "
            + written.length()
            + " bytes, heap "
            + (Runtime.getRuntime().maxMemory() >> 20)
            + " MiB");
  }

  private static void backwards(SegmentReader reader, long frames) throws IOException {
    long expected = frames;
    try (BlockDecoder decoder = new BlockDecoder()) {
      for (int c = reader.indexChunks() - 1; c >= 0; c--) {
        IndexChunk chunk = reader.index(c, decoder);
        ChunkPages pages = new ChunkPages(reader, decoder);
        for (int b = chunk.blocks().size() - 1; b >= 0; b--) {
          BlockEntry block = chunk.blocks().get(b);
          long first = expected - block.frames() + 1;
          pages.read(
              block,
              (frame, bytes, offset) -> {
                long number = first + frame - block.firstFrame();
                check(chunk.pageNumber(frame) == number, "page number");
                check(stamped(bytes, offset) == number, "content");
              });
          expected = first - 1;
        }
      }
    }
    check(expected == 0, "all pages");
  }

  private static void stamp(byte[] page, long value) {
    for (int i = 0; i < 8; i++) {
      page[i] = (byte) (value >>> (8 * i));
    }
  }

  private static long stamped(byte[] bytes, int offset) {
    long value = 0;
    for (int i = 7; i >= 0; i--) {
      value = value << 8 | (bytes[offset + i] & 0xff);
    }
    return value;
  }

  private static void check(boolean right, String what) {
    if (!right) {
      throw new AssertionError(what);
    }
  }
}
