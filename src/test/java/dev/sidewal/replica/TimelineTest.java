package dev.sidewal.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.sidewal.error.HistoryDamagedException;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ObjectStores;
import dev.sidewal.store.Payload;
import dev.sidewal.store.ReplicaUrl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the names in a listing prove. Transaction n is of second n. */
class TimelineTest {

  private static final UUID REPLICA = new UUID(1, 1);

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
  void nothing() {
    assertThat(timeline().isEmpty()).isTrue();
    claim(1);
    assertThat(timeline().isEmpty()).isTrue();
    assertThat(timeline().latest()).isEmpty();
    assertThat(timeline().earliest()).isEmpty();
    put("generations/00000001/segments/what-is-this");
    assertThat(timeline().isEmpty()).isFalse();
    assertThat(timeline().listing().unknownKeys())
        .containsExactly("generations/00000001/segments/what-is-this");
  }

  @Test
  void claimThatTookOverProvesHistory() {
    claim(1);
    claim(2, 1, 40, false);
    assertThat(timeline().isEmpty()).isFalse();
    assertThat(timeline().latest()).hasValue(40);
    assertThat(timeline().restorable()).isEmpty();
  }

  @Test
  void oneGeneration() {
    claim(1);
    snapshot(1, 1);
    segment(1, 2, 9);
    segment(1, 10, 10);
    pack(1, 2, 10);
    Timeline timeline = timeline();
    assertThat(timeline.restorable()).containsExactly(new TxidRange(1, 10));
    assertThat(timeline.holes()).isEmpty();
    assertThat(timeline.earliest()).contains(new Moment(1, time(1)));
    assertThat(timeline.latest()).hasValue(10);
    assertThat(timeline.nameTime(9)).contains(new Moment(9, time(9)));
    assertThat(timeline.nameTime(5)).isEmpty();
    assertThat(timeline.cover(new TxidRange(3, 10)))
        .singleElement()
        .satisfies(o -> assertThat(o.key()).endsWith(".pack"));
    assertThat(timeline.listing().objects()).isEqualTo(5);
    assertThat(timeline.generations().get(0).state()).isEqualTo(GenerationState.State.ACTIVE);
  }

  @Test
  void holeAndWhatLiesBehindIt() {
    claim(1);
    snapshot(1, 1);
    segment(1, 2, 4);
    segment(1, 8, 12);
    snapshot(1, 10);
    segment(1, 13, 15);
    delta(1, 10, 17);
    Timeline timeline = timeline();
    assertThat(timeline.holes()).containsExactly(new TxidRange(5, 7), new TxidRange(16, 16));
    assertThat(timeline.restorable())
        .containsExactly(new TxidRange(1, 4), new TxidRange(10, 15), new TxidRange(17, 17));
    assertThat(timeline.lastRestorable(9)).hasValue(4);
    assertThat(timeline.lastRestorable(12)).hasValue(12);
    assertThat(timeline.lastRestorable(99)).hasValue(17);
    assertThat(timeline.cover(new TxidRange(1, 12)))
        .extracting(TimelineObject::last)
        .containsExactly(1L, 4L, 12L);
  }

  /** With 54,000 objects, comparing each of them with every other one takes half a minute. */
  @Test
  void coverOfManyObjects() throws IOException {
    claim(1);
    snapshot(1, 1);
    segment(1, 2, 2);
    List<Long> txids =
        LongStream.rangeClosed(2, 60_000).filter(txid -> txid % 10 != 0).boxed().toList();
    for (long txid : txids.subList(1, txids.size())) {
      // Not through the store, which would wait for the disk each time.
      Files.createFile(
          dir.resolve(HistoryObject.segment(1, txid, txid, time(txid), time(txid)).key()));
    }
    Timeline timeline = timeline();
    assertThat(timeline.holes()).hasSize(5_999);
    assertTimeoutPreemptively(
        Duration.ofSeconds(5),
        () ->
            assertThat(timeline.cover(new TxidRange(2, 60_000)))
                .extracting(TimelineObject::first)
                .containsExactlyElementsOf(txids));
  }

  @Test
  void whatRetentionLeftOfOldChainsIsNoHole() {
    claim(1);
    segment(1, 5, 6);
    segment(1, 9, 20);
    snapshot(1, 20);
    segment(1, 21, 30);
    assertThat(timeline().holes()).isEmpty();
    assertThat(timeline().earliest()).contains(new Moment(20, time(20)));
    assertThat(timeline().restorable()).containsExactly(new TxidRange(20, 30));
  }

