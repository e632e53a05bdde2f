package dev.sidewal.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.replica.Timeline;
import dev.sidewal.replica.TxidRange;
import dev.sidewal.restore.RestoreCheck;
import dev.sidewal.restore.RestoreRequest;
import dev.sidewal.restore.RestoreTarget;
import dev.sidewal.restore.Restorer;
import dev.sidewal.retention.RetentionPolicy;
import dev.sidewal.retention.RetireMode;
import dev.sidewal.store.FileObjectStore;
import dev.sidewal.store.ObjectInfo;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ObjectUpload;
import dev.sidewal.store.Payload;
import dev.sidewal.store.PutOutcome;
import dev.sidewal.store.ReplicaUrl;
import dev.sidewal.store.TagOutcome;
import dev.sidewal.store.TagSupport;
import dev.sidewal.testing.ForwardingObjectStore;
import dev.sidewal.testing.StandingClock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The life of a replica by a clock that the test sets: busy days, idle weeks, weeks without an
 * agent, restarts; with a lifecycle rule that deletes what was tagged, in any order, a day or more
 * later. At each day:
 *
 * <ul>
 *   <li>the latest state is restored exactly
 *   <li>every transaction of the window can be restored; some are, and compared
 *   <li>of everything that the listing offers, however old, some is restored and compared
 * </ul>
 *
 * <p>{@code -Dsidewal.year.days=365} makes it a year (some minutes); {@code -Dseed} repeats one.
 */
class SimulatedYearTest {

  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final RetentionPolicy POLICY =
      new RetentionPolicy(
          Duration.ofDays(7), Duration.ofDays(30), Optional.of(Duration.ofDays(120)));

  /** A store with tags, and a rule that deletes what carries the one that says retired. */
  private static final class LifecycleStore extends ForwardingObjectStore {
    private final Clock clock;
    private final Map<String, Instant> written = new ConcurrentHashMap<>();
    private final Map<String, Instant> tagged = new ConcurrentHashMap<>();
    private long deleted;

    LifecycleStore(ObjectStore store, Clock clock) {
      super(store);
      this.clock = clock;
    }

    @Override
    public TagOutcome tag(String key, String name, String value) {
      if (head(key).isEmpty()) {
        return TagOutcome.ABSENT;
      }
      if (name.equals("sidewal") && value.equals("retired")) {
        tagged.putIfAbsent(key, clock.instant());
      }
      return TagOutcome.TAGGED;
    }

    @Override
    public TagSupport probeTags(String existingKey) {
      return TagSupport.SUPPORTED;
    }

    @Override
    public PutOutcome putIfAbsent(String key, Payload payload) {
      written.putIfAbsent(key, clock.instant());
      return super.putIfAbsent(key, payload);
    }

    @Override
    public ObjectUpload newUpload(String key) {
      written.putIfAbsent(key, clock.instant());
      return super.newUpload(key);
    }

    /** The store's clock is the test's, too. */
    @Override
    public void list(String prefix, Consumer<ObjectInfo> visitor) {
      super.list(
          prefix,
          o ->
              visitor.accept(
                  new ObjectInfo(
                      o.key(), o.size(), written.getOrDefault(o.key(), o.lastModified()))));
    }

    /** Deletes some of what was tagged a day ago or earlier. */
    void expire(Random random) {
      for (Map.Entry<String, Instant> e : List.copyOf(tagged.entrySet())) {
        boolean due = !clock.instant().isBefore(e.getValue().plus(Duration.ofDays(1)));
        if (due && random.nextInt(3) == 0) {
          delete(e.getKey());
          tagged.remove(e.getKey());
          deleted++;
        }
      }
    }
  }

  /** What the database was after a transaction, and when that was. */
  private record State(String content, Instant time) {}

