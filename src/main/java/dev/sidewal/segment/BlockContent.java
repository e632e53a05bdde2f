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

  /**
   * The part of the heap that a writer's slots may take: all slots with 128 MiB, as that counts.
   */
  private static final int HEAP_PART = 15;

  private static final long LEAST_SLOT_BYTES = 1 << 20;

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
    private final CellVotes cells;
    private final byte[] both;
    private final ByteSink patch = new ByteSink(256);

    Versions(int pageSize) {
      slots = new PageSlots(pageSize);
      table = new SlotTable(slots(pageSize, Runtime.getRuntime().maxMemory()));
      patches = new PagePatch(pageSize);
      cells = new CellVotes(pageSize);
      both = new byte[2 * pageSize];
    }

    void put(int slot, byte[] source, int offset) {
      slots.put(slot, source, offset);
      cells.remember(source, offset, slot);
    }

    /** Makes a patch; false if it is not worth it. */
    boolean diff(byte[] before, byte[] source, int offset) {
      patch.clear();
      return patches.diff(before, source, offset, patch, slots.pageSize() / 8 * WORTH_EIGHTHS);
    }

    /** Returns the pages of two slots, one behind the other; of one slot the one page. */
    byte[] joined(int slot, int other) {
      byte[] page = slots.take(slot);
      if (slot == other) {
        return page;
      }
      System.arraycopy(page, 0, both, 0, page.length);
      System.arraycopy(slots.take(other), 0, both, page.length, page.length);
      return both;
    }
  }

  /**
   * Returns how many slots a writer uses in a heap of a size: where memory is short fewer than
   * there are. A reader takes no more memory than for those that were used.
   */
  static int slots(int pageSize, long heap) {
    long bytes = Long.highestOneBit(Math.max(heap / HEAP_PART, LEAST_SLOT_BYTES));
    return (int) (Math.min(bytes, SegmentFormat.SLOT_BYTES) / pageSize);
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
          v.cells.clear();
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
    int from = CellVotes.NONE;
    if (slot == SlotTable.NONE) {
      slot = v.table.take(pageNumber);
    } else {
      byte[] before = v.slots.take(slot);
      boolean shrank = v.cells.lostMany(before, source, offset);
      if (!shrank && v.diff(before, source, offset)) {
        entry(v, 4L * slot + SegmentFormat.ENTRY_PATCH, CellVotes.NONE);
        v.put(slot, source, offset);
        return;
      }
      if (v.cells.isLeaf(before)) {
        // Its cells may be in pages that come next: what it was stays, for them to build on.
        int old = slot;
        v.table.park(old);
        slot = v.table.take(pageNumber);
        from = shrank ? old : CellVotes.NONE;
      }
    }
    if (from == CellVotes.NONE) {
      from = v.cells.elect(source, offset);
    }
    if (from != CellVotes.NONE && v.diff(v.joined(slot, from), source, offset)) {
      entry(v, 4L * slot + SegmentFormat.ENTRY_MIXED, from);
    } else {
      bytes.putVarint(4L * slot + SegmentFormat.ENTRY_KEPT);
      bytes.putBytes(source, offset, pageSize);
    }
    v.put(slot, source, offset);
  }

  private void entry(Versions v, long how, int from) {
    bytes.putVarint(how);
    if (from != CellVotes.NONE) {
      bytes.putVarint(from);
    }
    bytes.putVarint(v.patch.length());
    bytes.putAll(v.patch);
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
