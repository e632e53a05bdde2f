package dev.sidewal.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.error.StoreDeniedException;
import dev.sidewal.error.StoreException;
import dev.sidewal.replica.ReplicaListing;
import dev.sidewal.replica.StoredObject;
import dev.sidewal.replica.Timeline;
import dev.sidewal.replica.UnrecordedSteps;
import dev.sidewal.restore.LogRequest;
import dev.sidewal.restore.RestoreTarget;
import dev.sidewal.restore.TransactionLog;
import dev.sidewal.retention.RetireMode;
import dev.sidewal.segment.ObjectKind;
import dev.sidewal.segment.Transaction;
import dev.sidewal.store.ObjectInfo;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ObjectStores;
import dev.sidewal.store.Payload;
import dev.sidewal.store.PutOutcome;
import dev.sidewal.store.ReplicaUrl;
import dev.sidewal.store.TagOutcome;
import dev.sidewal.testing.ForwardingObjectStore;
import dev.sidewal.testing.ReplicaInvariants;
import dev.sidewal.testing.SettableClock;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Segments become packs, and every transaction stays what it was. */
class PackingTest {

  private static final Duration LONG = Duration.ofSeconds(60);
  private static final int TRANSACTIONS = Integer.getInteger("sidewal.pack.transactions", 150);
  private static final int RESTORES = Integer.getInteger("sidewal.pack.restores", 12);

  @TempDir Path dir;
  private final SettableClock clock = new SettableClock();
  private final Random random = new Random(seed());

  /** What is committed, by transaction. */
  private final TreeMap<Long, Map<Long, String>> committed = new TreeMap<>();

  private final Map<Long, String> rows = new TreeMap<>();
  private Path db;
  private String url;

  private static long seed() {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("PackingTest: seed " + seed);
    return seed;
  }

  @BeforeEach
  void place() {
    db = dir.resolve("app.db");
    url = "file:" + dir.resolve("replica");
  }

  /** A store that counts, and refuses what it is told to. */
  private static final class TestStore extends ForwardingObjectStore {
    private final AtomicInteger requests = new AtomicInteger();
    private final Set<String> tagged = ConcurrentHashMap.newKeySet();
    private volatile boolean takesPacks = true;
    private volatile boolean keepsPacks = true;
    private volatile boolean deletes = true;
    private volatile boolean ignoresDeletes;
    private volatile TagOutcome tags = TagOutcome.TAGGED;

    TestStore(ObjectStore store) {
      super(store);
    }

    @Override
    public PutOutcome putIfAbsent(String key, Payload payload) {
      requests.incrementAndGet();
      if (key.endsWith(".pack") && !takesPacks) {
        if (keepsPacks) {
          super.putIfAbsent(key, payload);
        }
        throw new StoreException("503 for " + key, true, null);
      }
      return super.putIfAbsent(key, payload);
    }

    @Override
    public void delete(String key) {
      requests.incrementAndGet();
      if (!deletes) {
        throw new StoreDeniedException("403 for " + key, null);
      }
      if (!ignoresDeletes) {
        super.delete(key);
      }
    }

    @Override
    public TagOutcome tag(String key, String name, String value) {
      requests.incrementAndGet();
      if (tags == TagOutcome.TAGGED) {
        tagged.add(key + " " + name + "=" + value);
      }
      return tags;
    }

    @Override
    public Optional<ObjectInfo> head(String key) {
      requests.incrementAndGet();
      return super.head(key);
    }

    @Override
    public Optional<InputStream> get(String key, long offset, long length) {
      requests.incrementAndGet();
      return super.get(key, offset, length);
    }

    @Override
    public void list(String prefix, Consumer<ObjectInfo> visitor) {
      requests.incrementAndGet();
      super.list(prefix, visitor);
    }
  }

  private TestStore store() {
    return new TestStore(ObjectStores.openForWriting(ReplicaUrl.parse(url)));
  }

  private Connection connect() throws Exception {
    return DriverManager.getConnection("jdbc:sqlite:" + db);
  }

  private static void run(Connection c, String... statements) throws Exception {
    try (Statement s = c.createStatement()) {
      for (String statement : statements) {
        s.execute(statement);
      }
    }
  }

