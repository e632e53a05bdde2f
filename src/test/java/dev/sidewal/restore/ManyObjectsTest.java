package dev.sidewal.restore;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A long chain of small objects, streams that break, many threads, and what progress is told. */
class ManyObjectsTest {

  @TempDir Path dir;

  @Test
  void longChain() throws Exception {
    Model model = new Model(512, 60).append(new Random(8), 2000);
    MemoryObjectStore store = new MemoryObjectStore();
    ReplicaBuilder builder = new ReplicaBuilder(store, 4096);
    builder.claim(1, 512, Optional.empty(), false);
    builder.snapshot(1, model, 1);
    for (long txid = 2; txid <= model.last(); txid++) {
      builder.segment(1, model, txid, txid);
    }
    RestorePlan plan = new RestorePlanner(store).plan(RestoreTarget.latest());
    assertThat(plan.objects()).hasSize(2000);
    store.breakEvery = 50;
    store.gets.set(0);
    List<Long> told = new ArrayList<>();
    Path file = dir.resolve("db");
    RestoreResult result =
        new Restorer(Clock.systemUTC(), new Random(1))
            .restore(
                RestoreRequest.builder(store, file)
                    .parallelism(8)
                    .progress(
                        (phase, done, total) -> {
                          if (phase == RestoreProgress.Phase.RESTORING) {
                            assertThat(total).isEqualTo(plan.totalBytes());
                            told.add(done);
                          }
                        })
                    .build());
    assertThat(Files.readAllBytes(file)).isEqualTo(model.file(model.last()));
    assertThat(result.objects()).isEqualTo(2000);
    assertThat(told).isSorted().endsWith(plan.totalBytes());
    // One request for each object, those for what broke, and a few for manifest and target.
    assertThat(store.gets.get()).isLessThan(2000 + 60);
  }

  @Test
  void onePackIsBetterThanItsSegments() {
    Model model = new Model(512, 60).append(new Random(8), 50);
    MemoryObjectStore store = new MemoryObjectStore();
    ReplicaBuilder builder = new ReplicaBuilder(store, 4096);
    builder.claim(1, 512, Optional.empty(), false);
    builder.snapshot(1, model, 1);
    for (long txid = 2; txid <= model.last(); txid++) {
      builder.segment(1, model, txid, txid);
    }
    String pack = builder.pack(1, model, 2, 40);
    assertThat(new RestorePlanner(store).plan(RestoreTarget.latest()).objects())
        .hasSize(12)
        .anyMatch(o -> o.key().equals(pack));
    String delta = builder.delta(1, model, 1, 45);
    assertThat(new RestorePlanner(store).plan(RestoreTarget.latest()).objects())
        .hasSize(7)
        .anyMatch(o -> o.key().equals(delta));
    builder.snapshot(1, model, 48);
    assertThat(new RestorePlanner(store).plan(RestoreTarget.latest()).objects()).hasSize(3);
    assertThat(new RestorePlanner(store).plan(RestoreTarget.txid(47)).objects()).hasSize(4);
  }
}
