package dev.sidewal.segment;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Says in few bytes what differs between two versions of a page, as {@code docs/format.md} lists
 * it. Not thread-safe.
 *
 * <p>A commit changes little of most pages: a few bytes of the header, one cell, and the array of
 * cell pointers, in which all behind the new one move by two bytes; and when SQLite packs a page
 * anew, the cells change places. A general compressor finds that only if the earlier version lies
 * within its window; here the earlier version is known.
 */
final class PagePatch {

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** So many bytes at another place must agree to be worth an op. */
  private static final int MOVED_BYTES = 2 * Long.BYTES;

  /** By how much the array of cell pointers moves when one is added or goes. */
  private static final int POINTER = 2;

  /** So many bytes are taken as they are before they are looked for elsewhere in the page. */
  private static final int SEARCHED_BYTES = 48;

  /**
   * Behind so many bytes that are nowhere in the page, as a part of it, no piece is looked for that
   * stood elsewhere. The cell pointers of a page that was packed anew are fewer.
   */
  private static final int SEARCHED_PART = 8;

  private static final int TABLE_BITS = 11;
  private static final long MIX = 0x9E3779B97F4A7C15L;

  private final int pageSize;

  /** Every so many bytes of the version before are in the table. */
  private final int stride;

  /** By hash of eight bytes, where in the version before they stand, plus one. */
  private final int[] table = new int[1 << TABLE_BITS];

  // The two versions that are being compared.
  private byte[] before = new byte[0];
  private byte[] after = new byte[0];
  private int offset;
  private boolean tableFilled;

  // The last match that was found elsewhere.
  private int foundAt;
  private int foundFrom;
  private int foundLength;

  PagePatch(int pageSize) {
    this.pageSize = pageSize;
    this.stride = Math.max(4, pageSize >>> (TABLE_BITS - 1));
  }

  /**
   * Appends the patch that leads from one version to the next.
   *
   * @param older the version before, and behind it another page if pieces of that may be taken
   * @param newer holds the next version from {@code newerOffset} on
   * @param most the most bytes that the patch may have
   * @return false if it would have more; what was appended then means nothing
   */
  boolean diff(byte[] older, byte[] newer, int newerOffset, ByteSink out, int most) {
    before = older;
    after = newer;
    offset = newerOffset;
    tableFilled = false;
    int end = out.length() + most;
    int done = 0;
    while (true) {
      int equal = Arrays.mismatch(before, done, pageSize, after, offset + done, offset + pageSize);
      if (equal < 0) {
        return out.length() <= end;
      }
      int at = done + equal;
      out.putVarint(equal);
      int moved = same(at + POINTER, at);
      if (moved > 0) {
        copy(out, POINTER, moved);
        done = at + moved;
        continue;
      }
      int beside = before.length > pageSize ? same(at + pageSize, at) : 0;
      if (beside > 0) {
        copy(out, pageSize, beside);
        done = at + beside;
        continue;
      }
      foundLength = 0;
      int inserted = same(at, at + POINTER);
      done = inserted > 0 ? at + POINTER : differentUntil(at, end - out.length());
      if (out.length() + (done - at) > end) {
        return false;
      }
      if (done > at) {
        out.putVarint((done - at) * 2L);
        out.putBytes(after, offset + at, done - at);
      }
      if (inserted > 0 || foundLength > 0) {
        if (done > at) {
          out.putVarint(0);
        }
        copy(out, inserted > 0 ? -POINTER : foundFrom - foundAt, Math.max(inserted, foundLength));
        done += Math.max(inserted, foundLength);
      }
    }
  }

  private static void copy(ByteSink out, int distance, int length) {
    out.putVarint(length * 2L + 1);
    out.putZigzag(distance);
  }

  /** Returns how many bytes of the two versions at two places agree; 0 if too few. */
  private int same(int beforeAt, int afterAt) {
    int room = Math.min(before.length - beforeAt, pageSize - afterAt);
    if (room < MOVED_BYTES
        || (long) LONG.get(before, beforeAt) != (long) LONG.get(after, offset + afterAt)
        || (long) LONG.get(before, beforeAt + Long.BYTES)
            != (long) LONG.get(after, offset + afterAt + Long.BYTES)) {
      return 0;
    }
    int from = offset + afterAt;
    int same = Arrays.mismatch(before, beforeAt, beforeAt + room, after, from, from + room);
    return same < 0 ? room : same;
  }