  @TempDir Path dir;
  private final StandingClock clock = new StandingClock(START);
  private final NavigableMap<Long, State> states = new TreeMap<>();
  private final long seed = Long.getLong("seed", System.nanoTime() & 0xffffff);
  private final Random random = new Random(seed);
  private LifecycleStore store;
  private Connection app;
  private Path db;
  private Optional<Replication> agent = Optional.empty();
  private long restores;
  private long day;

  @Test
  void everythingThatIsPromisedCanBeRestoredAtEachDay() throws Exception {
    int days = Integer.getInteger("sidewal.year.days", 24);
    System.out.println("seed " + seed);
    db = dir.resolve("app.db");
    ReplicaUrl.Directory url =
        (ReplicaUrl.Directory) ReplicaUrl.parse("file:" + dir.resolve("replica"));
    store = new LifecycleStore(new FileObjectStore(url, clock), clock);
    Files.createDirectories(dir.resolve("replica"));
    app = DriverManager.getConnection("jdbc:sqlite:" + db);
    sql("PRAGMA journal_mode=WAL");
    sql("CREATE TABLE t(id INTEGER PRIMARY KEY, v BLOB)");
    sql(
        "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM c WHERE n<300)"
            + " INSERT INTO t SELECT n, randomblob(300) FROM c");
    startAgent();
    int left = 0;
    int kind = 0;
    for (day = 0; day < days; day++) {
      if (left == 0) {
        kind = random.nextInt(6);
        left = 1 + random.nextInt(kind < 3 ? 10 : days > 100 ? 40 : 5);
      }
      left--;
      switch (kind) {
        case 0, 1, 2 -> busyDay();
        case 3 -> idleDay();
        case 4 -> dayWithoutAgent(false);
        default -> dayWithoutAgent(true);
      }
      store.expire(random);
      check();
    }
    stopAgent();
    System.out.println(
        days
            + " days, "
            + states.size()
            + " transactions, "
            + restores
            + " restores compared, "
            + store.deleted
            + " objects expired, "
            + Timeline.load(store).listing().objects()
            + " left");
    app.close();
    store.close();
  }

  private void busyDay() throws Exception {
    if (agent.isEmpty()) {
      startAgent();
    } else if (random.nextInt(6) == 0) {
      stopAgent();
      startAgent();
    }
    Replication replication = agent.orElseThrow();
    for (int hour = 0; hour < 24; hour++) {
      int commits = random.nextInt(4);
      for (int i = 0; i < commits; i++) {
        clock.pass(Duration.ofMinutes(random.nextInt(15)));
        commit();
        note(replication.sync(LONG));
      }
      clock.pass(Duration.ofMinutes(60 - 15L * commits));
      settle(replication);
    }
  }

  private void idleDay() throws Exception {
    if (agent.isEmpty()) {
      startAgent();
    }
    clock.pass(Duration.ofDays(1));
    settle(agent.orElseThrow());
  }

  private void dayWithoutAgent(boolean writing) throws Exception {
    stopAgent();
    clock.pass(Duration.ofHours(12));
    if (writing) {
      commit();
    }
    clock.pass(Duration.ofHours(12));
  }

