package dev.sidewal.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sidewal.error.StoreDeniedException;
import dev.sidewal.error.StoreException;
import dev.sidewal.error.TargetUnavailableException;
import dev.sidewal.replica.ReplicaListing;
import dev.sidewal.replica.Timeline;
import dev.sidewal.retention.RetentionPass;
import dev.sidewal.retention.RetentionPolicy;
import dev.sidewal.retention.RetentionReport;
import dev.sidewal.retention.RetireMode;
import dev.sidewal.retention.RetireReason;
import dev.sidewal.store.Payload;
import dev.sidewal.store.PutOutcome;
import dev.sidewal.store.TagOutcome;
import dev.sidewal.store.TagSupport;
import dev.sidewal.testing.ForwardingObjectStore;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What a pass asks of the store, and what it does when the store or an object is not as it must.
 */
class RetentionPassTest {

  private static final RetentionPolicy POLICY =
      new RetentionPolicy(Duration.ofDays(7), Duration.ofDays(7), Optional.empty());

  private final Model model = new Model(512, 10).append(new Random(5), 12);
  private final MemoryObjectStore memory = new MemoryObjectStore();
  private final Recording store = new Recording();
  private final Instant now = Model.START.plus(Duration.ofDays(30));
  private String oldest;
  private String pack;

  /** Remembers what is asked of it, and has tags if told so. */
  private final class Recording extends ForwardingObjectStore {
    private final List<String> asked = new ArrayList<>();
    private TagSupport tags = TagSupport.SUPPORTED;
    private boolean denyDelete;
    private int failAfter = Integer.MAX_VALUE;

    Recording() {
      super(memory);
    }

    @Override
    public PutOutcome putIfAbsent(String key, Payload payload) {
      asked.add("put " + key);
      return super.putIfAbsent(key, payload);
    }

    @Override
    public void delete(String key) {
      if (denyDelete) {
        throw new StoreDeniedException("deleting " + key + " is denied", null);
      }
      failing();
      asked.add("delete " + key);
      super.delete(key);
    }

    @Override
    public TagOutcome tag(String key, String name, String value) {
      failing();
      asked.add("tag " + key + " " + name + "=" + value);
      return tags == TagSupport.SUPPORTED ? TagOutcome.TAGGED : TagOutcome.UNSUPPORTED;
    }

    @Override
    public TagSupport probeTags(String existingKey) {
      assertThat(existingKey).isEqualTo("generations/00000001/generation.json");
      return tags;
    }

    private void failing() {
      if (failAfter-- <= 0) {
        throw new StoreException("the store is out", true, null);
      }
    }
  }

  @BeforeEach
  void write() {
    ReplicaBuilder builder = new ReplicaBuilder(memory, 1 << 16);
    builder.claim(1, 512, Optional.empty(), false);
    builder.snapshot(1, model, 1);
    builder.segment(1, model, 2, 3);
    builder.segment(1, model, 4, 6);
    builder.snapshot(1, model, 4);
    oldest = builder.delta(1, model, 4, 6);
    builder.segment(1, model, 7, 8);
    builder.segment(1, model, 9, 10);
    pack = builder.pack(1, model, 7, 10);
    builder.segment(1, model, 11, 12);
  }

  private RetentionPass pass(RetireMode mode) {
    return new RetentionPass(store, POLICY, mode, Clock.fixed(now, ZoneOffset.UTC), "test 1");
  }

  private static String name(String asked) {
    return asked
        .replaceAll("generations/00000001/", "")
        .replaceAll("0000000000000", "")
        .replaceAll("-[0-9]{13}", "");
  }

