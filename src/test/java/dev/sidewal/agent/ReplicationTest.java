package dev.sidewal.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sidewal.error.DatabaseException;
import dev.sidewal.error.StoreException;
import dev.sidewal.error.SupersededException;
import dev.sidewal.replica.GenerationClaim;
import dev.sidewal.replica.Generations;
import dev.sidewal.replica.HistoryObject;
import dev.sidewal.replica.HistoryPublisher;
import dev.sidewal.replica.ReplicaListing;
import dev.sidewal.replica.Timeline;
import dev.sidewal.restore.RestoreTarget;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ObjectStores;
import dev.sidewal.store.Payload;
import dev.sidewal.store.ReplicaUrl;
import dev.sidewal.testing.FaultyObjectStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The agent and an application in one process, on a directory as the store. */
class ReplicationTest {

  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir Path dir;
  private Path db;
  private String url;

  @BeforeEach
  void place() {
    db = dir.resolve("app.db");
    url = "file:" + dir.resolve("replica");
  }

  private static Connection connect(Path file) throws Exception {
    return DriverManager.getConnection("jdbc:sqlite:" + file);
  }

  private static void run(Connection c, String... statements) throws Exception {
    try (Statement s = c.createStatement()) {
      for (String statement : statements) {
        s.execute(statement);
      }
    }
  }

  private static String query(Path file, String sql) throws Exception {
    try (Connection c = connect(file);
        Statement s = c.createStatement();
        ResultSet r = s.executeQuery(sql)) {
      return r.next() ? r.getString(1) : "";
    }
  }

  private ObjectStore store() {
    return ObjectStores.openForWriting(ReplicaUrl.parse(url));
  }

  @Test
  void everyTransactionCanBeRestored() throws Exception {
    TreeMap<Long, Integer> states = new TreeMap<>();
    try (Connection app = connect(db)) {
      run(app, "PRAGMA journal_mode=WAL", "CREATE TABLE t(n INTEGER)", "INSERT INTO t VALUES(0)");
      try (Replication replication = Sidewal.replicate(db, url)) {
        states.put(replication.sync(LONG), 0);
        for (int n = 1; n <= 40; n++) {
          run(app, "UPDATE t SET n=" + n);
          if (n % 8 == 0) {
            states.put(replication.sync(LONG), n);
          }
        }
      }
    }

    assertThat(states.firstKey()).isEqualTo(1);
    assertThat(states.lastKey()).isEqualTo(41);
    for (long txid = 1; txid <= 41; txid++) {
      Path out = dir.resolve("out" + txid);
      long wanted = txid;
      Sidewal.restore(url, out, o -> o.target(RestoreTarget.txid(wanted)));
      int n = Integer.parseInt(query(out, "SELECT n FROM t"));
      assertThat(n).isEqualTo((int) txid - 1);
      if (states.containsKey(txid)) {
        assertThat(n).isEqualTo(states.get(txid));
      }
    }
  }

  /** The clock goes back by an hour; the history's times may not. */
  @Test
  void timesNeverGoBackwards() throws Exception {
    Instant start = Instant.parse("2026-11-21T12:00:00Z");
    Clock[] now = {Clock.offset(Clock.systemUTC(), Duration.between(Instant.now(), start))};
    Clock clock =
        new Clock() {
          @Override
          public ZoneOffset getZone() {
            return ZoneOffset.UTC;
          }

          @Override
          public Clock withZone(java.time.ZoneId zone) {
            return this;
          }

          @Override
          public Instant instant() {
            return now[0].instant();
          }
        };
    try (Connection app = connect(db)) {
      run(app, "PRAGMA journal_mode=WAL", "CREATE TABLE t(n INTEGER)");
      for (int start2 = 0; start2 < 2; start2++) {
        ReplicationOptions options = ReplicationOptions.builder().clock(clock).build();
        try (Replication replication = Sidewal.replicate(db, url, options)) {
          replication.sync(LONG);
          run(app, "INSERT INTO t VALUES(1)");
          replication.sync(LONG);
          now[0] = Clock.offset(now[0], Duration.ofHours(-1));
          run(app, "INSERT INTO t VALUES(2)");
          replication.sync(LONG);
        }
      }
    }
    List<Instant> times = new ArrayList<>();
    try (ObjectStore store = store()) {
      Timeline.of(ReplicaListing.load(store))
          .objects()
          .forEach(
              o -> {
                times.add(o.object().name().firstTime());
                times.add(o.object().name().lastTime());
              });
    }
    assertThat(times).hasSizeGreaterThan(8).isSorted();
  }

