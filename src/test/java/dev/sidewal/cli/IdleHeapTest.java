package dev.sidewal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class IdleHeapTest {

  private long now;
  private Optional<Duration> cpu = Optional.of(Duration.ZERO);
  private long committed = 100;
  private int collections;
  private final IdleHeap heap = new IdleHeap(() -> cpu, () -> now, () -> committed, this::collect);

  private void collect() {
    collections++;
    committed = 20;
  }

  private void pass(Duration time, double cores) {
    now += time.toNanos();
    cpu = cpu.map(c -> c.plusNanos((long) (time.toNanos() * cores)));
    heap.look();
  }

  @Test
  void collectsOnceWhenAStartIsOver() {
    pass(Duration.ofSeconds(10), 1.5);
    assertThat(collections).isZero();
    for (int i = 0; i < 100; i++) {
      pass(Duration.ofSeconds(10), 0.05);
    }
    assertThat(collections).isEqualTo(1);
  }

  @Test
  void collectsAgainWhenTheHeapHasGrownButNotAtOnce() {
    pass(Duration.ofSeconds(10), 0.05);
    committed = 50;
    pass(Duration.ofSeconds(10), 0.05);
    assertThat(collections).isEqualTo(1);
    pass(Duration.ofSeconds(10), 0.05);
    assertThat(collections).isEqualTo(2);
  }

  @Test
  void leavesItWhereTheTimeUsedIsNotKnown() {
    cpu = Optional.empty();
    pass(Duration.ofSeconds(10), 0);
    pass(Duration.ofSeconds(10), 0);
    assertThat(collections).isZero();
  }
}
