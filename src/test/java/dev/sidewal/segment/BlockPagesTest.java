package dev.sidewal.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.sidewal.error.HistoryDamagedException;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Blocks with entries that are right, wrong, and taken in the wrong order. */
class BlockPagesTest {

  private static final byte[] SEVENS = Entries.filled(7);

  private static SegmentReader open(Entries entries) throws IOException {
    return SegmentReader.open(new MemorySource(entries.object()));
  }

  private static Throwable verified(SegmentReader reader) {
    return catchThrowable(reader::verifyAll);
  }

  private static Throwable walked(SegmentReader reader) {
    return catchThrowable(() -> Sample.read(reader));
  }

  private static void refused(Entries entries, String message) throws IOException {
    SegmentReader reader = open(entries.endBlock());
    for (Throwable failure : List.of(verified(reader), walked(reader))) {
      assertThat(failure)
          .isExactlyInstanceOf(HistoryDamagedException.class)
          .hasMessageStartingWith("generations/00000001/segments/test.segment is damaged: ")
          .hasMessageContaining(message);
    }
  }

  private static Entries begin() {
    return new Entries().kept(3, SEVENS);
  }

  @Test
  void entriesOfEveryTypeAreRead() throws IOException {
    Entries entries = Entries.ofEveryType();
    SegmentReader reader = open(entries);
    reader.verifyAll();
    entries.assertHolds(Sample.read(reader));
  }

  @Test
  void slotsThatAreNotThereOrEmpty() throws IOException {
    refused(begin().kept(16384, SEVENS), "entry 1 of the block at byte 68 names no slot");
    refused(begin().bytes(4).expect(SEVENS), "entry 1 of the block at byte 68 names no slot");
    refused(begin().patch(16384, SEVENS), "names no slot");
    refused(begin().patch(1 << 28, SEVENS), "names no slot");
    refused(begin().patch(4, SEVENS), "entry 1 of the block at byte 68 builds on an empty slot");
    refused(begin().mixed(3, 4, SEVENS), "builds on an empty slot");
    refused(begin().mixed(4, 5, SEVENS), "builds on an empty slot");
    refused(begin().mixed(3, 16384, SEVENS), "builds on an empty slot");
  }

  @Test
  void patchesThatLeadOut() throws IOException {
    String message = "entry 1 of the block at byte 68 is a patch that leads out of the page";
    // Skip 513; skip 512 and write one; write 511 from 10 on; write what is not there.
    refused(begin().patch(3, SEVENS, 0x81, 4, 0), message);
    refused(begin().patch(3, SEVENS, 0x80, 4, 2, 9), message);
    refused(begin().patch(3, SEVENS, 10, 0xfe, 7, 9), message);
    refused(begin().patch(3, SEVENS, 0, 20, 9), message);
    // Copy from before the begin, from behind the end, and of another page in a plain patch.
    refused(begin().patch(3, SEVENS, 0, 3, 1), message);
    refused(begin().patch(3, SEVENS, 0, 3, 0x80, 8), message);
    refused(begin().patch(3, SEVENS, 0, 0x81, 8, 2), message);
    refused(begin().mixed(3, 3, SEVENS, 0, 3, 0x80, 8), message);
    refused(begin().kept(5, SEVENS).mixed(3, 5, SEVENS, 0, 3, 0x80, 16), "leads out of the page");
    // Ends within an op, and numbers without an end.
    refused(begin().patch(3, SEVENS, 1), message);
    refused(begin().patch(3, SEVENS, 1, 3), message);
    refused(begin().patch(3, SEVENS, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1), message);
  }

  @Test
  void blocksThatEndWithinAnEntry() throws IOException {
    refused(begin().bytes(0, 1, 2).expect(SEVENS), "entry 1 of the block at byte 68 is cut short");
    refused(begin().bytes(14, 4, 10).expect(SEVENS), "is cut short");
    refused(begin().bytes(14).bytes(0x80).expect(SEVENS), "is cut short");
    refused(begin().bytes(15, 3).expect(SEVENS), "is cut short");
    refused(begin().bytes(0x8e, 0x80).expect(SEVENS), "names no slot");
    refused(begin().bytes(14, 255, 255, 255, 255, 255, 255, 255, 255, 127).expect(SEVENS), "cut");
  }

  @Test
  void blocksOfOtherFramesThanTheirIndexSays() throws IOException {
    Throwable fewer = walked(open(begin().patch(3, SEVENS).expect(SEVENS).endBlock()));
    Throwable more = walked(open(begin().patch(3, SEVENS).bytes(14, 0).endBlock()));
    for (Throwable failure : List.of(fewer, more)) {
      assertThat(failure)
          .isExactlyInstanceOf(HistoryDamagedException.class)
          .hasMessageContaining("the block at byte 68 does not hold the")
          .hasMessageContaining("page images that its index says");
    }
    refused(begin().patch(3, SEVENS).bytes(14, 0), "test.segment is damaged");
    refused(begin().patch(3, SEVENS).expect(SEVENS), "test.segment is damaged");
    // Two blocks whose frames are right only in sum.
    refused(
        begin().patch(3, SEVENS).expect(SEVENS).endBlock().patch(3, SEVENS).bytes(14, 0),
        "test.segment is damaged");
  }

