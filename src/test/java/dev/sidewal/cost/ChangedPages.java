package dev.sidewal.cost;

import dev.sidewal.segment.ObjectKind;
import dev.sidewal.segment.SegmentHeader;
import dev.sidewal.segment.SegmentWriter;
import dev.sidewal.segment.SegmentWriterOptions;
import dev.sidewal.segment.Transaction;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.UUID;

/** How many bytes the pages have in which two databases differ, each once, as a delta has them. */
final class ChangedPages {

  private static final int PAGE = 4096;

  private ChangedPages() {}

  /** Counts and forgets. */
  private static final class Counted extends OutputStream {
    private long bytes;

    @Override
    public void write(int b) {
      bytes++;
    }

    @Override
    public void write(byte[] b, int offset, int length) {
      bytes += length;
    }
  }

  /** Returns the bytes of a delta that leads from one database file to another. */
  static long bytes(Path before, Path now) throws IOException {
    Counted out = new Counted();
    SegmentHeader header = new SegmentHeader(ObjectKind.DELTA, new UUID(1, 1), 1, PAGE, 2, 1, 1);
    try (InputStream a = new BufferedInputStream(Files.newInputStream(before), 1 << 20);
        InputStream b = new BufferedInputStream(Files.newInputStream(now), 1 << 20);
        SegmentWriter writer = new SegmentWriter(header, out, SegmentWriterOptions.DEFAULT)) {
      byte[] old = new byte[PAGE];
      byte[] page = new byte[PAGE];
      long frames = 0;
      long number = 1;
      for (; b.readNBytes(page, 0, PAGE) == PAGE; number++) {
        boolean isNew = a.readNBytes(old, 0, PAGE) < PAGE;
        if (isNew || !Arrays.equals(old, page)) {
          writer.page(number, page, 0);
          frames++;
        }
      }
      writer.commit(new Transaction(2, Instant.EPOCH, frames, frames, number - 1, 1, false));
      writer.finish();
    }
    return out.bytes;
  }
}