  @Test
  void aLostReplyIsNotTakenForAnotherAgent() throws Exception {
    try (Connection app = connect(db);
        FaultyObjectStore store = new FaultyObjectStore(store())) {
      run(app, "PRAGMA journal_mode=WAL", "CREATE TABLE t(n INTEGER)");
      try (Replication replication =
          Replication.start(db, store, ReplicationOptions.builder().build())) {
        replication.sync(LONG);
        store.failNext(3, FaultyObjectStore.Fault.LOST_REPLY);
        run(app, "INSERT INTO t VALUES(1)");
        assertThat(replication.sync(LONG)).isEqualTo(2);
        store.failNext(3, FaultyObjectStore.Fault.BEFORE);
        run(app, "INSERT INTO t VALUES(2)");
        assertThat(replication.sync(LONG)).isEqualTo(3);
        assertThat(store.writes()).isGreaterThanOrEqualTo(7);
      }
    }
    Sidewal.restore(url, dir.resolve("out"));
    assertThat(query(dir.resolve("out"), "SELECT sum(n) FROM t")).isEqualTo("3");
  }

  /** A full spool holds the log; nothing is lost, and the application goes on. */
  @Test
  void aFullSpoolHoldsTheLog() throws Exception {
    try (Connection app = connect(db);
        FaultyObjectStore store = new FaultyObjectStore(store())) {
      run(app, "PRAGMA journal_mode=WAL", "CREATE TABLE t(b BLOB)");
      ReplicationOptions options =
          ReplicationOptions.builder().spoolLimit(200_000).syncInterval(Duration.ZERO).build();
      try (Replication replication = Replication.start(db, store, options)) {
        replication.sync(LONG);
        store.failNext(Integer.MAX_VALUE, FaultyObjectStore.Fault.BEFORE);
        for (int i = 0; i < 100; i++) {
          run(app, "INSERT INTO t VALUES(randomblob(20000))");
        }
        Awaitility.await().until(() -> replication.status().state() == ReplicationState.HOLDING);
        for (int i = 0; i < 100; i++) {
          run(app, "INSERT INTO t VALUES(randomblob(20000))");
        }
        store.failNext(0, FaultyObjectStore.Fault.BEFORE);
        assertThat(replication.sync(LONG)).isEqualTo(201);
        run(app, "PRAGMA wal_checkpoint(PASSIVE)");
      }
    }
    Sidewal.restore(url, dir.resolve("out"));
    assertThat(query(dir.resolve("out"), "SELECT count(*) FROM t")).isEqualTo("200");
  }

  @Test
  void aStopWithoutAStoreSaysThatNotAllWasShipped() throws Exception {
    try (Connection app = connect(db);
        FaultyObjectStore store = new FaultyObjectStore(store())) {
      run(app, "PRAGMA journal_mode=WAL", "CREATE TABLE t(n INTEGER)");
      Replication replication = Replication.start(db, store, ReplicationOptions.builder().build());
      replication.sync(LONG);
      store.failNext(Integer.MAX_VALUE, FaultyObjectStore.Fault.BEFORE);
      run(app, "INSERT INTO t VALUES(1)");
      assertThat(replication.stop(Duration.ofMillis(300))).isFalse();
      assertThatThrownBy(() -> replication.sync(LONG)).isInstanceOf(StoreException.class);
    }
  }