  @Test
  void theMarkComesFirstThenSnapshotsThenLog() {
    RetentionPass pass = pass(RetireMode.AUTO);
    RetentionReport report = pass.run();
    assertThat(store.asked.stream().map(RetentionPassTest::name))
        .containsExactly(
            "put retired/006.mark",
            "tag snapshots/001.snapshot sidewal=retired",
            "tag segments/002-003.segment sidewal=retired",
            "tag segments/004-006.segment sidewal=retired",
            "delete segments/007-008.segment",
            "delete segments/009-00a.segment");
    assertThat(report.failures()).isEmpty();
    assertThat(report.pruneNeeded()).isFalse();
    assertThat(report.retired().get(RetireReason.OLD_LOG).objects()).isEqualTo(2);
    assertThat(report.retired().get(RetireReason.COVERED).objects()).isEqualTo(2);
    assertThat(report.total().objects()).isEqualTo(5);
    assertThat(report.mark().orElseThrow().txid()).isEqualTo(6);
    assertThat(Timeline.of(ReplicaListing.load(memory)).mark().orElseThrow().txid()).isEqualTo(6);

    store.asked.clear();
    int gets = memory.gets.get();
    RetentionReport again = pass.run();
    assertThat(store.asked).isEmpty();
    assertThat(again.waiting()).isEqualTo(3);
    assertThat(again.retired()).isEmpty();
    assertThat(memory.gets.get()).as("only the claim is read").isEqualTo(gets + 1);

    assertThat(pass(RetireMode.TAG).run().total().objects()).isEqualTo(3);
  }

  /** What is tagged is still there, and the window goes on to a newer image: nothing else goes. */
  @Test
  void aMarkStaysUntilAHigherOneIsThere() {
    RetentionPolicy policy =
        new RetentionPolicy(Duration.ofDays(7), Duration.ofDays(60), Optional.empty());
    RetentionPass pass =
        new RetentionPass(store, policy, RetireMode.TAG, Clock.fixed(now, ZoneOffset.UTC), "test");
    assertThat(pass.run().mark().orElseThrow().txid()).isEqualTo(6);
    new ReplicaBuilder(memory, 1 << 16).snapshot(1, model, 8);
    store.asked.clear();
    pass.run();
    assertThat(store.asked.stream().map(RetentionPassTest::name))
        .noneMatch(asked -> asked.startsWith("tag retired/006.mark"));
    assertThat(Timeline.of(ReplicaListing.load(memory)).mark().orElseThrow().txid()).isEqualTo(6);
  }

  @Test
  void withoutTagsOnlyWhatAPackCoversGoes() {
    store.tags = TagSupport.UNSUPPORTED;
    RetentionReport report = pass(RetireMode.AUTO).run();
    assertThat(store.asked.stream().map(RetentionPassTest::name))
        .containsExactly("delete segments/007-008.segment", "delete segments/009-00a.segment");
    assertThat(report.pruneNeeded()).isTrue();
    assertThat(report.mark()).isEmpty();
    assertThat(report.failures()).isEmpty();
    assertThat(pass(RetireMode.TAG).run().failures()).singleElement().asString().contains("prune");
    assertThat(pass(RetireMode.DELETE).run().total().objects()).isEqualTo(3);
    assertThat(memory.keys()).hasSize(6);
    assertThat(pass(RetireMode.DELETE).run().total().objects()).isZero();
    assertThat(pass(RetireMode.AUTO).run().pruneNeeded()).isFalse();
  }

  @Test
  void whereDeletingIsDeniedCoveredSegmentsAreTagged() {
    store.denyDelete = true;
    RetentionReport report = pass(RetireMode.AUTO).run();
    assertThat(store.asked).filteredOn(a -> a.startsWith("tag ")).hasSize(5);
    assertThat(report.failures()).isEmpty();
    assertThatThrownBy(() -> pass(RetireMode.DELETE).run())
        .isInstanceOf(StoreDeniedException.class);
  }

  @Test
  void deniedTagsAreToldAndCoveredSegmentsGoAllTheSame() {
    store.tags = TagSupport.DENIED;
    RetentionReport report = pass(RetireMode.AUTO).run();
    assertThat(report.failures()).singleElement().asString().contains("s3:PutObjectTagging");
    assertThat(report.pruneNeeded()).isTrue();
    assertThat(report.total().objects()).isEqualTo(2);
  }

  @Test
  void noneDoesNothing() {
    assertThat(pass(RetireMode.NONE).run().total().objects()).isZero();
    assertThat(store.asked).isEmpty();
    assertThat(memory.gets.get()).isZero();
  }

