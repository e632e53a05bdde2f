package dev.sidewal.segment;

import dev.sidewal.bench.micro.Micro;
import dev.sidewal.bench.micro.Workload;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/** Writing, reading and merging about 16 MiB of frames. */
@State(Scope.Thread)
public class SegmentBenchmark {

  private static final int SEGMENTS = 8;

  /** What the frames are of. */
  @Param public Workload workload;

  private Workload.Frames frames;
  private byte[] segment;
  private List<byte[]> segments;

  /** Writes what is to be read. */
  @Setup
  public void setUp() throws IOException {
    frames = workload.frames(Micro.CODEC_BYTES);
    segment = bytes(0, frames.count());
    checkReads(segment);
    segments = new ArrayList<>();
    int from = 0;
    for (int i = 1; i <= SEGMENTS; i++) {
      int to = frames.count() * i / SEGMENTS;
      while (frames.ends()[to - 1] == 0) {
        to++;
      }
      segments.add(bytes(from, to));
      from = to;
    }
  }

  /** Writes one segment. */
  @Benchmark
  public long encode() throws IOException {
    return write(0, frames.count(), OutputStream.nullOutputStream()).lastTxid();
  }

  /** Reads every page of it. */
  @Benchmark
  public void decode(Blackhole hole) throws IOException {
    SegmentReader.open(new MemorySource(segment))
        .forEachPage(
            new SegmentVisitor() {
              @Override
              public void page(long pageNumber, byte[] buffer, int offset) {
                hole.consume(buffer);
              }

              @Override
              public void commit(Transaction transaction) {
                hole.consume(transaction);
              }
            });
  }

  /** Merges the same frames from eight segments. */
  @Benchmark
  public long merge() throws IOException {
    try (SegmentMerger merger =
        new SegmentMerger(OutputStream.nullOutputStream(), SegmentWriterOptions.DEFAULT)) {
      for (byte[] one : segments) {
        merger.add(SegmentReader.open(new MemorySource(one)));
      }
      return merger.finish().lastTxid();
    }
  }

  /** Fails unless what is read is what was written. */
  private void checkReads(byte[] object) throws IOException {
    int[] next = {0};
    SegmentReader.open(new MemorySource(object))
        .forEachPage(
            new SegmentVisitor() {
              @Override
              public void page(long pageNumber, byte[] buffer, int offset) throws IOException {
                int at = next[0] * Workload.PAGE_SIZE;
                if (pageNumber != frames.numbers()[next[0]++]
                    || !Arrays.equals(
                        buffer,
                        offset,
                        offset + Workload.PAGE_SIZE,
                        frames.pages(),
                        at,
                        at + Workload.PAGE_SIZE)) {
                  throw new IOException("frame " + next[0] + " is not what was written");
                }
              }

              @Override
              public void commit(Transaction transaction) {}
            });
    if (next[0] != frames.count()) {
      throw new IOException(next[0] + " of " + frames.count() + " frames were read");
    }
  }

  private byte[] bytes(int from, int to) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    write(from, to, out);
    return out.toByteArray();
  }

  private SegmentSummary write(int from, int to, OutputStream out) throws IOException {
    long txid = 1 + Arrays.stream(frames.ends(), 0, from).filter(end -> end > 0).count();
    SegmentHeader header =
        new SegmentHeader(
            ObjectKind.SEGMENT,
            new UUID(1, 2),
            1,
            Workload.PAGE_SIZE,
            txid,
            from == 0 ? 1 : frames.ends()[from - 1],
            0);
    try (SegmentWriter writer = new SegmentWriter(header, out, SegmentWriterOptions.DEFAULT)) {
      Set<Long> distinct = new HashSet<>();
      int begin = from;
      for (int i = from; i < to; i++) {
        writer.page(frames.numbers()[i], frames.pages(), i * Workload.PAGE_SIZE);
        distinct.add(frames.numbers()[i]);
        if (frames.ends()[i] > 0) {
          writer.commit(
              new Transaction(
                  txid,
                  Instant.ofEpochMilli(1 + txid),
                  i + 1L - begin,
                  distinct.size(),
                  frames.ends()[i],
                  0,
                  false));
          txid++;
          begin = i + 1;
          distinct.clear();
        }
      }
      return writer.finish();
    }
  }
}
