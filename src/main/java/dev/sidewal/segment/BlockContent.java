package dev.sidewal.segment;

import java.util.Optional;

/**
 * The open block of a writer: page images one after the other, or, in objects in which a page comes
 * again and again, entries that say how each differs from the version before. Not thread-safe.
 *
 * <p>Invariant: in a chunk's first block no entry builds on another chunk: {@link #beginChunk}
 * forgets all pages.
 */
final class BlockContent {

  private static final int FIRST_BYTES = 1 << 16;

  /** Of a page's bytes a patch may have so many eighths; a larger one is not worth it. */
  private static final int WORTH_EIGHTHS = 5;

  private final int pageSize;
  private final int asked;
  private final int most;
  private final ByteSink bytes;
  private final Optional<Versions> versions;
  private int frames;

  /** The versions that entries may build on. */
  private static final class Versions {
    private final PageSlots slots;
    private final SlotTable table;
    private final PagePatch patches;
    private final ByteSink patch = new ByteSink(256);

    Versions(int pageSize) {
      slots = new PageSlots(pageSize);
      table = new SlotTable(PageSlots.count(pageSize));
      patches = new PagePatch(pageSize);
    }
  }

  /**
   * Creates an empty one.
   *
   * @param most raw bytes after which a block is full; one page always fits
   * @param patched whether entries may build on earlier ones
   */
  BlockContent(int pageSize, int most, boolean patched) {
    this.pageSize = pageSize;
    versions = patched ? Optional.of(new Versions(pageSize)) : Optional.empty();
    this.asked = most;
    this.most = patched ? most : Math.max(1, most / pageSize) * pageSize;
    bytes = new ByteSink(Math.min(Math.max(pageSize, most), Math.max(FIRST_BYTES, pageSize)));
  }

  /** Returns whether it was created with these. */
  boolean isFor(int size, int mostBytes, boolean patched) {
    return size == pageSize && mostBytes == asked && patched == versions.isPresent();
  }

  /** Makes it as it was when it was created, but for the memory that it has. */
  void reset() {
    clear();
    beginChunk();
  }

  /** Forgets the pages that entries could build on. */
  void beginChunk() {
    versions.ifPresent(
        v -> {
          v.slots.clear();
          v.table.clear();
        });
  }

  /** Returns whether the block must be written before another page comes. */
  boolean isFull() {
    return frames > 0 && bytes.length() + pageSize + (versions.isPresent() ? 5 : 0) > most;
  }

  /** Adds a page image. */
  void add(long pageNumber, byte[] source, int offset) {
    if (versions.isPresent()) {
      addVersion(versions.get(), pageNumber, source, offset);
    } else {
      bytes.putBytes(source, offset, pageSize);
    }
    frames++;
  }

  private void addVersion(Versions v, long pageNumber, byte[] source, int offset) {
    int slot = v.table.find(pageNumber);
    if (slot != SlotTable.NONE) {
      byte[] before = v.slots.take(slot);
      v.patch.clear();
      if (v.patches.diff(before, source, offset, v.patch, pageSize / 8 * WORTH_EIGHTHS)) {
        bytes.putVarint(4L * slot + SegmentFormat.ENTRY_PATCH);
        bytes.putVarint(v.patch.length());
        bytes.putAll(v.patch);
        v.slots.put(slot, source, offset);
        return;
      }
    } else {
      slot = v.table.take(pageNumber);
    }
    bytes.putVarint(4L * slot + SegmentFormat.ENTRY_KEPT);
    bytes.putBytes(source, offset, pageSize);
    v.slots.put(slot, source, offset);
  }

  /** Begins the next block. */
  void clear() {
    bytes.clear();
    frames = 0;
  }

  int frames() {
    return frames;
  }

  /** Returns the raw bytes so far. */
  int length() {
    return bytes.length();
  }

  /** Returns what holds the raw bytes, from its begin on. */
  byte[] array() {
    return bytes.array();
  }
}
