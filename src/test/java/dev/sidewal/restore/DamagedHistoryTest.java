package dev.sidewal.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sidewal.error.HistoryDamagedException;
import dev.sidewal.error.NoBackupException;
import dev.sidewal.error.StoreException;
import dev.sidewal.error.TargetUnavailableException;
import dev.sidewal.replica.HistoryObject;
import dev.sidewal.replica.ReplicaListing;
import dev.sidewal.replica.Timeline;
import dev.sidewal.replica.TxidRange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every damage ends in the documented error, for every kind of target, and nothing is left behind;
 * what does not need the damaged object restores.
 *
 * <p>The history: generation 1 holds a snapshot of 1 and segments 2-5, 6-9, 10-13, 14-17;
 * generation 2 takes over at 13 and holds 14-16, 17-20.
 */
class DamagedHistoryTest {

  private static final long LAST = 20;

  @TempDir Path dir;

  private final MemoryObjectStore whole = new MemoryObjectStore();
  private final ReplicaBuilder builder = new ReplicaBuilder(whole, 4096);
  private final Random random = new Random(5);
  private final Model first = new Model(512, 12).append(random, 17);
  private final Model line = first.fork(13).append(random, 7);

  @BeforeEach
  void write() {
    builder.claim(1, 512, Optional.empty(), false);
    builder.snapshot(1, first, 1);
    builder.segment(1, first, 2, 5);
    builder.segment(1, first, 6, 9);
    builder.segment(1, first, 10, 13);
    builder.segment(1, first, 14, 17);
    builder.claim(2, 512, Optional.of(ReplicaBuilder.position(1, first, 13)), true);
    builder.segment(2, line, 14, 16);
    builder.segment(2, line, 17, 20);
  }

