package dev.sidewal.segment;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CellVotesTest {

  private static final int CELL = 24;

  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);

  CellVotesTest() {
    System.out.println("seed " + seed);
  }

  /** Returns a leaf with those cells of a row that are from one number up to another. */
  private static byte[] leaf(int pageSize, int type, byte[] cells, int from, int to) {
    byte[] page = new byte[pageSize];
    ByteBuffer out = ByteBuffer.wrap(page);
    out.put(0, (byte) type).putShort(3, (short) (to - from));
    int at = pageSize;
    for (int i = from; i < to; i++) {
      at -= CELL;
      System.arraycopy(cells, i * CELL, page, at, CELL);
      out.putShort(8 + 2 * (i - from), (short) at);
    }
    return page;
  }

  private byte[] cells(int count) {
    byte[] cells = new byte[count * CELL];
    random.nextBytes(cells);
    for (int i = 0; i < count; i++) {
      cells[i * CELL] = CELL - 1;
    }
    return cells;
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 13})
  void theSlotWithMostOfTheCellsIsElected(int type) {
    CellVotes votes = new CellVotes(4096);
    byte[] cells = cells(300);
    votes.remember(leaf(4096, type, cells, 0, 100), 0, 7);
    votes.remember(leaf(4096, type, cells, 100, 200), 0, 2047);
    assertThat(votes.elect(leaf(4096, type, cells, 0, 60), 0)).isEqualTo(7);
    assertThat(votes.elect(leaf(4096, type, cells, 80, 180), 0)).isEqualTo(2047);
    assertThat(votes.elect(leaf(4096, type, cells, 200, 300), 0)).isEqualTo(CellVotes.NONE);
    // Votes are counted anew, and a cell is where it was last seen.
    votes.remember(leaf(4096, type, cells, 0, 100), 0, 8);
    assertThat(votes.elect(leaf(4096, type, cells, 0, 60), 0)).isEqualTo(8);
    votes.clear();
    assertThat(votes.elect(leaf(4096, type, cells, 0, 60), 0)).isEqualTo(CellVotes.NONE);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 5, 11, 83, 255})
  void whatIsNoLeafHasNoVote(int type) {
    CellVotes votes = new CellVotes(4096);
    byte[] page = leaf(4096, type, cells(100), 0, 100);
    votes.remember(page, 0, 3);
    assertThat(votes.elect(page, 0)).isEqualTo(CellVotes.NONE);
    assertThat(votes.isLeaf(page)).isFalse();
  }

  @Test
  void pagesMayHoldAnything() {
    for (int pageSize : new int[] {512, 4096, 65536}) {
      CellVotes votes = new CellVotes(pageSize);
      int slots = PageSlots.count(pageSize);
      for (int round = 0; round < 400; round++) {
        int offset = random.nextInt(3);
        byte[] page = new byte[offset + pageSize];
        random.nextBytes(page);
        page[offset] = (byte) (random.nextBoolean() ? 10 : 13);
        if (random.nextBoolean()) {
          page[offset + 3] = (byte) random.nextInt(2);
        }
        votes.remember(page, offset, random.nextInt(slots));
        assertThat(votes.elect(page, offset))
            .as("seed %s, round %s", seed, round)
            .isBetween(CellVotes.NONE, slots - 1);
      }
    }
  }
}
