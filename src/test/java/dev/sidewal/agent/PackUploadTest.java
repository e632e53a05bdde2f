package dev.sidewal.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sidewal.error.HistoryDamagedException;
import dev.sidewal.error.StoreDeniedException;
import dev.sidewal.error.StoreException;
import dev.sidewal.replica.GenerationManifest;
import dev.sidewal.replica.Generations;
import dev.sidewal.replica.HistoryObject;
import dev.sidewal.segment.ObjectKind;
import dev.sidewal.segment.SegmentHeader;
import dev.sidewal.segment.SegmentWriter;
import dev.sidewal.segment.SegmentWriterOptions;
import dev.sidewal.segment.Transaction;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ObjectStores;
import dev.sidewal.store.Payload;
import dev.sidewal.store.PutOutcome;
import dev.sidewal.store.ReplicaUrl;
import dev.sidewal.store.TagOutcome;
import dev.sidewal.testing.ForwardingObjectStore;
import dev.sidewal.testing.SettableClock;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A pack is taken for put only when it is in the store; then its segments go, and not before. */
class PackUploadTest {

  private static final Instant T = Instant.parse("2026-11-21T12:00:00Z");
  private static final UUID REPLICA = new UUID(3, 4);
  private static final HistoryObject NAME = HistoryObject.pack(1, 2, 30, T, T.plusMillis(28));

  @TempDir Path dir;
  private ObjectStore store;

  @BeforeEach
  void open() {
    store = ObjectStores.openForWriting(ReplicaUrl.parse("file:" + dir.resolve("replica")));
    GenerationManifest manifest =
        new GenerationManifest(REPLICA, 1, new UUID(5, 6), T, 512, "test", Optional.empty(), false);
    store.putIfAbsent(Generations.manifestKey(1), Payload.of(manifest.toBytes()));
  }

  @AfterEach
  void close() {
    store.close();
  }

  /** Writes transactions 2 to 30, of which one may be another than it should be. */
  private Path pack(int blockBytes, long otherTxid) throws IOException {
    Path file = Files.createTempFile(dir, "pack", "");
    Random random = new Random(7);
    try (OutputStream out = Files.newOutputStream(file);
        SegmentWriter writer =
            new SegmentWriter(
                new SegmentHeader(ObjectKind.PACK, REPLICA, 1, 512, 2, 9, 10),
                out,
                new SegmentWriterOptions(blockBytes, 1))) {
      for (long txid = 2; txid <= 30; txid++) {
        byte[] page = new byte[512];
        random.nextBytes(page);
        writer.page(1, page, 0);
        writer.commit(
            new Transaction(
                txid, T.plusMillis(txid - 2), 1, 1, 9, txid == otherTxid ? -1 : txid, false));
      }
      writer.finish();
    }
    return file;
  }

  private PackUpload upload() {
    return new PackUpload(store, REPLICA);
  }

  @Test
  void thePackItselfMayBeThere() throws IOException {
    Path file = pack(512, 0);
    assertThat(upload().put(NAME, file)).isEqualTo(Files.size(file));
    assertThat(upload().put(NAME, file)).isEqualTo(Files.size(file));
  }

  @Test
  void oneThatIsCompressedInAnotherWayMayBeThere() throws IOException {
    Path former = pack(4096, 0);
    store.putIfAbsent(NAME.key(), Payload.of(former));
    assertThat(Files.size(pack(512, 0))).isNotEqualTo(Files.size(former));
    assertThat(upload().put(NAME, pack(512, 0))).isEqualTo(Files.size(former));
  }

  @Test
  void oneWithOtherTransactionsIsNotTakenForIt() throws IOException {
    for (long txid : new long[] {2, 15, 30}) {
      store.delete(NAME.key());
      Path other = pack(512, txid);
      store.putIfAbsent(NAME.key(), Payload.of(other));
      assertThatThrownBy(() -> upload().put(NAME, pack(512, 0)))
          .isInstanceOf(HistoryDamagedException.class)
          .hasMessageContaining(NAME.key());
      assertThat(store.head(NAME.key()).orElseThrow().size()).isEqualTo(Files.size(other));
    }
  }

  @Test
  void aDamagedOneIsNotTakenForIt() throws IOException {
    Path former = pack(4096, 0);
    byte[] bytes = Files.readAllBytes(former);
    bytes[200] ^= 1;
    store.putIfAbsent(NAME.key(), Payload.of(bytes));
    assertThatThrownBy(() -> upload().put(NAME, pack(512, 0)))
        .isInstanceOf(HistoryDamagedException.class);
    store.delete(NAME.key());
    store.putIfAbsent(NAME.key(), Payload.of(new byte[] {1, 2, 3}));
    assertThatThrownBy(() -> upload().put(NAME, pack(512, 0)))
        .isInstanceOf(HistoryDamagedException.class);
  }