  @AfterEach
  void nothingIsLeftBehind() throws IOException {
    try (var files = Files.list(dir)) {
      assertThat(files.map(p -> p.getFileName().toString())).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({"2, 5, 1", "6, 9, 5", "10, 13, 9", "14, 16, 13"})
  void missingSegmentIsAnErrorForEveryTargetBehindIt(long from, long to, long last)
      throws IOException {
    MemoryObjectStore store = whole.copy();
    store.delete(key(store, "segments", from, from >= 14 ? 2 : 1));
    Timeline timeline = Timeline.of(ReplicaListing.load(store));
    assertThat(timeline.holes()).containsExactly(new TxidRange(from, to));
    assertThat(timeline.latest()).hasValue(LAST);
    assertThat(timeline.latestRestorable()).hasValue(last);
    for (long txid = 1; txid <= LAST; txid++) {
      if (txid <= last) {
        assertRestores(store, RestoreTarget.txid(txid), txid);
      } else {
        assertDamaged(store, RestoreTarget.txid(txid), "transactions " + from + " to " + to, last);
      }
    }
    assertDamaged(store, RestoreTarget.latest(), "transactions " + from + " to " + to, last);
    for (Instant t = Model.START; t.isBefore(end()); t = t.plusMillis(250)) {
      long wanted = line.at(t, LAST).orElseThrow().txid();
      Instant lastTime = line.state(last).time();
      if (wanted < last || t.isBefore(lastTime)) {
        assertRestores(store, RestoreTarget.at(t), wanted);
      } else {
        // From here on a transaction of the hole could be the one that is meant.
        assertDamaged(store, RestoreTarget.at(t), "" + t, last);
      }
    }
  }

  @Test
  void missingTailIsProvedByTheNextGeneration() throws IOException {
    MemoryObjectStore store = whole.copy();
    store.delete(key(store, "segments", 10, 1));
    store.delete(key(store, "segments", 14, 2));
    store.delete(key(store, "segments", 17, 2));
    assertThat(Timeline.of(ReplicaListing.load(store)).latest()).hasValue(13);
    assertDamaged(store, RestoreTarget.latest(), "transactions 10 to 13", 9);
    assertDamaged(store, RestoreTarget.at(end()), "transactions 10 to 13", 9);
    assertRestores(store, RestoreTarget.txid(9), 9);
  }

  @Test
  void withoutTheSnapshotNothingIsRestored() {
    MemoryObjectStore store = whole.copy();
    store.delete(key(store, "snapshots", 1, 1));
    for (RestoreTarget target : targets()) {
      assertThatThrownBy(() -> restore(store, target))
          .isInstanceOf(HistoryDamagedException.class)
          .hasMessageContaining("no valid snapshot");
    }
  }

  @Test
  void missingOrDamagedManifest() {
    for (long generation : List.of(1L, 2L)) {
      String key = "generations/0000000" + generation + "/generation.json";
      MemoryObjectStore store = whole.copy();
      byte[] bytes = store.bytes(key);
      store.delete(key);
      for (RestoreTarget target : targets()) {
        assertThatThrownBy(() -> restore(store, target))
            .isInstanceOf(HistoryDamagedException.class)
            .hasMessageContaining(key);
      }
      for (int i = 0; i < bytes.length; i++) {
        store.put(key, flip(bytes, i));
        assertThatThrownBy(() -> restore(store, RestoreTarget.latest()))
            .as("byte %d", i)
            .isInstanceOf(HistoryDamagedException.class)
            .hasMessageContaining(key);
      }
    }
  }

  @Test
  void flippedByteInAnyUsedObject() {
    MemoryObjectStore store = whole.copy();
    for (String key : whole.keys()) {
      if (key.endsWith(".json") || key.equals(key(whole, "segments", 14, 1))) {
        continue;
      }
      byte[] bytes = whole.bytes(key);
      long before = key.contains("snapshots") ? 0 : firstTxid(key) - 1;
      for (int i = 0; i < bytes.length; i += i < 150 || i > bytes.length - 150 ? 5 : 61) {
        store.put(key, flip(bytes, i));
        RestoreTarget target = targets().get(i % 3);
        HistoryDamagedException e =
            catchThrowableOfType(HistoryDamagedException.class, () -> restore(store, target));
        assertThat(e).as("%s, byte %d, %s", key, i, target).isNotNull();
        assertThat(e)
            .as("byte %d", i)
            .hasMessageContaining(key)
            .hasMessageContaining(
                before == 0
                    ? "No transaction before it is restorable"
                    : "last restorable transaction before that is " + before + " ");
      }
      store.put(key, bytes);
    }
  }

  @Test
  void truncatedAndExtendedObjects() {
    MemoryObjectStore store = whole.copy();
    String key = key(store, "segments", 6, 1);
    byte[] bytes = store.bytes(key);
    for (int length : new int[] {0, 1, 91, 200, bytes.length - 1, bytes.length + 1}) {
      store.put(key, java.util.Arrays.copyOf(bytes, length));
      assertThatThrownBy(() -> restore(store, RestoreTarget.latest()))
          .as("%d bytes", length)
          .isInstanceOf(HistoryDamagedException.class)
          .hasMessageContaining(key);
    }
  }

  @Test
  void renamedObject() {
    MemoryObjectStore store = whole.copy();
    store.put(key(store, "segments", 6, 1), store.bytes(key(store, "segments", 10, 1)));
    assertThatThrownBy(() -> restore(store, RestoreTarget.latest()))
        .isInstanceOf(HistoryDamagedException.class)
        .hasMessageContaining("does not hold what its name says");
  }

  @Test
  void objectsThatAreWholeButContradictEachOther() {
    Model other = first.fork(5).append(new Random(99), 20);
    MemoryObjectStore store = whole.copy();
    store.delete(key(store, "segments", 10, 1));
    new ReplicaBuilder(store, 4096).segment(1, other, 10, 13);
    assertThatThrownBy(() -> restore(store, RestoreTarget.latest()))
        .isInstanceOf(HistoryDamagedException.class)
        .hasMessageContaining("contradict");
  }

  @Test
  void objectThatBuildsOnAnotherChecksumOnly() {
    Model other = first.fork(9).lying().append(new Random(99), 4);
    MemoryObjectStore store = whole.copy();
    store.delete(key(store, "segments", 10, 1));
    new ReplicaBuilder(store, 4096).segment(1, other, 10, 13);
    assertThatThrownBy(() -> restore(store, RestoreTarget.txid(10)))
        .isInstanceOf(HistoryDamagedException.class)
        .hasMessageContaining("contradict");
  }

  @Test
  void generationThatTookOverAnotherState() throws IOException {
    MemoryObjectStore store = whole.copy();
    store.delete("generations/00000002/generation.json");
    new ReplicaBuilder(store, 4096)
        .claim(2, 512, Optional.of(ReplicaBuilder.position(1, first.fork(13).lying(), 13)), true);
    assertThatThrownBy(() -> restore(store, RestoreTarget.latest()))
        .isInstanceOf(HistoryDamagedException.class)
        .hasMessageContaining("took over");
    assertRestores(store, RestoreTarget.txid(12), 12);
  }

  @Test
  void otherPathsAreNamedWhenAnObjectIsDamaged() throws IOException {
    MemoryObjectStore store = whole.copy();
    String pack = new ReplicaBuilder(store, 4096).pack(2, line, 14, 20);
    assertRestores(store, RestoreTarget.latest(), LAST);
    store.put(pack, flip(store.bytes(pack), 100));
    assertThatThrownBy(() -> restore(store, RestoreTarget.latest()))
        .isInstanceOf(HistoryDamagedException.class)
        .hasMessageContaining(pack)
        .hasMessageContaining("last restorable transaction without this object is 20")
        .hasMessageContaining("Move " + pack + " away");
    store.delete(pack);
    assertRestores(store, RestoreTarget.latest(), LAST);
  }

  @Test
  void snapshotsAndDeltasBridgeHoles() throws IOException {
    MemoryObjectStore store = whole.copy();
    ReplicaBuilder more = new ReplicaBuilder(store, 4096);
    more.delta(1, first, 1, 8);
    more.snapshot(2, line, 18);
    store.delete(key(store, "segments", 2, 1));
    store.delete(key(store, "segments", 14, 2));
    assertThat(Timeline.of(ReplicaListing.load(store)).restorable())
        .containsExactly(new TxidRange(1, 1), new TxidRange(8, 13), new TxidRange(18, 20));
    assertDamaged(store, RestoreTarget.txid(3), "transactions 2 to 5", 1);
    assertDamaged(store, RestoreTarget.txid(7), "transactions 2 to 5", 1);
    assertRestores(store, RestoreTarget.txid(8), 8);
    assertRestores(store, RestoreTarget.txid(13), 13);
    assertDamaged(store, RestoreTarget.txid(17), "transactions 14 to 16", 13);
    assertRestores(store, RestoreTarget.latest(), LAST);
    assertRestores(store, RestoreTarget.at(end()), LAST);
  }

  @Test
  void nothingThere() {
    MemoryObjectStore store = new MemoryObjectStore();
    assertThatThrownBy(() -> restore(store, RestoreTarget.latest()))
        .isInstanceOf(NoBackupException.class);
    new ReplicaBuilder(store, 4096).claim(1, 512, Optional.empty(), false);
    assertThatThrownBy(() -> restore(store, RestoreTarget.txid(1)))
        .isInstanceOf(NoBackupException.class);
    store.put("generations/00000001/segments/of-a-later-version", new byte[1]);
    assertThatThrownBy(() -> restore(store, RestoreTarget.latest()))
        .isInstanceOf(HistoryDamagedException.class)
        .hasMessageContaining("of-a-later-version");
  }

  @Test
  void storeThatFailsIsNotMissingBackup() {
    MemoryObjectStore store = whole.copy();
    store.onGet =
        key -> {
          throw new StoreException("unreachable", true, new IOException("no route"));
        };
    assertThatThrownBy(() -> restore(store, RestoreTarget.latest()))
        .isInstanceOf(StoreException.class);
    store.onGet =
        key -> {
          if (key.contains("segments")) {
            throw new StoreException("unreachable", true, new IOException("no route"));
          }
        };
    assertThatThrownBy(() -> restore(store, RestoreTarget.txid(20)))
        .isInstanceOf(StoreException.class);
  }

  @Test
  void brokenStreamsAreResumed() throws IOException {
    MemoryObjectStore store = whole.copy();
    store.breakEvery = 2;
    assertRestores(store, RestoreTarget.latest(), LAST);
    store.breakEvery = 1;
    assertThatThrownBy(() -> restore(store, RestoreTarget.latest()))
        .isInstanceOf(StoreException.class);
  }

  @Test
  void objectThatGoesAwayWhileItIsRestored() throws IOException {
    MemoryObjectStore store = whole.copy();
    String pack = new ReplicaBuilder(store, 4096).pack(1, first, 2, 13);
    store.onGet =
        key -> {
          if (key.equals(pack)) {
            store.delete(pack);
          }
        };
    assertRestores(store, RestoreTarget.latest(), LAST);
    assertThat(store.keys()).doesNotContain(pack);
    String segment = key(store, "segments", 6, 1);
    store.onGet =
        key -> {
          if (key.equals(segment)) {
            store.delete(segment);
          }
        };
    assertDamaged(store, RestoreTarget.latest(), segment + " was listed", 5);
  }

  @Test
  void theStateBeforeAVanishedObjectIsNotTheLatest() {
    for (RestoreTarget target : targets()) {
      MemoryObjectStore store = whole.copy();
      String newest = key(store, "segments", 17, 2);
      store.onGet =
          key -> {
            if (key.equals(newest)) {
              store.delete(newest);
            }
          };
      assertDamaged(store, target, newest + " was listed", 16);
    }
  }

  /** Names bound the search for a time; one that lies must not choose an older or newer state. */
  @Test
  void aNameThatLiesAboutTimesIsNotBelieved() {
    Instant wanted = line.state(12).time();
    for (HistoryObject liar :
        List.of(
            HistoryObject.segment(1, 2, 5, line.state(2).time(), end().plusSeconds(50)),
            HistoryObject.snapshot(1, 5, end().plusSeconds(50)))) {
      MemoryObjectStore store = whole.copy();
      store.put(liar.key(), new byte[100]);
      assertThatThrownBy(() -> restore(store, RestoreTarget.at(wanted)))
          .as("%s", liar)
          .isInstanceOf(HistoryDamagedException.class)
          .hasMessageContaining("contradict")
          .hasMessageContaining(liar.key());
    }
    MemoryObjectStore store = whole.copy();
    String last = key(store, "segments", 10, 1);
    store.put(
        HistoryObject.segment(1, 13, 13, line.state(12).time(), line.state(13).time()).key(),
        store.bytes(last));
    assertThatThrownBy(() -> restore(store, RestoreTarget.at(wanted)))
        .isInstanceOf(HistoryDamagedException.class)
        .hasMessageContaining("contradict");
  }

  @Test
  void targetsOutside() {
    for (RestoreTarget target :
        List.of(RestoreTarget.txid(LAST + 1), RestoreTarget.at(Model.START.minusSeconds(1)))) {
      assertThatThrownBy(() -> restore(whole, target))
          .isInstanceOf(TargetUnavailableException.class);
    }
  }

  @Test
  void lostFirstSnapshotOfLongerHistory() throws IOException {
    MemoryObjectStore store = whole.copy();
    new ReplicaBuilder(store, 4096).snapshot(1, first, 8);
    store.delete(key(store, "snapshots", 1, 1));
    assertThatThrownBy(() -> restore(store, RestoreTarget.txid(7)))
        .isInstanceOf(TargetUnavailableException.class)
        .hasMessageContaining("Older transactions, from 2, are there still");
    assertRestores(store, RestoreTarget.txid(8), 8);
    assertRestores(store, RestoreTarget.latest(), LAST);
  }

  @Test
  void fencedTransactionsAreShownAndNotRestored() throws IOException {
    Timeline timeline = Timeline.of(ReplicaListing.load(whole));
    assertThat(timeline.generations().get(0).fenced()).containsExactly(new TxidRange(14, 17));
    assertThat(timeline.generations().get(0).lastValid()).isEqualTo(OptionalLong.of(13));
    assertThat(timeline.generations().get(1).fenced()).isEmpty();
    assertRestores(whole, RestoreTarget.txid(15), 15);
    assertThat(line.file(15)).isNotEqualTo(first.file(15));
  }

  private List<RestoreTarget> targets() {
    return List.of(RestoreTarget.latest(), RestoreTarget.at(end()), RestoreTarget.txid(LAST));
  }

  private Instant end() {
    return line.state(LAST).time().plusSeconds(5);
  }

  private RestoreResult restore(MemoryObjectStore store, RestoreTarget target) {
    return new Restorer(Clock.systemUTC(), random)
        .restore(
            RestoreRequest.builder(store, dir.resolve("db")).target(target).parallelism(2).build());
  }

  private void assertRestores(MemoryObjectStore store, RestoreTarget target, long txid)
      throws IOException {
    assertThat(restore(store, target).txid()).as("%s", target).isEqualTo(txid);
    assertThat(Files.readAllBytes(dir.resolve("db"))).as("%s", target).isEqualTo(line.file(txid));
    Files.delete(dir.resolve("db"));
  }

  private void assertDamaged(
      MemoryObjectStore store, RestoreTarget target, String what, long last) {
    assertThatThrownBy(() -> restore(store, target))
        .as("%s", target)
        .isInstanceOf(HistoryDamagedException.class)
        .hasMessageContaining(what)
        .hasMessageContaining("last restorable transaction before that is " + last + " ");
  }

  private static byte[] flip(byte[] bytes, int at) {
    byte[] flipped = bytes.clone();
    flipped[at] ^= 0x10;
    return flipped;
  }

  private static long firstTxid(String key) {
    return Long.parseLong(key.substring(key.lastIndexOf('/') + 1).substring(0, 16), 16);
  }

  private static String key(MemoryObjectStore store, String kind, long first, long generation) {
    return store.keys().stream()
        .filter(k -> k.startsWith("generations/0000000" + generation + "/" + kind))
        .filter(k -> firstTxid(k) == first)
        .findFirst()
        .orElseThrow();
  }
}
