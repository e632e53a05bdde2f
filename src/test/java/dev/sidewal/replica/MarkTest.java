package dev.sidewal.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sidewal.error.HistoryDamagedException;
import dev.sidewal.store.ObjectInfo;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ObjectStores;
import dev.sidewal.store.Payload;
import dev.sidewal.store.ReplicaUrl;
import dev.sidewal.testing.ForwardingObjectStore;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What marks of retention change in what a listing proves. Transaction n is of second n. */
class MarkTest {

  @TempDir Path dir;

  private ObjectStore store;

  @BeforeEach
  void open() {
    store = ObjectStores.open(ReplicaUrl.parse("file://" + dir));
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void nameAndContent() {
    RetiredMark mark = new RetiredMark(3, 0x1af, Instant.parse("2026-11-14T10:00:00.123456Z"));
    assertThat(mark.key())
        .isEqualTo("generations/00000003/retired/00000000000001af-1794650400123.mark");
    assertThat(RetiredMark.parse(mark.key())).contains(mark);
    assertThat(RetiredMark.parse(mark.key() + "x")).isEmpty();
    assertThat(
            RetiredMark.parse(mark.key().replace("1af", "000").replace("00000000003", "00000003")))
        .isEmpty();
    assertThat(
            new String(
                mark.toBytes(
                    new UUID(1, 2), Duration.ofDays(7), "sidewal 1", Instant.ofEpochSecond(1)),
                java.nio.charset.StandardCharsets.UTF_8))
        .isEqualTo(
            """
            {
              "format" : 1,
              "replica" : "00000000-0000-0001-0000-000000000002",
              "retiredUpTo" : 431,
              "time" : "2026-11-14T10:00:00.123Z",
              "window" : "PT168H",
              "writer" : "sidewal 1",
              "written" : "1970-01-01T00:00:01Z"
            }
            """);
  }

  @Test
  void logUpToAMarkIsNotUsedAndNotMissed() {
    claim(1, 0, false);
    snapshot(1, 1);
    segment(1, 2, 4);
    segment(1, 8, 12);
    snapshot(1, 5);
    delta(1, 5, 7);
    snapshot(1, 10);
    segment(1, 13, 15);
    assertThat(timeline().holes()).containsExactly(new TxidRange(6, 6));
    assertThat(timeline().mark()).isEmpty();
    assertThat(timeline().isWhole()).isFalse();
    mark(1, 10);
    Timeline timeline = timeline();
    assertThat(timeline.mark()).contains(new Moment(10, time(10)));
    assertThat(timeline.holes()).isEmpty();
    assertThat(timeline.restorable())
        .containsExactly(
            new TxidRange(1, 1), new TxidRange(5, 5), new TxidRange(7, 7), new TxidRange(10, 15));
    assertThat(timeline.isWhole()).isTrue();
    assertThat(timeline.retiredLog()).extracting(TimelineObject::last).containsExactly(4L);
    assertThat(timeline.objects())
        .filteredOn(o -> o.last() == 12)
        .singleElement()
        .satisfies(
            o -> {
              assertThat(o.base()).isEqualTo(10);
              assertThat(o.first()).isEqualTo(11);
            });
    assertThat(timeline.latest()).hasValue(15);
    assertThat(timeline.listing().unknownKeys()).isEmpty();
    assertThat(timeline.listing().objects()).isEqualTo(9);
    assertThat(timeline.earliest()).contains(new Moment(1, time(1)));
  }

  @Test
  void theHighestMarkCounts() {
    claim(1, 0, false);
    snapshot(1, 1);
    snapshot(1, 6);
    segment(1, 2, 9);
    mark(1, 6);
    mark(1, 1);
    assertThat(timeline().restorable()).containsExactly(new TxidRange(1, 1), new TxidRange(6, 9));
  }

  @Test
  void aMarkCountsUpToTheFenceOfItsGeneration() {
    claim(1, 0, false);
    snapshot(1, 1);
    segment(1, 2, 20);
    mark(1, 15);
    claim(2, 1, 12, true);
    snapshot(2, 12);
    segment(2, 13, 18);
    assertThat(timeline().mark().orElseThrow().txid()).isEqualTo(12);
    assertThat(timeline().restorable()).containsExactly(new TxidRange(1, 1), new TxidRange(12, 18));
  }

  @Test
  void aLostImageAtTheMarkIsDamage() {
    claim(1, 0, false);
    snapshot(1, 1);
    segment(1, 2, 9);
    mark(1, 5);
    assertThat(timeline().holes()).containsExactly(new TxidRange(5, 5));
    assertThat(timeline().latest()).hasValue(9);
    assertThat(timeline().restorable()).containsExactly(new TxidRange(1, 1));
    assertThat(timeline().isWhole()).isFalse();
  }

  @Test
  void aMarkProvesThatItsTransactionWasRecorded() {
    claim(1, 0, false);
    mark(1, 5);
    assertThat(timeline().latest()).hasValue(5);
    assertThat(timeline().isEmpty()).isFalse();
  }

  @Test
  void aMarkWithoutAClaimSaysNothing() {
    claim(1, 0, false);
    snapshot(1, 1);
    segment(1, 2, 9);
    mark(2, 5);
    assertThat(timeline().restorable()).containsExactly(new TxidRange(1, 9));
    assertThat(timeline().listing().unknownKeys()).hasSize(1);
  }

  /** The page of the packs is listed, then the pack is put and its segments go. */
  @Test
  void aSegmentThatAPackCoversMayGoDuringTheListing() {
    claim(1, 0, false);
    snapshot(1, 1);
    segment(1, 2, 3);
    segment(1, 4, 5);
    segment(1, 6, 6);
    List<String> lists = new ArrayList<>();
    ObjectStore torn =
        new ForwardingObjectStore(store) {
          @Override
          public void list(String prefix, Consumer<ObjectInfo> visitor) {
            lists.add(prefix);
            if (lists.size() > 1) {
              super.list(prefix, visitor);
              return;
            }
            super.list(
                prefix,
                info -> {
                  if (info.key().contains("/segments/") && lists.size() == 1) {
                    lists.add("packed");
                    put(HistoryObject.pack(1, 2, 5, time(2), time(5)).key());
                    store.delete(HistoryObject.segment(1, 2, 3, time(2), time(3)).key());
                    store.delete(HistoryObject.segment(1, 4, 5, time(4), time(5)).key());
                  }
                  if (store.head(info.key()).isPresent()) {
                    visitor.accept(info);
                  }
                });
          }
        };
    assertThat(Timeline.load(torn).restorable()).containsExactly(new TxidRange(1, 6));
    assertThat(lists).hasSize(3);
    assertThat(Timeline.load(torn).isWhole()).isTrue();
    assertThat(lists).hasSize(4);
  }

  @Test
  void aClaimThatGoesDuringTheListingIsNoDamage() {
    claim(1, 0, false);
    claim(2, 1, 9, false);
    snapshot(2, 10);
    String first = Generations.manifestKey(1);
    ObjectStore torn =
        new ForwardingObjectStore(store) {
          @Override
          public void list(String prefix, Consumer<ObjectInfo> visitor) {
            super.list(prefix, visitor);
            store.delete(first);
          }
        };
    assertThat(ReplicaListing.load(torn).generations()).hasSize(1);
    ObjectStore lying =
        new ForwardingObjectStore(store) {
          @Override
          public void list(String prefix, Consumer<ObjectInfo> visitor) {
            visitor.accept(new ObjectInfo(first, 100, Instant.EPOCH));
            super.list(prefix, visitor);
          }
        };
    assertThatThrownBy(() -> ReplicaListing.load(lying))
        .isInstanceOf(HistoryDamagedException.class)
        .hasMessageContaining(first + " is missing")
        .hasMessageContaining("it was listed");
  }

  /** Whatever is answered first: the oldest generation's failure is told. */
  @Test
  void manyManifestsAreReadAtOnceAndInOrder() {
    for (int n = 1; n <= 40; n++) {
      claim(n, n - 1, n > 1);
    }
    store.delete(Generations.manifestKey(11));
    put(Generations.manifestKey(11));
    store.delete(Generations.manifestKey(12));
    put(Generations.manifestKey(12));
    for (int i = 0; i < 20; i++) {
      assertThatThrownBy(() -> ReplicaListing.load(store))
          .isInstanceOf(HistoryDamagedException.class)
          .hasMessageContaining(Generations.manifestKey(11) + " in ");
    }
    store.delete(Generations.manifestKey(11));
    store.delete(Generations.manifestKey(12));
    assertThat(ReplicaListing.load(store).generations())
        .extracting(GenerationListing::generation)
        .hasSize(38)
        .isSorted();
  }

  private Timeline timeline() {
    return Timeline.of(ReplicaListing.load(store));
  }

  private static Instant time(long txid) {
    return Instant.ofEpochSecond(1_700_000_000 + txid);
  }

  private void claim(long generation, long txid, boolean continues) {
    claim(generation, generation - 1, txid, continues);
  }

  private void claim(long generation, long parent, long txid, boolean continues) {
    store.putIfAbsent(
        Generations.manifestKey(generation),
        Payload.of(
            new GenerationManifest(
                    new UUID(1, 1),
                    generation,
                    new UUID(2, generation),
                    time(1),
                    512,
                    "test",
                    txid == 0 ? Optional.empty() : Optional.of(new Position(parent, txid, 7)),
                    continues)
                .toBytes()));
  }

  private void mark(long generation, long txid) {
    put(new RetiredMark(generation, txid, time(txid)).key());
  }

  private void snapshot(long generation, long txid) {
    put(HistoryObject.snapshot(generation, txid, time(txid)).key());
  }

  private void delta(long generation, long base, long txid) {
    put(HistoryObject.delta(generation, base, txid, time(txid)).key());
  }

  private void segment(long generation, long first, long last) {
    put(HistoryObject.segment(generation, first, last, time(first), time(last)).key());
  }

  private void put(String key) {
    store.putIfAbsent(key, Payload.of(new byte[10]));
  }
}