  @Test
  void nothingReliesOnAnImageThatIsNotWhole() {
    byte[] bytes = memory.bytes(oldest).clone();
    bytes[bytes.length - 20] ^= 1;
    memory.put(oldest, bytes);
    RetentionReport report = pass(RetireMode.DELETE).run();
    assertThat(store.asked.stream().map(RetentionPassTest::name))
        .containsExactly("delete segments/007-008.segment", "delete segments/009-00a.segment");
    assertThat(report.failures())
        .singleElement()
        .asString()
        .contains(oldest, "Nothing is retired because of its age");
  }

  @Test
  void aDeltaOnAnotherStateIsNotReliedOn() {
    Model other = new Model(512, 10).append(new Random(6), 12);
    MemoryObjectStore copy = new MemoryObjectStore();
    String key = new ReplicaBuilder(copy, 1 << 16).delta(1, other, 4, 6);
    memory.delete(oldest);
    memory.put(key, copy.bytes(key));
    RetentionReport report = pass(RetireMode.DELETE).run();
    assertThat(report.failures()).singleElement().asString().contains(key);
    assertThat(report.mark()).isEmpty();
  }

  @Test
  void nothingReliesOnAPackThatIsNotWhole() {
    memory.put(pack, new byte[500]);
    RetentionReport report = pass(RetireMode.DELETE).run();
    assertThat(store.asked.stream().map(RetentionPassTest::name))
        .containsExactly(
            "put retired/006.mark",
            "delete snapshots/001.snapshot",
            "delete segments/002-003.segment",
            "delete segments/004-006.segment");
    assertThat(report.failures()).singleElement().asString().contains(pack, "are kept");
  }

  @Test
  void aStoreThatFailsEndsThePassAndTheNextOneGoesOn() {
    store.failAfter = 2;
    RetentionPass pass = pass(RetireMode.DELETE);
    assertThatThrownBy(pass::run).isInstanceOf(StoreException.class);
    assertThat(Timeline.of(ReplicaListing.load(memory)).isWhole()).isTrue();
    store.failAfter = Integer.MAX_VALUE;
    assertThat(pass.run().total().objects()).isEqualTo(3);
    assertThat(memory.keys()).hasSize(6);
    assertThat(Timeline.of(ReplicaListing.load(memory)).isWhole()).isTrue();
  }

  /** The pass runs between the restore's LIST and its first read. */
  @Test
  void whatIsRetiredDuringARestoreIsNoDamage() {
    Instant time = model.state(3).time();
    RetentionPolicy hourly =
        new RetentionPolicy(Duration.ofDays(7), Duration.ofDays(365), Optional.empty());
    RetentionPass pass =
        new RetentionPass(
            store, hourly, RetireMode.DELETE, Clock.fixed(now, ZoneOffset.UTC), "test");
    MemoryObjectStore before = memory.copy();
    for (RestoreTarget target : List.of(RestoreTarget.txid(3), RestoreTarget.exactlyAt(time))) {
      restoreAll(before);
      memory.onGet =
          key -> {
            if (key.contains("/segments/")) {
              memory.onGet = k -> {};
              pass.run();
            }
          };
      assertThatThrownBy(() -> new RestorePlanner(memory).plan(target))
          .isInstanceOf(TargetUnavailableException.class)
          .hasMessageContaining("transaction 1 of ")
          .hasMessageContaining("transaction 4 of ");
    }
    restoreAll(before);
    memory.onGet =
        key -> {
          if (key.contains("/segments/")) {
            memory.onGet = k -> {};
            pass.run();
          }
        };
    RestorePlan plan = new RestorePlanner(memory).plan(RestoreTarget.at(time));
    assertThat(plan.target().txid()).isEqualTo(1);
    assertThat(plan.coarse().orElseThrow().next().orElseThrow().txid()).isEqualTo(4);
  }

  private void restoreAll(MemoryObjectStore from) {
    memory.keys().forEach(memory::delete);
    from.keys().forEach(key -> memory.put(key, from.bytes(key)));
  }

  @Test
  void anEmptyPlaceHasNothingToRetire() {
    RetentionPass pass =
        new RetentionPass(
            new MemoryObjectStore(), POLICY, RetireMode.AUTO, Clock.fixed(now, ZoneOffset.UTC), "");
    assertThat(pass.run().total().objects()).isZero();
  }
}
