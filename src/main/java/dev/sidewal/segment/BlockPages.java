package dev.sidewal.segment;

import java.io.IOException;
import java.util.Optional;

/**
 * Takes the raw bytes of blocks apart into page images. Of objects whose entries build on earlier
 * ones, the blocks of a chunk must come in order, from its first on. Not thread-safe.
 */
final class BlockPages {

  /** Gets the page images of a block, in order. */
  @FunctionalInterface
  interface Sink {
    /** Gets an image; the bytes are overwritten when this returns. */
    void page(int slot, byte[] bytes, int offset) throws IOException;
  }

  private final String name;
  private final int pageSize;
  private final Optional<PageSlots> slots;
  private final byte[] before;
  private final byte[] mixed;

  /**
   * Creates one for an object.
   *
   * @param name the object's name for messages
   * @param slots used again for several objects; empty if no entry builds on another
   */
  BlockPages(String name, int pageSize, Optional<PageSlots> slots) {
    this.name = name;
    this.pageSize = pageSize;
    this.slots = slots;
    this.before = new byte[slots.isPresent() ? pageSize : 0];
    this.mixed = new byte[2 * before.length];
  }

  /** Says that the next block is the first one of a chunk. */
  void beginChunk() {
    slots.ifPresent(PageSlots::clear);
  }

  /**
   * Hands over the images of the next block.
   *
   * @param position where the block lies in the object, for messages
   * @return how many images it had
   */
  int next(long position, byte[] raw, int length, Sink sink) throws IOException {
    if (slots.isPresent()) {
      return entries(position, slots.get(), raw, length, sink);
    }
    for (int at = 0; at < length; at += pageSize) {
      sink.page(at / pageSize, raw, at);
    }
    return length / pageSize;
  }

  private int entries(long position, PageSlots pages, byte[] raw, int length, Sink sink)
      throws IOException {
    VarintReader in = new VarintReader(raw, 0, length);
    int frame = 0;
    while (in.hasMore()) {
      long how = in.next();
      int type = (int) how & 3;
      int slot = slot(how >>> 2);
      if (how < 0 || slot < 0 || (type == SegmentFormat.ENTRY_PAGE && how != 0)) {
        throw damaged(position, frame, "names no slot that there is");
      }
      if (type == SegmentFormat.ENTRY_PAGE || type == SegmentFormat.ENTRY_KEPT) {
        int at = in.skip(pageSize);
        if (at < 0) {
          throw damaged(position, frame, "is cut short");
        }
        if (type == SegmentFormat.ENTRY_KEPT) {
          pages.put(slot, raw, at);
        }
        sink.page(frame, raw, at);
      } else {
        int other = type == SegmentFormat.ENTRY_MIXED ? slot(in.next()) : slot;
        long patch = in.next();
        int at = in.skip(patch);
        if (at < 0) {
          throw damaged(position, frame, "is cut short");
        }
        if (other < 0 || !pages.isFilled(other)) {
          throw damaged(position, frame, "builds on an empty slot");
        }
        sink.page(frame, patched(position, frame, pages, slot, other, raw, at, (int) patch), 0);
      }
      frame++;
    }
    return frame;
  }

  /** Returns a number as a slot's; -1 if there is none of that number. */
  private int slot(long number) {
    return number < PageSlots.count(pageSize) ? (int) number : -1;
  }

  private byte[] patched(
      long position,
      int frame,
      PageSlots pages,
      int slot,
      int other,
      byte[] raw,
      int at,
      int length) {
    byte[] page = pages.take(slot);
    byte[] source = other == slot ? before : mixed;
    System.arraycopy(page, 0, source, 0, pageSize);
    if (other != slot) {
      System.arraycopy(pages.take(other), 0, source, pageSize, pageSize);
    }
    if (!PagePatch.apply(source, page, raw, at, at + length)) {
      throw damaged(position, frame, "is a patch that leads out of the page");
    }
    return page;
  }

  private RuntimeException damaged(long position, int frame, String detail) {
    return Damage.damaged(
        name, "entry " + frame + " of the block at byte " + position + " " + detail);
  }
}