  /** A store that keeps something else than what it was given, or nothing. */
  @Test
  void whatTheStoreDoesNotHaveIsNotThere() throws IOException {
    Path file = pack(512, 0);
    for (int kept : new int[] {-1, 0, (int) Files.size(file) - 1}) {
      ObjectStore forgetful =
          new ForwardingObjectStore(store) {
            @Override
            public PutOutcome putIfAbsent(String key, Payload payload) {
              try {
                byte[] bytes = Files.readAllBytes(file);
                if (kept >= 0) {
                  bytes[kept == 0 ? bytes.length - 20 : 0] ^= 1;
                  super.putIfAbsent(
                      key, Payload.of(kept == 0 ? bytes : java.util.Arrays.copyOf(bytes, kept)));
                }
                return PutOutcome.CREATED;
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            }
          };
      assertThatThrownBy(() -> new PackUpload(forgetful, REPLICA).put(NAME, file))
          .isInstanceOf(kept < 0 ? StoreException.class : HistoryDamagedException.class);
      store.delete(NAME.key());
    }
  }

  @Test
  void nothingIsPutIntoAnotherReplicaOrAnEmptiedOne() throws IOException {
    Path file = pack(512, 0);
    assertThatThrownBy(() -> new PackUpload(store, new UUID(8, 9)).put(NAME, file))
        .isInstanceOf(HistoryDamagedException.class);
    store.delete(Generations.manifestKey(1));
    assertThatThrownBy(() -> upload().put(NAME, file)).isInstanceOf(HistoryDamagedException.class);
    assertThat(store.head(NAME.key())).isEmpty();
  }

  // Removing.

  private final SettableClock clock = new SettableClock();
  private PackCounts counts = PackCounts.NONE;

  private void removeDue(SegmentRemover remover) {
    remover.removeDue(() -> true, change -> counts = change.apply(counts));
  }

  private HistoryObject segment(long txid) {
    HistoryObject name = HistoryObject.segment(1, txid, txid, T, T);
    store.putIfAbsent(name.key(), Payload.of(new byte[] {1}));
    return name;
  }

  private HistoryObject pack(long txid) {
    HistoryObject name = HistoryObject.pack(1, txid, txid, T, T);
    store.putIfAbsent(name.key(), Payload.of(new byte[] {1, 2}));
    return name;
  }

  private List<String> segments() {
    List<String> keys = new ArrayList<>();
    store.list("generations/00000001/segments/", i -> keys.add(i.key()));
    return keys;
  }

  @Test
  void segmentsGoTwoMinutesAfterTheirPack() {
    SegmentRemover remover = new SegmentRemover(store, clock);
    HistoryObject one = segment(1);
    HistoryObject two = segment(2);
    remover.verified(pack(1), 2, List.of(one));
    assertThat(remover.isDue()).isFalse();
    removeDue(remover);
    clock.advance(Duration.ofSeconds(100));
    remover.verified(pack(2), 2, List.of(two));
    assertThat(remover.isDue()).isFalse();
    clock.advance(Duration.ofSeconds(20));
    removeDue(remover);
    assertThat(segments()).containsExactly(two.key());
    clock.advance(Duration.ofDays(-1));
    assertThat(remover.isDue()).isFalse();
    clock.advance(Duration.ofSeconds(100));
    assertThat(remover.isDue()).isFalse();
    clock.advance(Duration.ofSeconds(21));
    assertThat(remover.isDue()).isTrue();
    removeDue(remover);
    assertThat(segments()).isEmpty();
    assertThat(counts.removedSegments()).isEqualTo(2);
    assertThat(remover.isDue()).isFalse();
  }

  @Test
  void segmentsStayWhenTheirPackIsGone() {
    SegmentRemover remover = new SegmentRemover(store, clock);
    remover.verified(pack(1), 2, List.of(segment(1)));
    remover.verified(pack(2), 3, List.of(segment(2)));
    store.delete(pack(1).key());
    clock.advance(Duration.ofMinutes(3));
    removeDue(remover);
    assertThat(segments()).hasSize(2);
    assertThat(remover.isDue()).isFalse();
  }

  @Test
  void afterAFailureTheRestIsRemovedLater() {
    boolean[] fails = {true};
    SegmentRemover remover =
        new SegmentRemover(
            new ForwardingObjectStore(store) {
              @Override
              public void delete(String key) {
                if (fails[0] && counts.removedSegments() == 1) {
                  throw new StoreException("503", true, null);
                }
                super.delete(key);
              }
            },
            clock);
    remover.verified(pack(1), 2, List.of(segment(1), segment(2), segment(3)));
    clock.advance(Duration.ofMinutes(3));
    assertThatThrownBy(() -> removeDue(remover)).isInstanceOf(StoreException.class);
    assertThat(segments()).hasSize(2);
    fails[0] = false;
    removeDue(remover);
    assertThat(segments()).isEmpty();
    assertThat(counts.removedSegments()).isEqualTo(3);
  }

  @Test
  void whereDeletingIsDeniedSegmentsAreTagged() {
    List<String> tags = new ArrayList<>();
    int[] deletes = new int[1];
    SegmentRemover remover =
        new SegmentRemover(
            new ForwardingObjectStore(store) {
              @Override
              public void delete(String key) {
                deletes[0]++;
                throw new StoreDeniedException("403", null);
              }

              @Override
              public TagOutcome tag(String key, String name, String value) {
                tags.add(key + " " + name + "=" + value);
                return key.contains("0002-") ? TagOutcome.ABSENT : TagOutcome.TAGGED;
              }
            },
            clock);
    remover.verified(pack(1), 2, List.of(segment(1), segment(2), segment(3)));
    clock.advance(Duration.ofMinutes(3));
    removeDue(remover);
    assertThat(deletes[0]).isEqualTo(1);
    assertThat(tags).hasSize(3).allMatch(t -> t.endsWith(".segment sidewal=retired"));
    assertThat(counts.retiredSegments()).isEqualTo(2);
    assertThat(counts.removedSegments()).isZero();
    assertThat(segments()).hasSize(3);
  }
}
