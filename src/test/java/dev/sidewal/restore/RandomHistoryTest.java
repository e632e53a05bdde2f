package dev.sidewal.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sidewal.error.TargetUnavailableException;
import dev.sidewal.replica.ReplicaListing;
import dev.sidewal.replica.Timeline;
import dev.sidewal.segment.SegmentReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random histories: every transaction and every time gives exactly the model's file. */
class RandomHistoryTest {

  @TempDir Path dir;

  private final Restorer restorer = new Restorer(Clock.systemUTC(), new Random(1));

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void everyTransactionAndEveryTime(long seed) throws IOException {
    Random random = new Random(seed);
    int pageSize = new int[] {512, 512, 4096, 65536}[random.nextInt(4)];
    Model model = new Model(pageSize, pageSize == 65536 ? 6 : 40);
    MemoryObjectStore store = new MemoryObjectStore();
    ReplicaBuilder builder =
        new ReplicaBuilder(store, new int[] {1, 5 * pageSize, 1 << 20}[random.nextInt(3)]);

    builder.claim(1, pageSize, Optional.empty(), false);
    model.append(random, 12 + random.nextInt(10));
    generation(random, builder, 1, model, 1, model.last());
    // A second generation goes on from somewhere; the first one did not notice and went on too.
    long second = model.last() - random.nextInt(6);
    Model line = model.fork(second);
    builder.claim(2, pageSize, Optional.of(ReplicaBuilder.position(1, model, second)), true);
    line.append(random, 10 + random.nextInt(10));
    segments(random, builder, 2, line, second + 1, line.last());
    // A third begins anew.
    long third = line.last() - random.nextInt(4);
    Model latest = line.fork(third);
    builder.claim(3, pageSize, Optional.of(ReplicaBuilder.position(2, line, third)), false);
    latest.append(random, true);
    latest.append(random, 8);
    generation(random, builder, 3, latest, third + 1, latest.last());

    Timeline timeline = Timeline.of(ReplicaListing.load(store));
    String context = "seed " + seed + ", " + store.keys();
    assertThat(timeline.holes()).as(context).isEmpty();
    assertThat(timeline.latest()).as(context).hasValue(latest.last());
    assertThat(timeline.earliest().orElseThrow().txid()).as(context).isEqualTo(1);
    for (long txid = 1; txid <= latest.last(); txid++) {
      Path file = dir.resolve("txid-" + txid);
      RestoreResult result = restore(store, file, RestoreTarget.txid(txid), random);
      assertThat(result.txid()).isEqualTo(txid);
      assertThat(result.time()).isEqualTo(latest.state(txid).time());
      assertThat(Files.readAllBytes(file))
          .as("%s, txid %d", context, txid)
          .isEqualTo(latest.file(txid));
      Files.delete(file);
    }
    Instant end = latest.state(latest.last()).time().plusSeconds(1);
    for (Instant t = Model.START; t.isBefore(end); t = t.plusMillis(250)) {
      long expected = latest.at(t, latest.last()).orElseThrow().txid();
      assertThat(new RestorePlanner(store).plan(RestoreTarget.at(t)).target().txid())
          .as("%s, time %s", context, t)
          .isEqualTo(expected);
    }
    assertThat(restore(store, dir.resolve("latest"), RestoreTarget.latest(), random).txid())
        .isEqualTo(latest.last());
    for (RestoreTarget target :
        List.of(
            RestoreTarget.txid(0),
            RestoreTarget.txid(latest.last() + 1),
            RestoreTarget.at(Model.START.minusMillis(1)))) {
      assertThatThrownBy(() -> new RestorePlanner(store).plan(target))
          .isInstanceOf(TargetUnavailableException.class)
          .hasMessageContaining(Model.START.toString());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4096, 65536})
  void everyTransactionOfAPackOfSeveralChunks(int pageSize) throws IOException {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    Model model = new Model(pageSize, (6 << 20) / pageSize);
    int anew = (9 << 20) / pageSize;
    for (int i = 0; i < 6; i++) {
      model.appendLarge(random, anew + random.nextInt((1 << 20) / pageSize), anew);
    }
    MemoryObjectStore store = new MemoryObjectStore();
    ReplicaBuilder builder = new ReplicaBuilder(store, 1 << 20);
    builder.claim(1, pageSize, Optional.empty(), false);
    builder.snapshot(1, model, 1);
    String pack = builder.pack(1, model, 2, 6);
    assertThat(SegmentReader.open(new MemorySource(pack, store.bytes(pack))).indexChunks())
        .isGreaterThan(1);
    for (long txid = 2; txid <= 6; txid++) {
      Path file = dir.resolve("txid-" + txid);
      restore(store, file, RestoreTarget.txid(txid), random);
      assertThat(Files.mismatch(file, write("expected", model.file(txid))))
          .as("seed %s, txid %s", seed, txid)
          .isEqualTo(-1);
      Files.delete(file);
    }
  }

  private Path write(String name, byte[] bytes) throws IOException {
    return Files.write(dir.resolve(name), bytes);
  }

  private RestoreResult restore(
      MemoryObjectStore store, Path file, RestoreTarget target, Random random) {
    return restorer.restore(
        RestoreRequest.builder(store, file)
            .target(target)
            .parallelism(1 + random.nextInt(3))
            .build());
  }

  /** Writes a snapshot of the first transaction, then segments, packs, deltas, snapshots. */
  private static void generation(
      Random random, ReplicaBuilder builder, long generation, Model model, long first, long last) {
    builder.snapshot(generation, model, first);
    List<Long> snapshots = new ArrayList<>(List.of(first));
    for (int i = 0; i < 2; i++) {
      long txid = first + random.nextInt((int) (last - first) + 1);
      if (!snapshots.contains(txid)) {
        builder.snapshot(generation, model, txid);
        snapshots.add(txid);
      }
    }
    for (int i = 0; i < 3; i++) {
      long base = snapshots.get(random.nextInt(snapshots.size()));
      if (base < last) {
        builder.delta(generation, model, base, base + 1 + random.nextInt((int) (last - base)));
      }
    }
    segments(random, builder, generation, model, first + 1, last);
  }

  private static void segments(
      Random random, ReplicaBuilder builder, long generation, Model model, long first, long last) {
    long next = first;
    while (next <= last) {
      long end = Math.min(last, next + random.nextInt(6));
      builder.segment(generation, model, next, end);
      next = end + 1;
    }
    for (int i = 0; i < 3 && first <= last; i++) {
      long from = first + random.nextInt((int) (last - first) + 1);
      long to = from + random.nextInt((int) (last - from) + 1);
      builder.pack(generation, model, from, to);
    }
  }
}