  @Test
  void theOlderAgentStops() throws Exception {
    try (Connection app = connect(db)) {
      run(app, "PRAGMA journal_mode=WAL", "CREATE TABLE t(n INTEGER)");
      Replication older = Sidewal.replicate(db, url);
      older.sync(LONG);
      try (Replication newer = Sidewal.replicate(db, url)) {
        newer.sync(LONG);
        Awaitility.await()
            .atMost(LONG)
            .pollInterval(Duration.ofMillis(100))
            .until(
                () -> {
                  run(app, "INSERT INTO t VALUES(1)");
                  return older.awaitEnd(Duration.ZERO);
                });
        assertThat(older.failure().orElseThrow()).isInstanceOf(SupersededException.class);
        assertThat(older.status().state()).isEqualTo(ReplicationState.SUPERSEDED);
      }
    }
    Sidewal.restore(url, dir.resolve("out"));
    assertThat(query(dir.resolve("out"), "SELECT count(*) FROM t"))
        .isEqualTo(query(db, "SELECT count(*) FROM t"));
  }

  @Test
  void ofManyClaimsAtOnceEachGetsItsOwnGeneration() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try (ObjectStore store = store()) {
      List<Future<GenerationClaim>> claims = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        claims.add(
            threads.submit(
                () ->
                    Claims.claim(
                        store,
                        4096,
                        Clock.systemUTC(),
                        UUID.randomUUID(),
                        Optional.empty(),
                        false,
                        new ReplicationAccount(),
                        () -> {})));
      }
      List<Long> generations = new ArrayList<>();
      for (Future<GenerationClaim> claim : claims) {
        generations.add(claim.get(60, TimeUnit.SECONDS).manifest().generation());
      }
      assertThat(generations).containsExactlyInAnyOrder(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L);
      assertThat(ReplicaListing.load(store).generations()).hasSize(8);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void anObjectOfAnotherIsNeverOverwritten() {
    try (ObjectStore store = store()) {
      HistoryObject name =
          HistoryObject.segment(1, 2, 3, Instant.ofEpochMilli(5), Instant.ofEpochMilli(6));
      HistoryPublisher publisher = new HistoryPublisher(store, 1);
      publisher.publish(name, payload("mine"));
      publisher.publish(name, payload("mine"));
      assertThatThrownBy(() -> publisher.publish(name, payload("more")))
          .isInstanceOf(SupersededException.class)
          .hasMessageContaining(name.key());
      assertThatThrownBy(() -> publisher.publish(name, payload("mine too")))
          .isInstanceOf(SupersededException.class);
      publisher.checkNotSuperseded();
      store.putIfAbsent(Generations.manifestKey(2), payload("{}"));
      assertThatThrownBy(publisher::checkNotSuperseded).isInstanceOf(SupersededException.class);
    }
  }

  private static Payload payload(String text) {
    return Payload.of(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void aDatabaseThatDoesNotExistIsWaitedForAndNeverMade() throws Exception {
    try (Replication replication = Sidewal.replicate(db, url)) {
      Awaitility.await().until(() -> replication.status().state() == ReplicationState.WAITING);
      assertThat(db).doesNotExist();
      try (Connection app = connect(db)) {
        // As many applications do it: rows first, then WAL mode.
        run(app, "CREATE TABLE t(n)", "INSERT INTO t VALUES(1)", "PRAGMA journal_mode=WAL");
        assertThat(replication.sync(LONG)).isEqualTo(1);
      }
    }
    Sidewal.restore(url, dir.resolve("out"));
    assertThat(query(dir.resolve("out"), "SELECT n FROM t")).isEqualTo("1");
  }

  @Test
  void aRollbackJournalDatabaseIsSwitchedOnlyWhenTold() throws Exception {
    try (Connection app = connect(db)) {
      run(app, "CREATE TABLE t(n)", "INSERT INTO t VALUES(1)");
    }
    byte[] before = Files.readAllBytes(db);
    Replication refused = Sidewal.replicate(db, url);
    assertThatThrownBy(() -> refused.sync(LONG))
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("--enable-wal");
    assertThat(Files.readAllBytes(db)).isEqualTo(before);

    ReplicationOptions options = ReplicationOptions.builder().enableWal(true).build();
    try (Replication replication = Sidewal.replicate(db, url, options)) {
      assertThat(replication.sync(LONG)).isEqualTo(1);
    }
    assertThat(query(db, "PRAGMA journal_mode")).isEqualTo("wal");
  }
}
