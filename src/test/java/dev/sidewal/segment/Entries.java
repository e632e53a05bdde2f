package dev.sidewal.segment;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Blocks of format version 2 spelled out entry by entry, from {@code docs/format.md} and with its
 * numbers: a second opinion on the format, and a forger of objects whose checksums are right. Pages
 * have 512 bytes; the frames are of one transaction, and of the pages 1, 2, 3 and so on.
 */
final class Entries {

  static final int PAGE_SIZE = 512;

  private final List<byte[]> blocks = new ArrayList<>();
  private final List<Integer> blockFrames = new ArrayList<>();
  private final List<byte[]> expected = new ArrayList<>();
  private final ByteSink open = new ByteSink(64);
  private int frames;

  /** A page with one byte all over. */
  static byte[] filled(int value) {
    byte[] page = new byte[PAGE_SIZE];
    Arrays.fill(page, (byte) value);
    return page;
  }

  /** Two blocks of one chunk that have entries of every type. */
  static Entries ofEveryType() {
    byte[] changed = filled(7);
    changed[10] = 1;
    changed[11] = 2;
    byte[] moved = changed.clone();
    System.arraycopy(changed, 10, moved, 500, 12);
    byte[] mixed = filled(9);
    System.arraycopy(moved, 496, mixed, 0, 16);
    mixed[16] = 3;
    byte[] half = new byte[PAGE_SIZE];
    Arrays.fill(half, 256, 512, (byte) 9);
    return new Entries()
        .page(filled(5))
        .kept(3, filled(7))
        .kept(16383, filled(9))
        // Skip 10, two bytes from the patch.
        .patch(3, changed, 10, 2 * 2, 1, 2)
        .endBlock()
        // Skip 500, take 12 bytes from 490 before.
        .patch(3, moved, 0xf4, 3, 12 * 2 + 1, 0xd3, 0x07)
        // Slot 3, then the page of slot 16383 behind it: 16 bytes from 496, one new, the rest.
        .mixed(3, 16383, mixed, 0, 16 * 2 + 1, 0xe0, 0x07, 0, 1 * 2, 3, 0, 0xdf, 0x07, 0x80, 0x08)
        // An empty slot counts as zeros: skip 256, take 256 bytes from 256 behind the second page.
        .mixed(4, 16383, half, 0x80, 2, 0x81, 4, 0x80, 8)
        // No op at all: the page once more.
        .patch(3, mixed)
        .endBlock();
  }

  Entries page(byte[] image) {
    return image(0, image);
  }

  Entries kept(int slot, byte[] image) {
    return image(slot * 4L + 1, image);
  }

  private Entries image(long how, byte[] image) {
    open.putVarint(how);
    open.putBytes(image, 0, image.length);
    return expect(image);
  }

  Entries patch(int slot, byte[] expect, int... ops) {
    open.putVarint(slot * 4L + 2);
    return ops(ops).expect(expect);
  }

  Entries mixed(int slot, int other, byte[] expect, int... ops) {
    open.putVarint(slot * 4L + 3);
    open.putVarint(other);
    return ops(ops).expect(expect);
  }

  private Entries ops(int... ops) {
    open.putVarint(ops.length);
    return bytes(ops);
  }

  /** Adds bytes as they are; they are no frame. */
  Entries bytes(int... bytes) {
    for (int b : bytes) {
      open.putByte(b);
    }
    return this;
  }

  /** Says that another frame is there. */
  Entries expect(byte[] image) {
    expected.add(image);
    frames++;
    return this;
  }

  Entries endBlock() {
    blocks.add(Arrays.copyOf(open.array(), open.length()));
    blockFrames.add(frames);
    open.clear();
    frames = 0;
    return this;
  }

  /** Returns the raw bytes of a block, to be changed there. */
  byte[] block(int n) {
    return blocks.get(n);
  }

  /** Returns the object: one chunk with all blocks. */
  byte[] object() {
    Sample sample = sample();
    Anatomy anatomy = new Anatomy(sample.write());
    Anatomy.Part chunk = anatomy.chunk(0);
    byte[] commit =
        Arrays.copyOfRange(chunk.raw, chunk.raw.length - commitLength(), chunk.raw.length);
    anatomy.parts.clear();
    ByteSink ops = new ByteSink(64);
    for (long value : new long[] {68, 0, 0, 0, 0}) {
      ops.putVarint(value);
    }
    for (int i = 0; i < blocks.size(); i++) {
      Anatomy.Part block = new Anatomy.Part(false, new byte[0]);
      anatomy.change(block, blocks.get(i));
      anatomy.parts.add(block);
      ops.putByte(1);
      ops.putVarint(16 + block.stored.length);
      ops.putVarint(block.raw.length);
      ops.putVarint(blockFrames.get(i));
      ops.putByte(2);
      ops.putVarint(blockFrames.get(i));
      for (int f = 0; f < blockFrames.get(i); f++) {
        ops.putZigzag(1);
      }
    }
    ops.putBytes(commit, 0, commit.length);
    anatomy.change(chunk, Arrays.copyOf(ops.array(), ops.length()));
    anatomy.parts.add(chunk);
    anatomy.tableField(0, 12).putInt(blocks.size());
    anatomy.mendTable();
    return anatomy.assemble();
  }

  /** Returns how many entries of each type an object has. */
  static long[] count(Anatomy object, int pageSize) {
    long[] counts = new long[4];
    for (Anatomy.Part part : object.parts) {
      VarintReader in = new VarintReader(part.raw, 0, part.index ? 0 : part.raw.length);
      while (in.hasMore()) {
        int type = (int) in.next() & 3;
        counts[type]++;
        if (type == 3) {
          in.next();
        }
        in.skip(type < 2 ? pageSize : in.next());
      }
    }
    return counts;
  }

  /** Fails unless what was read is what the entries mean. */
  void assertHolds(List<Sample.Tx> read) {
    sample().assertHolds(read);
  }

  private Sample sample() {
    List<Sample.Page> pages = new ArrayList<>();
    for (byte[] image : expected) {
      pages.add(new Sample.Page(pages.size() + 1L, image));
    }
    return new Sample(Sample.header(ObjectKind.SEGMENT, PAGE_SIZE, 1))
        .add(1, Sample.START, pages.size(), false, pages);
  }

  /**
   * The commit of fewer than 128 pages: op, flags, step, wait in six bytes, two sizes, checksum.
   */
  private static int commitLength() {
    return 3 + 6 + 2 + 8;
  }
}
