package dev.sidewal.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sidewal.error.HistoryDamagedException;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Index chunks spelled out op by op, each with one thing wrong that only one check can find. */
class IndexForgeryTest {

  private static final long MILLIS = Sample.START.toEpochMilli();

  /** Txid 1 changes pages 1 and 2, txid 2, 5 ms later, page 3. */
  private static Anatomy object(int blockBytes, int chunkBlocks) {
    Sample sample =
        new Sample(Sample.header(ObjectKind.SEGMENT, 512, 1))
            .options(new SegmentWriterOptions(blockBytes, 3))
            .chunks(chunkBlocks, 1);
    sample.add(1, Sample.START, 9, false, List.of(page(1), page(2)));
    sample.add(2, Sample.START.plusMillis(5), 9, false, List.of(page(3)));
    return new Anatomy(sample.write());
  }

  private static Sample.Page page(int number) {
    byte[] image = new byte[512];
    image[7] = (byte) number;
    return new Sample.Page(number, image);
  }

  private final ByteSink ops = new ByteSink(64);
  private long lastTxid;

  private IndexForgeryTest start(
      long offset, long frames, long openFrames, long txid, long millis) {
    lastTxid = txid;
    for (long value : new long[] {offset, frames, openFrames, txid, millis}) {
      ops.putVarint(value);
    }
    return this;
  }

  private IndexForgeryTest block(Anatomy object, int part) {
    return block(object, part, 1);
  }

  private IndexForgeryTest block(Anatomy object, int part, long frames) {
    ops.putByte(1);
    ops.putVarint(16 + object.parts.get(part).stored.length);
    ops.putVarint(object.parts.get(part).raw.length);
    ops.putVarint(frames);
    return this;
  }

  private IndexForgeryTest pages(long... deltas) {
    ops.putByte(2);
    ops.putVarint(deltas.length);
    for (long delta : deltas) {
      ops.putZigzag(delta);
    }
    return this;
  }

  private IndexForgeryTest commit(int flags, long step, long wait, long databasePages, long pages) {
    long txid = ++lastTxid;
    ops.putByte(3);
    ops.putByte(flags);
    ops.putVarint(step);
    ops.putVarint(wait);
    ops.putVarint(databasePages);
    ops.putVarint(pages);
    ops.putLong(31 * txid + 0x9e3779b97f4a7c15L * (txid == 1 ? 2 : 1));
    return this;
  }

  private byte[] raw() {
    byte[] raw = Arrays.copyOf(ops.array(), ops.length());
    ops.clear();
    return raw;
  }

  private static SegmentReader forge(Anatomy object, int chunk, byte[] raw) throws IOException {
    object.change(object.chunk(chunk), raw);
    object.mendTable();
    return SegmentReader.open(new MemorySource(object.assemble()));
  }

  private void refused(Anatomy object, int chunk, String message) throws IOException {
    SegmentReader reader = forge(object, chunk, raw());
    for (boolean whole : new boolean[] {true, false}) {
      assertThatThrownBy(
              () -> {
                if (whole) {
                  reader.verifyAll();
                } else {
                  Sample.read(reader);
                }
              })
          .isExactlyInstanceOf(HistoryDamagedException.class)
          .hasMessageContaining(message);
    }
  }

  private IndexForgeryTest honest(Anatomy object) {
    start(68, 0, 0, 0, 0);
    return block(object, 0).pages(1).block(object, 1).pages(1);
  }

  @Test
  void theHonestChunkIsWhatTheWriterMakes() throws IOException {
    Anatomy object = object(512, 64);
    byte[] raw =
        honest(object)
            .commit(0, 1, MILLIS, 9, 2)
            .block(object, 2)
            .pages(1)
            .commit(0, 1, 5, 9, 1)
            .raw();
    assertThat(raw).isEqualTo(object.chunk(0).raw);
    forge(object, 0, raw).verifyAll();
  }

  @Test
  void slotsLeftEmpty() throws IOException {
    Anatomy object = object(512, 64);
    start(68, 0, 0, 0, 0).block(object, 0).block(object, 1).pages(1, 1);
    commit(0, 1, MILLIS, 9, 2).block(object, 2).pages(1).commit(0, 1, 5, 9, 1);
    refused(object, 0, "leaves slots of a block empty");
    start(68, 0, 0, 0, 0).block(object, 0).pages(1, 1);
    refused(object, 0, "for fewer slots");
    honest(object).commit(0, 1, MILLIS, 9, 2).block(object, 2).commit(0, 1, 5, 9, 0);
    refused(object, 0, "has fewer blocks, frames or transactions");
  }

  @Test
  void blocksOfOtherFramesThanTheyHold() throws IOException {
    Anatomy object = object(512, 64);
    for (long frames : new long[] {0, 258, 1L << 40, -1, Long.MIN_VALUE}) {
      start(68, 0, 0, 0, 0).block(object, 0, frames);
      refused(object, 0, "has a block of 515 bytes");
    }
    start(68, 0, 0, 0, 0).block(object, 0, 4);
    refused(object, 0, "has more blocks or frames than the footer says");
  }

