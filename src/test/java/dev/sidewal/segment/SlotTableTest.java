package dev.sidewal.segment;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SlotTableTest {

  @ParameterizedTest
  @ValueSource(ints = {512, 1024, 4096, 32768, 65536})
  void eachSlotHoldsThePageThatTookItLast(int pageSize) {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    int slots = PageSlots.count(pageSize);
    SlotTable table = new SlotTable(slots);
    Map<Integer, Long> model = new HashMap<>();
    int found = 0;
    int evicted = 0;
    for (int i = 0; i < slots * 20; i++) {
      long page =
          switch (random.nextInt(8)) {
            case 0 -> SegmentFormat.MAX_PAGE - random.nextInt(slots);
            case 1 -> 1 + (long) (random.nextDouble() * SegmentFormat.MAX_PAGE);
            default -> 1 + random.nextInt(slots);
          };
      int slot = table.find(page);
      if (slot == SlotTable.NONE) {
        assertThat(model).doesNotContainValue(page);
        slot = table.take(page);
        assertThat(slot).isBetween(0, slots - 1);
        evicted += model.put(slot, page) == null ? 0 : 1;
      } else {
        assertThat(model).containsEntry(slot, page);
        found++;
      }
      if (random.nextInt(slots * 6) == 0) {
        table.clear();
        model.clear();
      }
      if (slots > 2048 && i > slots * 4) {
        break;
      }
    }
    assertThat(found).as("seed %s", seed).isPositive();
    assertThat(evicted).as("seed %s", seed).isPositive();
    // Nearly all slots are of use.
    table.clear();
    for (long page = 1; page <= slots * 4L; page++) {
      assertThat(table.find(page)).isEqualTo(SlotTable.NONE);
      model.put(table.take(page), page);
    }
    assertThat(model.keySet()).hasSizeGreaterThan(slots * 9 / 10);
  }

  @ParameterizedTest
  @ValueSource(ints = {512, 4096, 65536})
  void pagesThatComeAgainOutliveThoseThatComeOnce(int pageSize) {
    int slots = PageSlots.count(pageSize);
    SlotTable table = new SlotTable(slots);
    int hot = slots / 4;
    int lost = 0;
    long once = 1_000_000;
    for (int round = 0; round < 20; round++) {
      for (int page = 1; page <= hot; page++) {
        if (table.find(page) == SlotTable.NONE) {
          table.take(page);
          lost += round > 1 ? 1 : 0;
        }
      }
      for (int i = 0; i < slots / 2; i++) {
        if (table.find(++once) == SlotTable.NONE) {
          table.take(once);
        }
      }
    }
    // A few sets have more of them than ways.
    assertThat(lost).isLessThan(hot * 2);
    // What was hot and does not come any more makes room in the end.
    for (int i = 0; i < slots * 12; i++) {
      table.take(++once);
    }
    int left = 0;
    for (int page = 1; page <= hot; page++) {
      left += table.find(page) == SlotTable.NONE ? 0 : 1;
    }
    assertThat(left).isLessThan(hot / 10 + 1);
  }
}