  private static Map<Long, String> content(Path file) throws Exception {
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement s = c.createStatement();
        ResultSet r = s.executeQuery("SELECT id, hex(v) FROM t")) {
      Map<Long, String> content = new TreeMap<>();
      while (r.next()) {
        content.put(r.getLong(1), r.getString(2));
      }
      return content;
    }
  }

  private void create(Connection app) throws Exception {
    run(
        app,
        "PRAGMA page_size=" + (512 << random.nextInt(4)),
        "PRAGMA journal_mode=WAL",
        "CREATE TABLE t(id INTEGER PRIMARY KEY, v BLOB)");
  }

  /** Commits one transaction, whose number is known, and notes what it leads to. */
  private void commit(Connection app, long txid) throws Exception {
    app.setAutoCommit(false);
    for (int i = random.nextInt(3); i >= 0; i--) {
      long id = random.nextInt(40);
      if (random.nextInt(4) == 0 && i > 0) {
        run(app, "DELETE FROM t WHERE id=" + id);
        rows.remove(id);
      } else {
        byte[] value = new byte[random.nextInt(random.nextInt(8) == 0 ? 2000 : 200)];
        random.nextBytes(value);
        String hex = java.util.HexFormat.of().withUpperCase().formatHex(value);
        run(app, "REPLACE INTO t VALUES(" + id + ", x'" + hex + "')");
        rows.put(id, hex);
      }
    }
    app.commit();
    app.setAutoCommit(true);
    committed.put(txid, new TreeMap<>(rows));
  }

  private ReplicationOptions options(long packBytes) {
    return ReplicationOptions.builder()
        .clock(clock)
        .retire(RetireMode.NONE)
        .images(new ImageOptions(Optional.empty(), Optional.empty(), OptionalLong.empty()))
        .syncInterval(Duration.ZERO)
        .pack(new PackOptions(packBytes, Duration.ofMinutes(15)))
        .build();
  }

  /** Writes transactions while an agent follows, each shipped before the next or a few together. */
  private void replicate(ObjectStore store, ReplicationOptions options, Work atEnd)
      throws Exception {
    try (Connection app = connect()) {
      create(app);
      try (Replication replication = Replication.start(db, store, options)) {
        long txid = replication.sync(LONG);
        committed.put(txid, Map.of());
        for (int i = 0; i < TRANSACTIONS; i++) {
          commit(app, ++txid);
          if (random.nextInt(3) > 0) {
            assertThat(replication.sync(LONG)).isEqualTo(txid);
          }
        }
        assertThat(replication.sync(LONG)).isEqualTo(txid);
        atEnd.run(replication);
      }
    }
  }

  private interface Work {
    void run(Replication replication) throws Exception;
  }

  private static void await(java.util.concurrent.Callable<Boolean> condition) {
    Awaitility.await().atMost(LONG).pollInterval(Duration.ofMillis(20)).until(condition);
  }

  private List<StoredObject> objects(ObjectKind kind) {
    try (ObjectStore store = ObjectStores.open(ReplicaUrl.parse(url))) {
      return ReplicaListing.load(store).generations().stream()
          .flatMap(g -> g.objects().stream())
          .filter(o -> o.name().kind() == kind)
          .toList();
    }
  }

  /** Returns the files that wait to be packed. */
  private List<Path> waiting() throws Exception {
    List<Path> waiting = new ArrayList<>();
    Path state = dir.resolve("." + db.getFileName() + "-sidewal");
    try (DirectoryStream<Path> runs = Files.newDirectoryStream(state, "run-*")) {
      for (Path run : runs) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(run.resolve("packing"))) {
          files.forEach(waiting::add);
        }
      }
    }
    return waiting;
  }

  private ReplicaInvariants.Report check() {
    try (ObjectStore store = ObjectStores.open(ReplicaUrl.parse(url))) {
      return ReplicaInvariants.check(store);
    }
  }

  /** Restores transactions at random, and the first and the last, and compares every row. */
  private void assertRestorable() throws Exception {
    try (ObjectStore store = ObjectStores.open(ReplicaUrl.parse(url))) {
      ReplicaInvariants.Report report = ReplicaInvariants.check(store);
      List<Transaction> log = new ArrayList<>();
      new TransactionLog(store).read(report.timeline(), LogRequest.all(), (t, image) -> log.add(t));
      assertThat(log.stream().map(Transaction::txid).toList())
          .isEqualTo(List.copyOf(committed.keySet()));
      assertThat(log.subList(1, log.size()))
          .isEqualTo(List.copyOf(report.line().tailMap(log.get(0).txid(), false).values()));
    }
    List<Long> txids = new ArrayList<>(List.of(committed.firstKey(), committed.lastKey()));
    List<Long> all = List.copyOf(committed.keySet());
    for (int i = 0; i < RESTORES; i++) {
      txids.add(all.get(random.nextInt(all.size())));
    }
    for (long txid : txids) {
      Path out = Files.createTempDirectory(dir, "out").resolve("db");
      Sidewal.restore(url, out, o -> o.target(RestoreTarget.txid(txid)));
      assertThat(content(out)).as("transaction %d", txid).isEqualTo(committed.get(txid));
    }
  }

  /** Some segments are removed; those of the last pack are there beside it. */
  @Test
  void everyTransactionStaysRestorable() throws Exception {
    PackCounts[] counts = new PackCounts[1];
    replicate(
        store(),
        options(20_000),
        replication -> {
          await(() -> replication.status().packs().packs() > 0);
          clock.advance(Duration.ofMinutes(3));
          await(() -> replication.status().packs().removedSegments() > 0);
          counts[0] = replication.status().packs();
        });
    ReplicaInvariants.Report report = check();
    assertThat(report.packs()).isGreaterThanOrEqualTo(counts[0].packs());
    assertThat(report.line()).hasSize(committed.size());
    assertThat(report.segments()).isLessThan(TRANSACTIONS);
    assertRestorable();
  }

  @Test
  void everyTransactionIsRestorableWithPacksAlone() throws Exception {
    replicate(
        store(),
        options(20_000),
        replication -> {
          clock.advance(Duration.ofMinutes(16));
          await(() -> waiting().isEmpty());
          clock.advance(Duration.ofMinutes(3));
          await(
              () -> {
                PackCounts c = replication.status().packs();
                return c.packs() > 0 && c.removedSegments() == c.packedSegments();
              });
        });
    List<StoredObject> packs = objects(ObjectKind.PACK);
    // Those that are large alone, and one alone between or behind them, are left as they are.
    assertThat(objects(ObjectKind.SEGMENT))
        .noneMatch(
            s ->
                packs.stream()
                    .anyMatch(
                        p ->
                            p.name().firstTxid() <= s.name().firstTxid()
                                && s.name().lastTxid() <= p.name().lastTxid()));
    assertThat(check().line()).hasSize(committed.size());
    assertRestorable();
  }

  @Test
  void everyTransactionIsRestorableWithBothThere() throws Exception {
    TestStore store = store();
    store.ignoresDeletes = true;
    replicate(
        store,
        options(20_000),
        replication -> await(() -> replication.status().packs().packs() > 0));
    ReplicaInvariants.Report report = check();
    assertThat(report.packs()).isGreaterThan(3);
    assertThat(report.segments()).isGreaterThan(report.packs());
    assertRestorable();
  }

  /** Without its pack a segment is never gone, and never before time. */
  @Test
  void segmentsGoTwoMinutesAfterTheirPackAndAnIdleDatabaseAsksForNothing() throws Exception {
    TestStore store = store();
    replicate(
        store,
        options(100_000_000),
        replication -> {
          int segments = objects(ObjectKind.SEGMENT).size();
          clock.advance(Duration.ofDays(-400));
          int before = store.requests.get();
          Thread.sleep(200);
          assertThat(store.requests).hasValue(before);
          clock.advance(Duration.ofMinutes(16));
          await(() -> replication.status().packs().packs() == 1);
          assertThat(objects(ObjectKind.SEGMENT)).hasSize(segments);
          assertThat(replication.status().packs().packedSegments()).isEqualTo(segments);
          assertThat(replication.status().packs().removedSegments()).isZero();
          await(() -> waiting().isEmpty());
          clock.advance(Duration.ofSeconds(121));
          await(() -> objects(ObjectKind.SEGMENT).isEmpty());
          await(() -> replication.status().packs().removedSegments() == segments);
          int after = store.requests.get();
          for (int i = 0; i < 20; i++) {
            clock.advance(Duration.ofHours(1));
            Thread.sleep(60);
          }
          assertThat(store.requests).as("requests of an idle database").hasValue(after);
          assertThat(
                  Thread.getAllStackTraces().keySet().stream()
                      .filter(t -> t.getName().startsWith("sidewal-pack " + db)))
              .hasSizeLessThan(2);
        });
    assertRestorable();
  }

  @Test
  void whatMayNotBeDeletedIsTagged() throws Exception {
    TestStore store = store();
    store.deletes = false;
    replicate(
        store,
        options(20_000),
        replication -> {
          await(() -> replication.status().packs().packs() > 0);
          clock.advance(Duration.ofMinutes(3));
          await(() -> replication.status().packs().retiredSegments() > 5);
        });
    assertThat(store.tagged)
        .hasSizeGreaterThan(5)
        .allMatch(t -> t.matches("generations/00000001/segments/.*\\.segment sidewal=retired"));
    List<String> packs = objects(ObjectKind.PACK).stream().map(StoredObject::key).toList();
    assertThat(packs).isNotEmpty();
    assertRestorable();
  }

  @Test
  void whatMayBeNeitherDeletedNorTaggedStays() throws Exception {
    TestStore store = store();
    store.deletes = false;
    store.tags = TagOutcome.UNSUPPORTED;
    replicate(
        store,
        options(20_000),
        replication -> await(() -> replication.status().packs().packs() > 0));
    assertThat(check().packs()).isGreaterThan(3);
    assertRestorable();
  }

  /** A pack that could not be put, or whose reply was lost, is put by the next start. */
  @Test
  void theNextStartPacksWhatIsLeft() throws Exception {
    for (boolean lostReply : new boolean[] {false, true}) {
      Files.deleteIfExists(db);
      db = dir.resolve("app" + lostReply + ".db");
      url = "file:" + dir.resolve("replica" + lostReply);
      committed.clear();
      rows.clear();
      TestStore first = store();
      first.takesPacks = false;
      first.keepsPacks = lostReply;
      replicate(
          first,
          options(20_000),
          replication -> {
            await(() -> waiting().stream().anyMatch(f -> f.toString().endsWith(".pack")));
            await(() -> !lostReply || !objects(ObjectKind.PACK).isEmpty());
            assertThat(replication.status().isReady()).isTrue();
          });
      assertThat(objects(ObjectKind.PACK)).hasSize(lostReply ? 1 : 0);
      assertThat(waiting()).isNotEmpty();
      // Of no use, and of another replica.
      Path packing = waiting().get(0).getParent();
      Files.writeString(packing.resolve("open-pack-17"), "half");
      Files.writeString(
          packing.resolve(
              "generations+00000001+segments+"
                  + "0000000000000700-0000000000000701-1700000000000-1700000000000.segment"),
          "half");
      TestStore second = store();
      try (Replication replication = Replication.start(db, second, options(20_000))) {
        replication.sync(LONG);
        await(() -> waiting().isEmpty());
        await(() -> replication.status().packs().packs() > 0);
        clock.advance(Duration.ofMinutes(3));
        await(() -> replication.status().packs().removedSegments() > 0);
      }
      assertThat(check().line()).hasSize(committed.size());
      assertRestorable();
    }
  }

  @Test
  void nothingIsPackedWhenSwitchedOff() throws Exception {
    replicate(store(), options(0), replication -> {});
    assertThat(waiting()).isEmpty();
    assertThat(objects(ObjectKind.PACK)).isEmpty();
    assertRestorable();
  }

  /** A gap must be found without reading everything: it stays a segment of its own. */
  @Test
  void aGapIsNotPacked() throws Exception {
    replicate(store(), options(20_000), replication -> {});
    try (Connection app = connect()) {
      run(app, "PRAGMA wal_checkpoint(TRUNCATE)");
      commit(app, committed.lastKey() + 1);
    }
    long gap = committed.lastKey();
    try (Connection app = connect();
        Replication replication = Replication.start(db, store(), options(20_000))) {
      assertThat(replication.sync(LONG)).isEqualTo(gap);
      for (int i = 0; i < TRANSACTIONS; i++) {
        commit(app, committed.lastKey() + 1);
        replication.sync(LONG);
      }
      clock.advance(Duration.ofMinutes(16));
      await(() -> waiting().isEmpty());
      await(() -> replication.status().packs().removedSegments() > 0);
    }
    try (ObjectStore store = ObjectStores.open(ReplicaUrl.parse(url))) {
      assertThat(UnrecordedSteps.find(store, Timeline.of(ReplicaListing.load(store))))
          .containsExactly(gap);
    }
    assertThat(objects(ObjectKind.SEGMENT))
        .anyMatch(o -> o.name().firstTxid() == gap && o.name().lastTxid() == gap);
    assertThat(objects(ObjectKind.PACK))
        .isNotEmpty()
        .noneMatch(o -> o.name().firstTxid() <= gap && gap <= o.name().lastTxid());
    assertThat(check().jumps()).contains(gap);
    assertRestorable();
  }
}
