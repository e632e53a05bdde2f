package dev.sidewal.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sidewal.error.TargetUnavailableException;
import dev.sidewal.replica.Moment;
import dev.sidewal.replica.ReplicaListing;
import dev.sidewal.replica.Timeline;
import dev.sidewal.replica.TxidRange;
import dev.sidewal.retention.RetentionPass;
import dev.sidewal.retention.RetentionPolicy;
import dev.sidewal.retention.RetireMode;
import dev.sidewal.testing.ForwardingObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Real histories of which retention takes a part away, one object after the other in any order:
 * whatever the timeline offers is restored exactly, every time leads to the right moment or to one
 * that is said to be inexact, and nothing is called damaged.
 */
class RetiredHistoryTest {

  @TempDir Path dir;

  private final Restorer restorer = new Restorer(Clock.systemUTC(), new Random(1));

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void whatIsLeftIsRestoredExactly(long seed) throws IOException {
    Random random = new Random(seed);
    MemoryObjectStore store = new MemoryObjectStore();
    Model model = write(random, store);
    Instant end = model.state(model.last()).time();
    Duration window =
        Duration.ofMillis(
            500L
                * (1
                    + random.nextInt(
                        2 * (int) Duration.between(Model.START, end).toSeconds() + 2)));
    RetentionPolicy policy =
        new RetentionPolicy(
            window,
            window.plusMillis(random.nextInt(4000)),
            random.nextBoolean() ? Optional.empty() : Optional.of(Duration.ofDays(3)));
    List<String> retired = new ArrayList<>();
    RetentionPass pass =
        new RetentionPass(
            new ForwardingObjectStore(store) {
              @Override
              public void delete(String key) {
                retired.add(key);
              }
            },
            policy,
            RetireMode.DELETE,
            Clock.fixed(end.plusSeconds(random.nextInt(3)), ZoneOffset.UTC),
            "test");
    Instant windowStart = end.plusSeconds(3).minus(window);
    assertThat(pass.run().failures()).isEmpty();
    Collections.shuffle(retired, random);
    String context = "seed " + seed + ", " + policy + ", " + store.keys() + ", retired " + retired;
    long first = model.at(windowStart, model.last()).map(Model.State::txid).orElse(1L);
    for (String key : retired) {
      store.delete(key);
      Timeline timeline = Timeline.of(ReplicaListing.load(store));
      assertThat(timeline.isWhole()).as(context).isTrue();
      assertThat(timeline.latest()).as(context).hasValue(model.last());
      for (long txid = first; txid <= model.last(); txid++) {
        assertThat(timeline.isRestorable(txid)).as("%s, txid %d", context, txid).isTrue();
      }
      TxidRange range = timeline.restorable().get(random.nextInt(timeline.restorable().size()));
      long some = range.first() + random.nextInt((int) (range.last() - range.first()) + 1);
      assertRestores(store, model, some, context);
    }
    Timeline timeline = Timeline.of(ReplicaListing.load(store));
    for (long txid = 1; txid <= model.last(); txid++) {
      if (timeline.isRestorable(txid)) {
        assertRestores(store, model, txid, context);
      } else {
        RestoreTarget gone = RestoreTarget.txid(txid);
        assertThatThrownBy(() -> new RestorePlanner(store).plan(gone))
            .as(context)
            .isInstanceOf(TargetUnavailableException.class);
      }
    }
    assertTimes(store, model, timeline, context);
    long[] listed = {0};
    new TransactionLog(store).read(timeline, LogRequest.all(), (t, image) -> listed[0]++);
    assertThat(listed[0])
        .as(context)
        .isEqualTo(timeline.restorable().stream().mapToLong(r -> r.last() - r.first() + 1).sum());
  }

  private void assertTimes(
      MemoryObjectStore store, Model model, Timeline timeline, String context) {
    Instant last = model.state(model.last()).time().plusSeconds(1);
    Instant mark = timeline.mark().map(Moment::time).orElse(Instant.MIN);
    for (Instant t = timeline.earliest().orElseThrow().time();
        t.isBefore(last);
        t = t.plusMillis(250)) {
      Instant time = t;
      long wanted = model.at(time, model.last()).orElseThrow().txid();
      long expected = timeline.lastRestorable(wanted).orElseThrow();
      RestorePlan plan = new RestorePlanner(store).plan(RestoreTarget.at(time));
      assertThat(plan.target().txid()).as("%s, time %s", context, time).isEqualTo(expected);
      if (!time.isBefore(mark)) {
        assertThat(expected).as("%s, time %s", context, time).isEqualTo(wanted);
        assertThat(plan.coarse()).as("%s, time %s", context, time).isEmpty();
      }
      if (expected < wanted) {
        CoarseMoment coarse = plan.coarse().orElseThrow();
        assertThat(coarse.requested()).isEqualTo(time);
        assertThat(coarse.taken().txid()).isEqualTo(expected);
        assertThat(coarse.next().orElseThrow().time()).isAfter(time);
      }
      if (plan.coarse().isPresent()) {
        assertThatThrownBy(() -> new RestorePlanner(store).plan(RestoreTarget.exactlyAt(time)))
            .as("%s, time %s", context, time)
            .isInstanceOf(TargetUnavailableException.class)
            .hasMessageContaining("transaction " + expected + " of ");
      } else {
        assertThat(new RestorePlanner(store).plan(RestoreTarget.exactlyAt(time)).target().txid())
            .isEqualTo(wanted);
      }
    }
  }

  private void assertRestores(MemoryObjectStore store, Model model, long txid, String context)
      throws IOException {
    Path file = dir.resolve("txid-" + txid);
    restorer.restore(
        RestoreRequest.builder(store, file)
            .target(RestoreTarget.txid(txid))
            .parallelism(2)
            .build());
    assertThat(Files.readAllBytes(file))
        .as("%s, txid %d", context, txid)
        .isEqualTo(model.file(txid));
    Files.delete(file);
  }

  /** Writes two generations, the second of which continues and fences some of the first. */
  private static Model write(Random random, MemoryObjectStore store) {
    int pageSize = 512;
    Model first = new Model(pageSize, 20).append(random, 15 + random.nextInt(15));
    ReplicaBuilder builder = new ReplicaBuilder(store, 1 << 16);
    builder.claim(1, pageSize, Optional.empty(), false);
    builder.snapshot(1, first, 1);
    log(random, builder, 1, first, 2);
    images(random, builder, 1, first, 1);
    long fence = first.last() - random.nextInt(5);
    Model line = first.fork(fence).append(random, 15 + random.nextInt(15));
    builder.claim(2, pageSize, Optional.of(ReplicaBuilder.position(1, first, fence)), true);
    log(random, builder, 2, line, fence + 1);
    images(random, builder, 2, line, fence + 1);
    return line;
  }

  private static void images(
      Random random, ReplicaBuilder builder, long generation, Model model, long first) {
    for (int i = 0; i < 3; i++) {
      long base = first + random.nextInt((int) (model.last() - first));
      builder.snapshot(generation, model, base);
      builder.delta(
          generation, model, base, base + 1 + random.nextInt((int) (model.last() - base)));
    }
  }

  private static void log(
      Random random, ReplicaBuilder builder, long generation, Model model, long first) {
    for (long next = first; next <= model.last(); ) {
      long end = Math.min(model.last(), next + random.nextInt(5));
      builder.segment(generation, model, next, end);
      next = end + 1;
    }
    for (int i = 0; i < 2; i++) {
      long from = first + random.nextInt((int) (model.last() - first) + 1);
      builder.pack(generation, model, from, from + random.nextInt((int) (model.last() - from) + 1));
    }
  }
}
