package dev.sidewal.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sidewal.store.ObjectStores;
import dev.sidewal.store.ReplicaUrl;
import dev.sidewal.testing.Programs;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.FutureTask;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a store that takes long does to following, and to the answers given meanwhile. */
class SlowStoreTest {

  @BeforeAll
  static void needsThatProgram() {
    Programs.assumeSqlite3();
  }

  private static final Duration LONG = Duration.ofSeconds(20);

  @TempDir Path dir;
  private Path db;

  @BeforeEach
  void createDatabase() throws Exception {
    db = dir.resolve("app.db");
    sql("PRAGMA journal_mode=WAL; CREATE TABLE t(a);");
  }

  /** The log of a large database must not grow for as long as its snapshot takes to ship. */
  @Test
  void aSnapshotOnItsWayDoesNotFillTheSpool() throws Exception {
    GatedStore store = store(key -> key.contains("/snapshots/"));
    Replication replication = Replication.start(db, store, tinySpool());
    await().until(() -> replication.status().state() == ReplicationState.SNAPSHOTTING);
    await().until(() -> replication.status().lastTxid() == 1);
    sql("INSERT INTO t VALUES(1);");
    await().until(() -> replication.status().lastTxid() == 2);
    assertThat(replication.status().shippedTxid()).isZero();
    store.open();
    assertThat(replication.stop(LONG)).isTrue();
    assertThat(replication.status().shippedTxid()).isEqualTo(2);
  }

  /** Everything in a full spool waits for the snapshot: it must be written all the same. */
  @Test
  void theFirstSnapshotIsWrittenWhileTheSpoolIsFull() throws Exception {
    sql("INSERT INTO t SELECT randomblob(1000000) FROM (VALUES(1),(2),(3),(4),(5),(6));");
    ReplicationOptions slow =
        ReplicationOptions.builder()
            .stateDirectory(dir.resolve("state"))
            .spoolLimit(1000)
            .syncInterval(Duration.ZERO)
            .images(
                new ImageOptions(Optional.empty(), Optional.empty(), OptionalLong.of(3_000_000)))
            .build();
    try (Replication replication = Replication.start(db, store(key -> false), slow)) {
      await().until(() -> replication.status().lastTxid() == 1);
      sql("INSERT INTO t VALUES(randomblob(5000));");
      await().until(() -> replication.status().state() == ReplicationState.HOLDING);
      assertThat(replication.status().shippedTxid()).isZero();
      assertThat(replication.sync(LONG)).isGreaterThanOrEqualTo(2);
    }
  }

  @Test
  void whatAFullSpoolHeldBackIsShippedBeforeTheEnd() throws Exception {
    GatedStore store = store(key -> key.contains("/segments/"));
    Replication replication = Replication.start(db, store, tinySpool());
    replication.sync(LONG);
    sql("INSERT INTO t VALUES(1);");
    await().until(() -> replication.status().state() == ReplicationState.HOLDING);
    sql("INSERT INTO t VALUES(2);");
    FutureTask<Long> sync = new FutureTask<>(() -> replication.sync(LONG));
    Thread syncing = new Thread(sync);
    syncing.start();
    await().until(() -> syncing.getState() == Thread.State.TIMED_WAITING);
    FutureTask<Boolean> stopped = new FutureTask<>(() -> replication.stop(LONG));
    new Thread(stopped).start();
    await().until(() -> replication.status().state() == ReplicationState.STOPPING);
    store.open();
    assertThat(stopped.get()).isTrue();
    assertThat(sync.get()).isEqualTo(3);
    assertThat(replication.status().shippedTxid()).isEqualTo(3);
  }

  private static ReplicationOptions tinySpool() {
    return ReplicationOptions.builder().spoolLimit(1).syncInterval(Duration.ZERO).build();
  }

  private GatedStore store(Predicate<String> gated) {
    return new GatedStore(
        ObjectStores.open(ReplicaUrl.parse("file://" + dir.resolve("replica"))), gated);
  }

  private void sql(String sql) throws Exception {
    Process p = new ProcessBuilder("sqlite3", db.toString(), sql).start();
    assertThat(p.waitFor()).isZero();
  }
}
