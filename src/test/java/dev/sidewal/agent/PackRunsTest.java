package dev.sidewal.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.replica.HistoryObject;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Which segments become a pack, and when. */
class PackRunsTest {

  private static final Instant T = Instant.parse("2026-11-21T12:00:00Z");
  private static final Duration AGE = Duration.ofMinutes(15);

  private final List<Long> letGo = new ArrayList<>();
  private final PackRuns runs =
      new PackRuns(new PackOptions(1000, AGE), e -> letGo.add(e.name().firstTxid()));

  private static Spool.Entry segment(long generation, long txid, long bytes) {
    return new Spool.Entry(
        HistoryObject.segment(generation, txid, txid, T, T), Path.of("s" + txid), bytes, false);
  }

  private void add(long generation, long txid, long bytes) {
    runs.add(segment(generation, txid, bytes), T);
  }

  private List<Long> take() {
    return runs.take().orElse(List.of()).stream().map(e -> e.name().firstTxid()).toList();
  }

  @Test
  void bySize() {
    add(1, 1, 400);
    add(1, 2, 400);
    assertThat(runs.isDue()).isFalse();
    add(1, 3, 200);
    add(1, 4, 400);
    assertThat(take()).containsExactly(1L, 2L, 3L);
    assertThat(runs.isDue()).isFalse();
    assertThat(letGo).isEmpty();
  }

  @Test
  void byAge() {
    add(1, 1, 1);
    runs.add(segment(1, 2, 1), T.plus(AGE).minusMillis(1));
    runs.endOld(T.plus(AGE).minusMillis(1));
    assertThat(runs.isDue()).isFalse();
    runs.endOld(T.plus(AGE));
    assertThat(take()).containsExactly(1L, 2L);
  }

  @Test
  void aClockThatIsSetBackMakesNothingOldAndNothingYoungForEver() {
    add(1, 1, 1);
    add(1, 2, 1);
    Instant back = T.minus(Duration.ofDays(1000));
    runs.endOld(back);
    runs.endOld(back.plus(AGE).minusMillis(1));
    assertThat(runs.isDue()).isFalse();
    runs.endOld(back.plus(AGE));
    assertThat(runs.isDue()).isTrue();
  }

  @Test
  void oneAloneIsLeftAsItIs() {
    add(1, 1, 1);
    runs.endOld(T.plus(AGE));
    assertThat(runs.isDue()).isFalse();
    assertThat(letGo).containsExactly(1L);
    add(1, 2, 1);
    add(1, 3, 1);
    runs.endOld(T.plus(AGE));
    assertThat(take()).containsExactly(2L, 3L);
  }

  @Test
  void aLargeSegmentAndAGapEndARunAndStay() {
    add(1, 1, 1);
    add(1, 2, 1);
    add(1, 3, 1000);
    add(1, 4, 1);
    add(1, 5, 1);
    runs.add(new Spool.Entry(segment(1, 6, 1).name(), Path.of("gap"), 1, true), T);
    add(1, 7, 1);
    add(1, 8, 1000);
    assertThat(take()).containsExactly(1L, 2L);
    assertThat(take()).containsExactly(4L, 5L);
    assertThat(runs.isDue()).isFalse();
    assertThat(letGo).containsExactly(3L, 6L, 7L, 8L);
  }

  @Test
  void anotherGenerationAndAHoleEndARun() {
    add(1, 1, 1);
    add(1, 2, 1);
    add(2, 3, 1);
    add(2, 4, 1);
    add(2, 6, 1);
    add(2, 7, 1);
    runs.end();
    assertThat(take()).containsExactly(1L, 2L);
    assertThat(take()).containsExactly(3L, 4L);
    assertThat(take()).containsExactly(6L, 7L);
  }

  @Test
  void imagesAreNotPackedAndDisturbNothing() {
    add(1, 1, 600);
    runs.add(new Spool.Entry(HistoryObject.snapshot(1, 1, T), Path.of("snapshot"), 5000, true), T);
    add(1, 2, 600);
    assertThat(take()).containsExactly(1L, 2L);
    assertThat(letGo).containsExactly(1L);
  }

  /** Whatever comes: all is packed or let go, once, in order, and little waits. */
  @Test
  void nothingIsLostAndTheDiskIsBounded() {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    List<Long> packed = new ArrayList<>();
    Instant now = T;
    long waiting = 0;
    for (long txid = 1; txid <= 5000; txid++) {
      int sizes = random.nextInt(20) == 0 ? 3000 : 400;
      long bytes = 1L + random.nextInt(sizes);
      now = now.plusSeconds(random.nextInt(200) - 50);
      waiting += bytes;
      int before = letGo.size();
      Spool.Entry entry = segment(1 + txid / 1000, txid, bytes);
      sizesOf.add(bytes);
      runs.add(entry, now);
      runs.endOld(now);
      waiting -= sum(letGo.subList(before, letGo.size()));
      assertThat(waiting).isLessThanOrEqualTo(2 * 1000 + 3000);
      if (random.nextInt(6) == 0) {
        Optional<List<Spool.Entry>> run = runs.take();
        for (Spool.Entry e : run.orElse(List.of())) {
          packed.add(e.name().firstTxid());
          waiting -= e.bytes();
        }
        if (run.isPresent()) {
          assertThat(run.get()).hasSizeGreaterThan(1);
          assertThat(run.get().stream().mapToLong(Spool.Entry::bytes).sum()).isLessThan(2000);
        }
      }
    }
    runs.letAllGo();
    assertThat(packed).isSorted().isNotEmpty();
    packed.addAll(letGo);
    assertThat(packed).hasSize(5000).doesNotHaveDuplicates();
  }

  private final List<Long> sizesOf = new ArrayList<>();

  private long sum(List<Long> txids) {
    return txids.stream().mapToLong(txid -> sizesOf.get((int) (txid - 1))).sum();
  }
}