  @Test
  void continuedGenerationFencesAndChains() {
    claim(1);
    snapshot(1, 1);
    segment(1, 2, 20);
    claim(2, 1, 12, true);
    segment(2, 13, 15);
    snapshot(2, 12);
    snapshot(1, 13);
    Timeline timeline = timeline();
    assertThat(timeline.restorable()).containsExactly(new TxidRange(1, 15));
    assertThat(timeline.latest()).hasValue(15);
    assertThat(timeline.objects())
        .extracting(TimelineObject::key, TimelineObject::last)
        .filteredOn(t -> t.toList().get(0).toString().startsWith("generations/00000001/snap"))
        .hasSize(1);
    GenerationState first = timeline.generations().get(0);
    assertThat(first.fenced()).containsExactly(new TxidRange(13, 20));
    assertThat(first.lastValid()).hasValue(12);
    assertThat(first.state()).isEqualTo(GenerationState.State.SUPERSEDED);
    assertThat(timeline.generations().get(1).parent()).hasValue(1);
  }

  @Test
  void newBeginningNeedsItsSnapshot() {
    claim(1);
    snapshot(1, 1);
    segment(1, 2, 10);
    claim(2, 1, 10, false);
    segment(2, 11, 15);
    assertThat(timeline().restorable()).containsExactly(new TxidRange(1, 10));
    assertThat(timeline().latest()).hasValue(15);
    snapshot(2, 11);
    assertThat(timeline().restorable()).containsExactly(new TxidRange(1, 15));
    delta(2, 1, 15);
    assertThat(timeline().objects()).noneMatch(o -> o.key().endsWith(".delta"));
  }

  @Test
  void chainSkipsGenerationThatWasFencedWhole() {
    claim(1);
    snapshot(1, 1);
    segment(1, 2, 10);
    claim(2, 1, 10, false);
    snapshot(2, 11);
    claim(3, 1, 10, true);
    segment(3, 11, 20);
    assertThat(timeline().restorable()).containsExactly(new TxidRange(1, 20));
    assertThat(timeline().generations().get(1).fenced()).containsExactly(new TxidRange(11, 11));
    delta(3, 1, 18);
    assertThat(timeline().objects()).anyMatch(o -> o.key().endsWith(".delta"));
  }

  @Test
  void generationWithoutParentFencesEverything() {
    claim(1);
    snapshot(1, 1);
    segment(1, 2, 10);
    put(
        Generations.manifestKey(2),
        new GenerationManifest(
            REPLICA, 2, new UUID(2, 2), time(1), 512, "test", Optional.empty(), false));
    assertThat(timeline().restorable()).isEmpty();
    snapshot(2, 1);
    assertThat(timeline().restorable()).containsExactly(new TxidRange(1, 1));
  }

  @Test
  void missingParentMakesOlderOnesUnknown() {
    claim(1);
    snapshot(1, 1);
    segment(1, 2, 30);
    claim(3, 2, 25, false);
    snapshot(3, 26);
    assertThat(timeline().restorable()).containsExactly(new TxidRange(26, 26));
  }

  @Test
  void unclaimedGeneration() {
    claim(1);
    snapshot(2, 1);
    assertThatThrownBy(this::timeline)
        .isInstanceOf(HistoryDamagedException.class)
        .hasMessageContaining("generations/00000002/generation.json is missing");
  }

  @Test
  void manifestOfAnotherGenerationOrReplica() {
    claim(1);
    GenerationManifest wrong =
        new GenerationManifest(
            REPLICA, 3, new UUID(2, 2), time(1), 512, "test", Optional.empty(), false);
    put(Generations.manifestKey(2), wrong);
    assertThatThrownBy(this::timeline)
        .isInstanceOf(HistoryDamagedException.class)
        .hasMessageContaining("claims generation 00000003");
    store.delete(Generations.manifestKey(2));
    put(
        Generations.manifestKey(2),
        new GenerationManifest(
            new UUID(9, 9), 2, new UUID(2, 2), time(1), 512, "test", Optional.empty(), false));
    assertThatThrownBy(this::timeline)
        .isInstanceOf(HistoryDamagedException.class)
        .hasMessageContaining("two replicas");
  }

  private Timeline timeline() {
    return Timeline.of(ReplicaListing.load(store));
  }

  private static Instant time(long txid) {
    return Instant.ofEpochSecond(1_700_000_000 + txid);
  }

  private void claim(long generation) {
    put(
        Generations.manifestKey(generation),
        new GenerationManifest(
            REPLICA,
            generation,
            new UUID(2, generation),
            time(1),
            512,
            "test",
            Optional.empty(),
            false));
  }

  private void claim(long generation, long parent, long txid, boolean continues) {
    put(
        Generations.manifestKey(generation),
        new GenerationManifest(
            REPLICA,
            generation,
            new UUID(2, generation),
            time(1),
            512,
            "test",
            Optional.of(new Position(parent, txid, 7)),
            continues));
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

  private void pack(long generation, long first, long last) {
    put(HistoryObject.pack(generation, first, last, time(first), time(last)).key());
  }

  private void put(String key, GenerationManifest manifest) {
    store.putIfAbsent(key, Payload.of(manifest.toBytes()));
  }

  private void put(String key) {
    store.putIfAbsent(key, Payload.of(new byte[10]));
  }
}
