package dev.sidewal.segment;

import java.io.Closeable;
import java.io.IOException;

/** Walks the page numbers of an object's frames forward, with one index chunk in memory. */
final class FrameCursor implements Closeable {

  private final SegmentReader reader;
  private final BlockDecoder decoder = new BlockDecoder();
  private IndexChunk chunk;

  /** The ordinal in the object of the next frame. */
  private long next;

  FrameCursor(SegmentReader reader) throws IOException {
    this.reader = reader;
    chunk = reader.index(0, decoder);
  }

  /** Passes over frames without reading the chunks that lie wholly among them. */
  void skipTo(long frame) {
    next = frame;
  }

  /** Hands over the runs of the next {@code count} frames. */
  void runs(long count, PageRuns.Sink sink) throws IOException {
    long end = next + count;
    long first = 0;
    long last = 0;
    while (next < end) {
      seek();
      int to = (int) Math.min(end - chunk.firstFrame(), chunk.frames());
      for (int i = (int) (next - chunk.firstFrame()); i < to; i++) {
        long page = chunk.pageNumber(i);
        if (last == 0) {
          first = page;
        } else if (page != last + 1) {
          sink.run(first, last);
          first = page;
        }
        last = page;
      }
      next = chunk.firstFrame() + to;
    }
    if (last != 0) {
      sink.run(first, last);
    }
  }

  private void seek() throws IOException {
    int ordinal = chunk.ordinal();
    long before = chunk.firstFrame();
    while (next >= before + reader.chunkFrames(ordinal)) {
      before += reader.chunkFrames(ordinal);
      ordinal++;
    }
    if (ordinal != chunk.ordinal()) {
      chunk = reader.index(ordinal, decoder);
    }
  }

  @Override
  public void close() {
    decoder.close();
  }
}
