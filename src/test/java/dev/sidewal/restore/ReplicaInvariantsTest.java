package dev.sidewal.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sidewal.replica.RetiredMark;
import dev.sidewal.store.Payload;
import dev.sidewal.testing.ReplicaInvariants;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The check of replicas that other tests rely on finds what is wrong with images. */
class ReplicaInvariantsTest {

  private static final int LAST = 20;

  private final Random random = new Random(5);
  private final Model model = new Model(512, 40).append(random, LAST);
  private final MemoryObjectStore store = new MemoryObjectStore();
  private final ReplicaBuilder builder = new ReplicaBuilder(store, 4096);

  /** Two generations, the second continues the first after transaction 14. */
  private void history() {
    builder.claim(1, 512, Optional.empty(), false);
    builder.snapshot(1, model, 1);
    builder.segment(1, model, 2, 7);
    builder.segment(1, model, 8, 14);
    builder.claim(2, 512, Optional.of(ReplicaBuilder.position(1, model, 14)), true);
    builder.segment(2, model, 15, 18);
    builder.segment(2, model, 19, LAST);
  }

  @Test
  void imagesThatAreRightAreCounted() {
    history();
    builder.delta(1, model, 1, 9);
    builder.snapshot(1, model, 10);
    builder.delta(1, model, 10, 14);
    builder.snapshot(2, model, 14);
    builder.delta(2, model, 10, 14);
    builder.delta(2, model, 10, 16);
    builder.delta(2, model, 14, 17);
    builder.snapshot(2, model, LAST);
    ReplicaInvariants.Report report = ReplicaInvariants.check(store);
    assertThat(report.deltas()).isEqualTo(5);
    assertThat(report.snapshots()).isEqualTo(4);
    assertThat(report.laterSnapshots()).isEqualTo(3);
    assertThat(report.line()).hasSize(LAST);
  }

  @Test
  void aSnapshotOfAnotherState() {
    history();
    builder.snapshot(1, model.fork(8).append(random, LAST - 8), 12);
    finds("transaction 12", "elsewhere it is");
  }

  @Test
  void aSnapshotOfAnotherStateThanTheOneTakenOver() {
    history();
    builder.snapshot(2, model.fork(8).append(random, LAST - 8), 14);
    finds("elsewhere it is");
  }

  @Test
  void aDeltaOfAnotherState() {
    history();
    builder.delta(1, model.fork(8).append(random, LAST - 8), 1, 12);
    finds("elsewhere it is");
  }

  @Test
  void aDeltaOnAnotherState() {
    history();
    builder.snapshot(1, model, 10);
    builder.delta(2, model.fork(8).append(random, LAST - 8), 10, 16);
    finds("its snapshot is another state", "its pages make up the checksum");
  }

  @Test
  void aDeltaWithoutItsSnapshot() {
    history();
    builder.delta(1, model, 5, 9);
    finds("of which there is no snapshot");
  }

  @Test
  void aDeltaOnAFencedSnapshot() {
    history();
    Model fenced = model.fork(14).append(random, 6);
    builder.segment(1, fenced, 15, 16);
    builder.snapshot(1, fenced, 16);
    ReplicaInvariants.check(store);
    builder.delta(2, fenced, 16, 19);
    finds("of which there is no snapshot");
  }

  @Test
  void anImageBeforeTheSegments() {
    history();
    model.append(random, 2);
    builder.snapshot(2, model, LAST + 2);
    finds("has transaction 22, which is nowhere else");
  }

  @Test
  void upToAMarkOnlyImagesAreNeeded() {
    history();
    builder.snapshot(1, model, 4);
    builder.delta(1, model, 4, 9);
    builder.delta(2, model, 4, 16);
    RetiredMark mark = new RetiredMark(2, 16, model.state(16).time());
    store.putIfAbsent(
        mark.key(),
        Payload.of(
            mark.toBytes(new UUID(1, 2), Duration.ofDays(7), "test", model.state(LAST).time())));
    assertThat(ReplicaInvariants.check(store).line()).containsKeys(1L, 4L, 9L, 16L, 17L, 20L);
    store.keys().stream()
        .filter(k -> k.startsWith("generations/00000001/seg"))
        .forEach(store::delete);
    assertThat(ReplicaInvariants.check(store).line().keySet())
        .containsExactly(1L, 4L, 9L, 16L, 17L, 18L, 19L, 20L);
    store.keys().stream().filter(k -> k.contains("-0000000000000012-")).forEach(store::delete);
    finds("are missing");
  }

  private void finds(String... what) {
    assertThatThrownBy(() -> ReplicaInvariants.check(store))
        .isInstanceOf(AssertionError.class)
        .message()
        .contains(what);
  }
}
