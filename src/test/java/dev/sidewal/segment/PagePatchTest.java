package dev.sidewal.segment;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A patch leads to exactly the page that it was made for, and a bad one does no harm. */
class PagePatchTest {

  private static final int ROUNDS = Integer.getInteger("sidewal.patch.rounds", 4000);

  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);

  PagePatchTest() {
    System.out.println("seed " + seed);
  }

  @ParameterizedTest
  @ValueSource(ints = {512, 1024, 2048, 4096, 8192, 16384, 32768, 65536})
  void leadsToTheExactPage(int pageSize) {
    PagePatch patches = new PagePatch(pageSize);
    byte[] page = start(pageSize);
    int refused = 0;
    int rounds = Math.max(200, ROUNDS * 512 / pageSize);
    for (int round = 0; round < rounds; round++) {
      String context = "seed " + seed + ", page size " + pageSize + ", round " + round;
      byte[] next = random.nextInt(40) == 0 ? start(pageSize) : edited(page);
      byte[] other = random.nextBoolean() ? start(pageSize) : edited(next);
      byte[] source = random.nextBoolean() ? page.clone() : joined(page, other);
      int most = random.nextInt(4) == 0 ? random.nextInt(200) : pageSize * 2;
      int offset = random.nextInt(40);
      byte[] around = new byte[offset + pageSize + random.nextInt(40)];
      random.nextBytes(around);
      System.arraycopy(next, 0, around, offset, pageSize);
      byte[] aroundBefore = around.clone();
      byte[] sourceBefore = source.clone();
      ByteSink out = new ByteSink(8);
      int lead = random.nextInt(5);
      out.putBytes(new byte[lead], 0, lead);

      boolean made = patches.diff(source, around, offset, out, most);

      assertThat(around).as(context).isEqualTo(aroundBefore);
      assertThat(source).as(context).isEqualTo(sourceBefore);
      if (made) {
        assertThat(out.length() - lead).as(context).isLessThanOrEqualTo(most);
        byte[] result = page.clone();
        assertThat(PagePatch.apply(source, result, out.array(), lead, out.length()))
            .as(context)
            .isTrue();
        assertThat(result).as(context).isEqualTo(next);
      } else {
        refused++;
        assertThat(most)
            .as("%s: all that it may need was allowed", context)
            .isLessThan(2 * pageSize);
      }
      page = next;
    }
    assertThat(refused).as("seed %s", seed).isBetween(1, rounds / 2);
  }

  @Test
  void knownChangesTakeFewBytes() {
    byte[] before = new byte[4096];
    new Random(5).nextBytes(before);
    assertThat(size(before, before.clone())).isZero();
    byte[] inPlace = before.clone();
    inPlace[100] ^= 1;
    inPlace[4095] ^= 1;
    assertThat(size(before, inPlace)).isLessThan(30);
    // The array of cell pointers moves by two bytes, as when a cell is added or goes.
    byte[] inserted = before.clone();
    System.arraycopy(before, 100, inserted, 102, 500);
    assertThat(size(before, inserted)).isLessThan(30);
    byte[] deleted = before.clone();
    System.arraycopy(before, 102, deleted, 100, 500);
    assertThat(size(before, deleted)).isLessThan(30);
    // Two halves change places: only the search by content finds them.
    byte[] swapped = before.clone();
    System.arraycopy(before, 0, swapped, 2048, 2048);
    System.arraycopy(before, 2048, swapped, 0, 2048);
    assertThat(size(before, swapped)).isLessThan(40);
    // The other page has it all.
    byte[] after = new byte[4096];
    new Random(6).nextBytes(after);
    ByteSink out = new ByteSink(8);
    assertThat(new PagePatch(4096).diff(joined(before, after), after, 0, out, 40)).isTrue();
  }

  /** One for all: what it found in the pages before must not count. */
  private static final PagePatch PATCHES = new PagePatch(4096);

  private static int size(byte[] before, byte[] after) {
    ByteSink out = new ByteSink(8);
    PATCHES.diff(new byte[4096], after, 0, out, 8192);
    out.clear();
    assertThat(PATCHES.diff(before, after, 0, out, 8192)).isTrue();
    byte[] result = before.clone();
    assertThat(PagePatch.apply(before, result, out.array(), 0, out.length())).isTrue();
    assertThat(result).isEqualTo(after);
    return out.length();
  }

  @Test
  void anyBytesAsAPatchDoNoHarm() {
    int applied = 0;
    int rounds = ROUNDS * 25;
    ByteSink made = new ByteSink(64);
    byte[] page = start(512);
    for (int round = 0; round < rounds; round++) {
      byte[] patch;
      if (round % 2 == 0) {
        patch = new byte[random.nextInt(40)];
        random.nextBytes(patch);
        if (random.nextBoolean()) {
          for (int i = 0; i < patch.length; i++) {
            patch[i] &= 0x7f;
          }
        }
      } else {
        made.clear();
        new PagePatch(512).diff(page, edited(page), 0, made, 2048);
        patch = mutated(Arrays.copyOf(made.array(), made.length()));
      }
      byte[] source = random.nextBoolean() ? page : joined(page, start(512));
      // What lies around the patch must play no part.
      byte[] first = surrounded(patch, 0);
      byte[] second = surrounded(patch, 0xff);
      byte[] one = page.clone();
      byte[] two = page.clone();
      boolean right = PagePatch.apply(source, one, first, 20, 20 + patch.length);
      assertThat(PagePatch.apply(source, two, second, 20, 20 + patch.length))
          .as("seed %s, round %s", seed, round)
          .isEqualTo(right);
      if (right) {
        assertThat(two).as("seed %s, round %s", seed, round).isEqualTo(one);
        applied++;
      }
    }
    System.out.println(applied + " of " + rounds + " lead to some page");
    assertThat(applied).as("seed %s", seed).isBetween(rounds / 50, rounds - rounds / 50);
  }

  @Test
  void aPatchThatGoesNowhereComesToAnEnd() {
    byte[] page = new byte[65536];
    // 8 million ops that skip, write and copy nothing.
    byte[] patch = new byte[SegmentFormat.MAX_BLOCK_RAW];
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(30),
        () ->
            assertThat(PagePatch.apply(page.clone(), page, patch, 0, patch.length & -2)).isTrue());
    // Numbers of the greatest size at every place.
    long[] greatest = {Long.MAX_VALUE, Integer.MAX_VALUE, 1L << 62, 1L << 32, 65536 * 2L + 1};
    for (long number : greatest) {
      for (int place = 0; place < 3; place++) {
        ByteSink ops = new ByteSink(64);
        ops.putVarint(place == 0 ? number : 10);
        ops.putVarint(place == 1 ? number | 1 : 21);
        ops.putVarint(place == 2 ? number : 4);
        assertThat(PagePatch.apply(new byte[65536], page, ops.array(), 0, ops.length()))
            .as("%s at %s", number, place)
            .isFalse();
      }
    }
  }

  private byte[] surrounded(byte[] patch, int with) {
    byte[] bytes = new byte[patch.length + 40];
    Arrays.fill(bytes, (byte) with);
    System.arraycopy(patch, 0, bytes, 20, patch.length);
    return bytes;
  }

  private byte[] mutated(byte[] patch) {
    byte[] result = random.nextInt(4) == 0 ? Arrays.copyOf(patch, patch.length / 2) : patch;
    for (int n = random.nextInt(3); n > 0 && result.length > 0; n--) {
      result[random.nextInt(result.length)] = (byte) random.nextInt();
    }
    return result;
  }

  private static byte[] joined(byte[] page, byte[] other) {
    byte[] both = Arrays.copyOf(page, page.length + other.length);
    System.arraycopy(other, 0, both, page.length, other.length);
    return both;
  }

  /** Returns a page of noise, of zeros, of text, or one with cells. */
  private byte[] start(int pageSize) {
    byte[] page = new byte[pageSize];
    switch (random.nextInt(4)) {
      case 0 -> random.nextBytes(page);
      case 1 -> Arrays.fill(page, (byte) random.nextInt(2));
      case 2 -> {
        for (int i = 0; i < pageSize; i++) {
          page[i] = (byte) ('a' + random.nextInt(4));
        }
      }
      default -> {
        for (int i = 0; i < 12; i++) {
          page = withCell(page);
        }
      }
    }
    return page;
  }

  private byte[] edited(byte[] before) {
    byte[] page = before.clone();
    int size = page.length;
    for (int n = random.nextInt(4); n >= 0; n--) {
      int length = 1 + random.nextInt(random.nextBoolean() ? 20 : size / 4);
      int from = random.nextInt(size - length);
      int to = random.nextInt(size - length);
      switch (random.nextInt(8)) {
        case 0 -> page[from]++;
        case 1 -> {
          byte[] bytes = new byte[length];
          random.nextBytes(bytes);
          System.arraycopy(bytes, 0, page, from, length);
        }
        case 2 -> System.arraycopy(page, from, page, to, length);
        // All behind a place moves, to either side.
        case 3 -> System.arraycopy(page, from, page, from + length, size - length - from);
        case 4 -> System.arraycopy(page, from + length, page, from, size - length - from);
        case 5 -> Arrays.fill(page, from, from + length, (byte) 0);
        case 6 -> page = withCell(page);
        default -> page = packed(page);
      }
    }
    return page;
  }

  /** Adds a cell in SQLite's way: a pointer among the others, its bytes below the last. */
  private byte[] withCell(byte[] before) {
    byte[] page = before.clone();
    ByteBuffer in = ByteBuffer.wrap(page);
    int cells = Math.min(in.getShort(3) & 0xff, (page.length - 64) / 4);
    int content = in.getShort(5) & 0xffff;
    int length = 8 + random.nextInt(24);
    int pointers = 8 + 2 * cells;
    if (content < pointers + 2 + length || content > page.length) {
      cells = 0;
      pointers = 8;
      content = page.length;
    }
    int at = content - length;
    byte[] cell = new byte[length];
    random.nextBytes(cell);
    System.arraycopy(cell, 0, page, at, length);
    int place = 8 + 2 * random.nextInt(cells + 1);
    System.arraycopy(page, place, page, place + 2, pointers - place);
    in.put(0, (byte) 13).putShort(3, (short) (cells + 1)).putShort(5, (short) at);
    in.putShort(place, (short) at);
    return page;
  }

  /** Lays the cells in the order of their pointers, as SQLite does when it packs a page anew. */
  private static byte[] packed(byte[] before) {
    byte[] page = before.clone();
    ByteBuffer in = ByteBuffer.wrap(before);
    ByteBuffer out = ByteBuffer.wrap(page);
    int cells = Math.min(in.getShort(3) & 0xff, (page.length - 64) / 4);
    int to = page.length;
    for (int i = 0; i < cells && to > page.length / 2; i++) {
      int from = (in.getShort(8 + 2 * i) & 0xffff) % (page.length - 20);
      to -= 20;
      System.arraycopy(before, from, page, to, 20);
      out.putShort(8 + 2 * i, (short) to);
    }
    return page;
  }
}