  @Test
  void mutatedEntriesAreDamageOrHarmless() throws IOException {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    int damaged = 0;
    int rounds = Integer.getInteger("sidewal.patch.rounds", 4000);
    for (int round = 0; round < rounds; round++) {
      Entries entries = Entries.ofEveryType();
      // The second block is nearly all ops; the first mostly pages.
      byte[] raw = entries.block(random.nextInt(10) == 0 ? 0 : 1);
      for (int n = random.nextInt(3); n >= 0; n--) {
        raw[random.nextInt(raw.length)] =
            (byte) (random.nextBoolean() ? random.nextInt() : random.nextInt(32));
      }
      SegmentReader reader = open(entries);
      Throwable whole = verified(reader);
      Throwable walk = walked(reader);
      if (whole != null) {
        assertThat(whole)
            .as("seed %s, round %s", seed, round)
            .isExactlyInstanceOf(HistoryDamagedException.class)
            .hasMessageContaining("test.segment");
        damaged++;
      }
      if (walk != null) {
        assertThat(walk)
            .as("seed %s, round %s", seed, round)
            .isExactlyInstanceOf(HistoryDamagedException.class)
            .hasMessageContaining("test.segment");
      }
      assertThat(walk == null).as("seed %s, round %s", seed, round).isEqualTo(whole == null);
    }
    System.out.println(damaged + " of " + rounds + " forgeries are damage, the rest harmless");
    assertThat(damaged).isBetween(rounds / 10, rounds - 1);
  }

  @Test
  void blocksOfAChunkOutOfOrder() throws IOException {
    SegmentReader reader = open(Entries.ofEveryType());
    IndexChunk chunk = reader.index(0);
    BlockEntry first = chunk.blocks().get(0);
    BlockEntry second = chunk.blocks().get(1);
    ChunkPages.Sink nothing = (frame, bytes, offset) -> {};
    try (BlockDecoder decoder = new BlockDecoder()) {
      assertThat(reader.blocksBuildOnEachOther()).isTrue();
      ChunkPages skipping = new ChunkPages(reader, decoder);
      assertThatThrownBy(() -> skipping.read(second, nothing))
          .isExactlyInstanceOf(IllegalStateException.class)
          .hasMessage("frame 4 after 0 of a chunk");
      ChunkPages twice = new ChunkPages(reader, decoder);
      twice.read(first, nothing);
      assertThatThrownBy(() -> twice.read(first, nothing))
          .isExactlyInstanceOf(IllegalStateException.class);
      twice.read(second, nothing);
      // One that begins anew finds no page of the one before.
      int[] frames = {0};
      new ChunkPages(reader, decoder).read(first, (frame, bytes, offset) -> frames[0]++);
      assertThat(frames[0]).isEqualTo(first.frames());
    }
  }

  @Test
  void slotsAreEmptyWhereAChunkBegins() throws IOException {
    SegmentReader filling = open(begin().kept(4, SEVENS).endBlock());
    Entries zeros = new Entries().kept(5, SEVENS).mixed(4, 5, new byte[512]).endBlock();
    ChunkPages.Sink nothing = (frame, bytes, offset) -> {};
    try (BlockDecoder decoder = new BlockDecoder()) {
      new ChunkPages(filling, decoder).read(filling.index(0).blocks().get(0), nothing);
      SegmentReader building = open(new Entries().patch(3, SEVENS).endBlock());
      ChunkPages next = new ChunkPages(building, decoder);
      assertThatThrownBy(() -> next.read(building.index(0).blocks().get(0), nothing))
          .isExactlyInstanceOf(HistoryDamagedException.class)
          .hasMessageContaining("builds on an empty slot");
      new ChunkPages(filling, decoder).read(filling.index(0).blocks().get(0), nothing);
      SegmentReader empty = open(zeros);
      byte[][] last = new byte[1][];
      new ChunkPages(empty, decoder)
          .read(
              empty.index(0).blocks().get(0),
              (frame, bytes, offset) -> last[0] = Arrays.copyOfRange(bytes, offset, offset + 512));
      assertThat(last[0]).isEqualTo(new byte[512]);
    }
  }

  @Test
  void imagesMayBeTakenInAnyOrder() throws IOException {
    List<Sample.Page> images =
        LongStream.rangeClosed(1, 9).mapToObj(n -> new Sample.Page(n, SEVENS)).toList();
    Sample sample =
        new Sample(Sample.header(ObjectKind.DELTA, 512, 1))
            .options(new SegmentWriterOptions(1024, 1))
            .add(1, Sample.START, 9, false, images);
    SegmentReader reader = SegmentReader.open(new MemorySource(sample.write()));
    assertThat(reader.blocksBuildOnEachOther()).isFalse();
    IndexChunk chunk = reader.index(0);
    assertThat(chunk.blocks()).hasSizeGreaterThan(2);
    try (BlockDecoder decoder = new BlockDecoder()) {
      ChunkPages pages = new ChunkPages(reader, decoder);
      for (int i = chunk.blocks().size() - 1; i >= 0; i--) {
        pages.read(chunk.blocks().get(i), (frame, bytes, offset) -> {});
      }
    }
  }
}