  /**
   * Returns up to where the bytes from {@code at} on must be written out: till eight bytes agree at
   * their place, or many at another one, which is then what was found. If these are more than
   * {@code most} it does not matter where.
   */
  private int differentUntil(int at, int most) {
    int near = equalAgain(at + 1, Math.min(at + SEARCHED_BYTES, pageSize - Long.BYTES));
    if (near < pageSize) {
      return near;
    }
    // Not a change in place: look for what stood elsewhere, from the begin.
    fillTable();
    int i = at;
    int last = Math.min(pageSize - Long.BYTES, at + Math.min(most, pageSize / SEARCHED_PART));
    for (; i <= last; i++) {
      long bytes = (long) LONG.get(after, offset + i);
      if (bytes == (long) LONG.get(before, i)) {
        return i;
      }
      int candidate = table[hash(bytes)] - 1;
      if (candidate >= 0 && find(at, i, candidate)) {
        return foundAt;
      }
    }
    return equalAgain(i, Math.min(pageSize - Long.BYTES, at + most));
  }

  /** Returns where eight bytes agree at their place; the page's end if they do not up to there. */
  private int equalAgain(int from, int to) {
    int i = from;
    while (i <= to) {
      long other = (long) LONG.get(before, i) ^ (long) LONG.get(after, offset + i);
      if (other == 0) {
        return i;
      }
      i += Long.BYTES - Long.numberOfLeadingZeros(other) / Byte.SIZE;
    }
    return pageSize;
  }

  /** Looks how far two places agree, to both sides. */
  private boolean find(int least, int at, int candidate) {
    int room = Math.min(before.length - candidate, pageSize - at);
    int length =
        Arrays.mismatch(
            before, candidate, candidate + room, after, offset + at, offset + at + room);
    length = length < 0 ? room : length;
    if (length < Long.BYTES) {
      return false;
    }
    int to = at;
    int from = candidate;
    while (to > least && from > 0 && after[offset + to - 1] == before[from - 1]) {
      to--;
      from--;
    }
    if (length + at - to < MOVED_BYTES) {
      return false;
    }
    foundAt = to;
    foundFrom = from;
    foundLength = length + at - to;
    return true;
  }

  private void fillTable() {
    if (!tableFilled) {
      Arrays.fill(table, 0);
      for (int i = 0; i <= before.length - Long.BYTES; i += stride) {
        table[hash((long) LONG.get(before, i))] = i + 1;
      }
      tableFilled = true;
    }
  }

  private static int hash(long bytes) {
    return (int) ((bytes * MIX) >>> (Long.SIZE - TABLE_BITS));
  }

  /**
   * Makes the next version of a page.
   *
   * @param before the version before, and behind it another page if there is one
   * @param page the version before; becomes the next version
   * @param patch holds the patch from {@code from} to {@code to}
   * @return false if it is no patch for a page of this length; the page is of no use then
   */
  static boolean apply(byte[] before, byte[] page, byte[] patch, int from, int to) {
    VarintReader in = new VarintReader(patch, from, to);
    int at = 0;
    while (in.hasMore()) {
      long skip = in.next();
      long code = in.next();
      long length = code >> 1;
      if (skip < 0 || length < 0 || skip > page.length - at || length > page.length - at - skip) {
        return false;
      }
      at += (int) skip;
      int count = (int) length;
      if ((code & 1) == 0) {
        if (!in.bytes(page, at, count)) {
          return false;
        }
      } else {
        long coded = in.next();
        long source = at + (coded >>> 1 ^ -(coded & 1));
        if (source < 0 || source > before.length - count) {
          return false;
        }
        System.arraycopy(before, (int) source, page, at, count);
      }
      at += count;
    }
    return in.isSound();
  }
}
