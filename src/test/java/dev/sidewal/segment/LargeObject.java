package dev.sidewal.segment;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Writes one large transaction and reads it back by every way; run in a JVM with a small heap.
 * Arguments: file, MiB, page size, whether pages are noise, kind of object. A snapshot has each
 * page once; of others each page comes again and again, changed a little.
 */
final class LargeObject {

  private LargeObject() {}

  public static void main(String[] args) throws IOException {
    Path file = Path.of(args[0]);
    int pageSize = Integer.parseInt(args[2]);
    boolean noise = Boolean.parseBoolean(args[3]);
    ObjectKind kind = ObjectKind.valueOf(args[4]);
    int versions = kind == ObjectKind.SNAPSHOT ? 1 : 6;
    long pages = (Long.parseLong(args[1]) << 20) / pageSize / versions;
    long frames = pages * versions;
    SegmentSummary written;
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file));
        SegmentWriter writer =
            new SegmentWriter(
                Sample.header(kind, pageSize, 5), out, new SegmentWriterOptions(1 << 20, 1))) {
      byte[] page = new byte[pageSize];
      Random random = new Random(1);
      for (long i = 1; i <= frames; i++) {
        if (noise) {
          random.nextBytes(page);
        }
        stamp(page, i);
        writer.page(number(i, pages), page, 0);
      }
      writer.commit(new Transaction(5, Sample.START, frames, pages, pages, 77, false));
      written = writer.finish();
    }
    try (FileSegmentSource source = new FileSegmentSource(file)) {
      SegmentReader reader = SegmentReader.open(source);
      check(reader.summary().equals(written), "summary");
      check(written.rawBytes() == frames * pageSize, "raw bytes");
      long[] last = {0};
      reader.verifyAll(bytes -> last[0] = bytes);
      check(last[0] == source.length(), "progress");
      backwards(reader, frames, pages);
      new SegmentInspector(reader)
          .forEachTransaction(
              (tx, runs) ->
                  runs.forEach((from, to) -> check(from == 1 && to == pages, "whole runs")));
    }
    System.out.println(
        "chunks and blocks fine, "
            + written.length()
            + " bytes, heap "
            + (Runtime.getRuntime().maxMemory() >> 20)
            + " MiB");
  }

  /** Returns which page the i-th frame is; frames are counted from 1. */
  private static long number(long i, long pages) {
    return 1 + (i - 1) % pages;
  }

  /** Chunk by chunk from the last to the first, and within each as its blocks allow. */
  private static void backwards(SegmentReader reader, long frames, long pages) throws IOException {
    long behind = frames;
    try (BlockDecoder decoder = new BlockDecoder()) {
      for (int c = reader.indexChunks() - 1; c >= 0; c--) {
        IndexChunk chunk = reader.index(c, decoder);
        long before = chunk.firstFrame();
        check(before + chunk.frames() == behind, "frames");
        behind = before;
        List<BlockEntry> blocks = new ArrayList<>(chunk.blocks());
        if (!reader.blocksBuildOnEachOther()) {
          Collections.reverse(blocks);
        }
        ChunkPages chunkPages = new ChunkPages(reader, decoder);
        for (BlockEntry block : blocks) {
          chunkPages.read(
              block,
              (frame, bytes, offset) -> {
                long ordinal = before + frame + 1;
                check(chunk.pageNumber(frame) == number(ordinal, pages), "page number");
                check(stamped(bytes, offset) == ordinal, "content");
              });
        }
      }
    }
    check(behind == 0, "all pages");
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
