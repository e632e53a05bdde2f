package dev.sidewal.segment;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Finds out in which slot lies the page from which most cells of a page came. When SQLite balances
 * a b-tree it moves cells, as they are, between leaves side by side: such a page has little in
 * common with what it was before, and much with what its neighbour was. Not thread-safe.
 *
 * <p>A few cells of each leaf that is put into a slot are remembered, by a hash of some of their
 * bytes; the cells of the page in question vote. Pages may hold anything: what looks like a leaf
 * but is none gives a useless answer, and nothing else. So does a cell that has left meanwhile.
 */
final class CellVotes {

  /** No slot has enough votes. */
  static final int NONE = -1;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);

  private static final int INDEX_LEAF = 10;
  private static final int TABLE_LEAF = 13;

  /** Where the header of a leaf has the number of its cells. */
  private static final int CELL_COUNT = 3;

  /** Where the pointers to a leaf's cells begin. */
  private static final int POINTERS = 8;

  /** So many cells of a page are remembered. */
  private static final int REMEMBERED = 6;

  /** Fewer than twice so many cells of a page vote. */
  private static final int VOTERS = 128;

  /** So many votes are no coincidence. */
  private static final int ENOUGH = 2;

  private static final int TABLE_BITS = 15;

  /** A slot's number has at most 14 bits; the other bits of an entry are the hash's. */
  private static final int SLOT_MASK = 0x7fff;

  private static final long MIX = 0x9E3779B97F4A7C15L;

  private final int pageSize;

  /** By hash of a cell, the rest of the hash and the slot plus one. */
  private final int[] table = new int[1 << TABLE_BITS];

  private final short[] votes;
  private final int[] voted = new int[2 * VOTERS];

  CellVotes(int pageSize) {
    this.pageSize = pageSize;
    votes = new short[PageSlots.count(pageSize)];
  }

  void clear() {
    Arrays.fill(table, 0);
  }

  /** Returns whether a page may be a leaf of a b-tree that has cells. */
  boolean isLeaf(byte[] page) {
    return cells(page, 0) > 0;
  }

  /** Returns how many cells a page says to have; 0 if it is no leaf of a b-tree. */
  private int cells(byte[] page, int offset) {
    int type = page[offset];
    if (type != INDEX_LEAF && type != TABLE_LEAF) {
      return 0;
    }
    int count = (short) SHORT.get(page, offset + CELL_COUNT) & 0xffff;
    return POINTERS + 2 * count <= pageSize ? count : 0;
  }

  /** Says that a page is now in a slot. */
  void remember(byte[] page, int offset, int slot) {
    int count = cells(page, offset);
    int step = Math.max(1, count / REMEMBERED);
    for (int i = step / 2; i < count; i += step) {
      long hash = hash(page, offset, i);
      table[(int) (hash >>> (Long.SIZE - TABLE_BITS))] = ((int) hash & ~SLOT_MASK) | (slot + 1);
    }
  }

  /** Returns whether a leaf has many cells fewer than before, so that others will have them. */
  boolean lostMany(byte[] before, byte[] page, int offset) {
    int had = cells(before, 0);
    return had > 0 && cells(page, offset) < had - had / 4;
  }

  /** Returns the slot for which most of a page's cells vote; {@link #NONE} if they do not agree. */
  int elect(byte[] page, int offset) {
    int count = cells(page, offset);
    int step = Math.max(1, count / VOTERS);
    int best = NONE;
    int most = ENOUGH - 1;
    int n = 0;
    for (int i = 0; i < count; i += step) {
      long hash = hash(page, offset, i);
      int entry = table[(int) (hash >>> (Long.SIZE - TABLE_BITS))];
      int slot = (entry & SLOT_MASK) - 1;
      if (slot < 0 || ((entry ^ (int) hash) & ~SLOT_MASK) != 0) {
        continue;
      }
      voted[n++] = slot;
      votes[slot]++;
      if (votes[slot] > most) {
        most = votes[slot];
        best = slot;
      }
    }
    for (int i = 0; i < n; i++) {
      votes[voted[i]] = 0;
    }
    return best;
  }

  /** Returns a hash of what is most likely to be a cell's alone. */
  private long hash(byte[] page, int offset, int cell) {
    int begin = (short) SHORT.get(page, offset + POINTERS + 2 * cell) & 0xffff;
    int at = begin;
    if (page[offset] == INDEX_LEAF && begin < pageSize) {
      // The rowid stands at the end; the length before it has one byte or is too large to bother.
      int length = page[offset + begin];
      at = length >= Long.BYTES - 1 ? begin + 1 + length - Long.BYTES : begin;
    }
    at = Math.min(at, pageSize - Long.BYTES);
    return (long) LONG.get(page, offset + at) * MIX;
  }
}