  @Test
  void pageNumbersOutOfRange() throws IOException {
    Anatomy object = object(512, 64);
    for (long page : new long[] {0, -1, 0xffff_ffffL, 0x1_0000_0001L, Long.MIN_VALUE}) {
      start(68, 0, 0, 0, 0).block(object, 0).pages(page);
      refused(object, 0, "has page number " + page);
    }
    start(68, 0, 0, 0, 0).block(object, 0).pages();
    refused(object, 0, "has 0 pages");
  }

  @Test
  void commitsThatCannotBe() throws IOException {
    Anatomy object = object(512, 64);
    honest(object).commit(2, 1, MILLIS, 9, 2);
    refused(object, 0, "has a commit with flags 2");
    for (long step : new long[] {0, 2, -1}) {
      honest(object).commit(0, step, MILLIS, 9, 2);
      refused(object, 0, "has a step of " + step);
    }
    honest(object).commit(0, 1, -1, 9, 2);
    refused(object, 0, "has a wait of -1 ms");
    honest(object).commit(0, 1, SegmentFormat.MAX_MILLIS + 1, 9, 2);
    refused(object, 0, "has a wait of 10000000000000 ms");
    honest(object).commit(0, 1, MILLIS + 1, 9, 2);
    refused(object, 0, "has another time for the first transaction");
    for (long size : new long[] {0, -1, 0xffff_ffffL}) {
      honest(object).commit(0, 1, MILLIS, size, 2);
      refused(object, 0, "has an absurd commit of txid 1: database pages " + size);
    }
    honest(object).commit(0, 1, MILLIS, 9, 0);
    refused(object, 0, "has 0 pages in 2 frames");
    honest(object).commit(0, 1, MILLIS, 9, 3);
    refused(object, 0, "3 pages in 2 frames");
  }

  @Test
  void aLastCommitThatTheFooterContradicts() throws IOException {
    Anatomy object = object(512, 64);
    honest(object).commit(0, 1, MILLIS, 9, 2).block(object, 2).pages(1).commit(0, 1, 4, 9, 1);
    refused(object, 0, "says other things of the last transaction");
    honest(object).commit(0, 1, MILLIS, 9, 2).block(object, 2).pages(1).commit(0, 1, 5, 8, 1);
    refused(object, 0, "says other things of the last transaction");
    honest(object).commit(0, 1, MILLIS, 9, 2).commit(0, 1, 5, 9, 0).block(object, 2).pages(1);
    refused(object, 0, "ends within a transaction");
  }

  @Test
  void numbersTooLongAndOpsUnknown() throws IOException {
    Anatomy object = object(512, 64);
    // 68 in ten bytes whose last has a bit too many, which must not be lost in silence.
    for (int b : new int[] {0xc4, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02}) {
      ops.putByte(b);
    }
    byte[] rest = object(512, 64).chunk(0).raw;
    for (int i = 1; i < rest.length; i++) {
      ops.putByte(rest[i]);
    }
    refused(object, 0, "has a number of more than 64 bits");
    start(68, 0, 0, 0, 0);
    ops.putByte(4);
    refused(object, 0, "has an op with number 4");
    start(68, 0, 0, 0, 0).block(object, 0);
    ops.putByte(2);
    refused(object, 0, "ends within an op");
  }

  @Test
  void chunksThatDoNotContinueEachOther() throws IOException {
    Anatomy object = object(512, 1);
    int at = object.parts.get(4).offset;
    start(at, 2, 0, 1, MILLIS).block(object, 4).pages(3).commit(0, 1, 5, 9, 1);
    // The writer's delta begins anew in each chunk; txid 2 is the third chunk's.
    byte[] honest = raw();
    assertThat(honest).isEqualTo(object.chunk(2).raw);
    start(at, 2, 1, 1, MILLIS).block(object, 4).pages(3).commit(0, 1, 5, 9, 1);
    refused(object, 2, "index chunk 2 does not continue the one before it");
    start(at, 2, 0, 1, MILLIS + 1).block(object, 4).pages(3).commit(0, 1, 4, 9, 1);
    refused(object, 2, "index chunk 2 does not continue the one before it");
    start(at, 2, 0, 1, MILLIS - 1).block(object, 4).pages(3).commit(0, 1, 6, 9, 1);
    refused(object, 2, "begins elsewhere");
    start(at + 1, 2, 0, 1, MILLIS).block(object, 4).pages(3).commit(0, 1, 5, 9, 1);
    refused(object, 2, "begins elsewhere");
    start(at, 2, 0, 0, MILLIS).block(object, 4).pages(3).commit(0, 1, 5, 9, 1);
    refused(object, 2, "begins elsewhere");
  }
}