  /** Waits until the agent has nothing more to do at this time. */
  private void settle(Replication replication) throws Exception {
    replication.sync(LONG);
    replication.sync(LONG);
    Awaitility.await()
        .atMost(LONG)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(2))
        .until(() -> !replication.status().busyBeside());
  }

  private void startAgent() throws Exception {
    ReplicationOptions options =
        ReplicationOptions.builder()
            .clock(clock)
            .syncInterval(Duration.ZERO)
            .retention(POLICY)
            .retire(RetireMode.TAG)
            .build();
    Replication started = Replication.start(db, new Unclosed(store), options);
    agent = Optional.of(started);
    note(started.sync(LONG));
    settle(started);
  }

  /** A store that outlives the agents. */
  private static final class Unclosed extends ForwardingObjectStore {
    Unclosed(ObjectStore store) {
      super(store);
    }

    @Override
    public void close() {}
  }

  private void stopAgent() throws Exception {
    if (agent.isPresent()) {
      assertThat(agent.get().stop(LONG)).isTrue();
      agent = Optional.empty();
    }
  }

  private void sql(String statement) throws Exception {
    try (Statement s = app.createStatement()) {
      s.execute(statement);
    }
  }

  private void commit() throws Exception {
    switch (random.nextInt(10)) {
      case 0 -> sql("DELETE FROM t WHERE id%13=" + random.nextInt(13));
      case 1 -> sql("INSERT INTO t(v) SELECT randomblob(200) FROM t LIMIT 60");
      case 2 -> sql("VACUUM");
      default -> sql("UPDATE t SET v=randomblob(300) WHERE id=" + random.nextInt(300));
    }
    // Every commit counts, also one that has changed nothing.
    sql("PRAGMA user_version=" + (states.size() + random.nextInt(1000)));
  }

  private void note(long txid) throws Exception {
    states.putIfAbsent(txid, new State(content(app), clock.instant()));
  }

  private static String content(Connection c) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    try (Statement s = c.createStatement();
        ResultSet r = s.executeQuery("SELECT id, v FROM t ORDER BY id")) {
      while (r.next()) {
        digest.update((byte) r.getInt(1));
        digest.update(r.getBytes(2));
      }
    }
    try (Statement s = c.createStatement();
        ResultSet r = s.executeQuery("PRAGMA user_version")) {
      digest.update(r.getString(1).getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private void check() throws Exception {
    Timeline timeline = Timeline.load(store);
    long last = states.lastKey();
    assertThat(timeline.latestRestorable()).as(at()).isEqualTo(OptionalLong.of(last));
    assertThat(timeline.latest()).as(at()).isEqualTo(OptionalLong.of(last));
    assertThat(timeline.holes()).as("%s:%n%s", at(), listing()).isEmpty();
    restore(last);
    Instant from = clock.instant().minus(POLICY.window());
    List<Long> window =
        states.entrySet().stream()
            .filter(e -> e.getValue().time().isAfter(from))
            .map(Map.Entry::getKey)
            .toList();
    for (long txid : window) {
      assertThat(timeline.isRestorable(txid)).as("%s: transaction %d", at(), txid).isTrue();
    }
    // Also the state at the moment at which the window begins.
    Optional<Long> before =
        states.entrySet().stream()
            .filter(e -> !e.getValue().time().isAfter(from))
            .map(Map.Entry::getKey)
            .max(Long::compare);
    if (before.isPresent()) {
      assertThat(timeline.isRestorable(before.get()))
          .as(
              "%s: transaction %d of %s, with which the window begins at %s:%n%s",
              at(), before.get(), states.get(before.get()).time(), from, listing())
          .isTrue();
    }
    if (!window.isEmpty()) {
      restore(window.get(random.nextInt(window.size())));
    }
    List<Long> offered = new ArrayList<>();
    for (TxidRange range : timeline.restorable()) {
      offered.addAll(states.subMap(range.first(), true, range.last(), true).keySet());
    }
    restore(offered.get(random.nextInt(offered.size())));
    restore(offered.get(0));
  }

  /** Returns what is in the store, and what of it is tagged. */
  private String listing() {
    StringBuilder lines = new StringBuilder();
    store.list(
        "generations/",
        o ->
            lines
                .append(o.key())
                .append(store.tagged.containsKey(o.key()) ? "  tagged" : "")
                .append('\n'));
    return lines.toString();
  }

  private String at() {
    return "seed " + seed + ", day " + day;
  }

  private void restore(long txid) throws Exception {
    Path out = dir.resolve("out.db");
    Files.deleteIfExists(out);
    new Restorer(clock, random)
        .restore(
            RestoreRequest.builder(store, out)
                .target(RestoreTarget.txid(txid))
                .check(RestoreCheck.CHECKSUM)
                .build());
    restores++;
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + out)) {
      assertThat(content(c))
          .as("%s: transaction %d", at(), txid)
          .isEqualTo(states.get(txid).content());
    }
  }
}
