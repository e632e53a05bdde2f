package dev.sidewal.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.sidewal.error.UsageException;
import dev.sidewal.restore.RestoreResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many databases in one agent: found, lost, renamed, broken; each restored exactly. */
class AgentTest {

  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration SCAN = Duration.ofMillis(200);

  @TempDir Path dir;
  private final List<Connection> writers = new ArrayList<>();

  @AfterEach
  void closeWriters() throws Exception {
    for (Connection c : writers) {
      c.close();
    }
  }

  private Connection writer(Path db) throws Exception {
    Files.createDirectories(db.getParent());
    Connection c = DriverManager.getConnection("jdbc:sqlite:" + db);
    writers.add(c);
    execute(c, "PRAGMA journal_mode=WAL");
    execute(c, "CREATE TABLE IF NOT EXISTS t(v)");
    return c;
  }

  private static void execute(Connection c, String sql) throws Exception {
    try (Statement s = c.createStatement()) {
      s.execute(sql);
    }
  }

  private static boolean allIsInTheFile(Connection c) throws Exception {
    try (Statement s = c.createStatement();
        ResultSet r = s.executeQuery("PRAGMA wal_checkpoint(NOOP)")) {
      return r.next() && r.getInt(2) == r.getInt(3);
    }
  }

  private static List<String> rows(Path db) throws Exception {
    List<String> rows = new ArrayList<>();
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + db);
        Statement s = c.createStatement();
        ResultSet r = s.executeQuery("SELECT v FROM t ORDER BY rowid")) {
      while (r.next()) {
        rows.add(r.getString(1));
      }
    }
    return rows;
  }

  private DatabaseSource tree(String pattern) {
    return new DatabaseSource(
        new DatabaseSource.Tree(dir.resolve("data"), pattern), url(""), options());
  }

  private String url(String relative) {
    return "file:" + dir.resolve("replicas") + (relative.isEmpty() ? "" : "/" + relative);
  }

  private static ReplicationOptions options() {
    return ReplicationOptions.builder().syncInterval(Duration.ofMillis(50)).build();
  }

  private static Map<String, Agent.Replicated> databases(Agent agent, Path root) {
    Map<String, Agent.Replicated> all = new TreeMap<>();
    agent.databases().forEach(d -> all.put(root.relativize(d.database()).toString(), d));
    return all;
  }

  private RestoreResult restore(String relative, Path out) {
    return Sidewal.restore(url(relative), out);
  }

  @Test
  void databasesAppearVanishAndAreRenamed() throws Exception {
    Path data = dir.resolve("data");
    Connection a = writer(data.resolve("a.db"));
    Connection b = writer(data.resolve("sub/b ü.db"));
    Files.writeString(data.resolve("notes.db"), "no database, whatever its name says");
    Files.writeString(data.resolve("sub/other.txt"), "not matched");
    // What a restore and a verification leave for a while.
    execute(a, "VACUUM INTO '" + data.resolve(".x.db.sidewal-restore-00ff.db") + "'");
    execute(a, "VACUUM INTO '" + data.resolve("sub/sidewal-verify-00ff.db") + "'");
    Path scratch = Files.createDirectories(data.resolve("sub/sidewal-scratch-00ff"));
    execute(a, "VACUUM INTO '" + scratch.resolve("copy.db") + "'");
    try (Agent agent = Agent.start(List.of(tree("**.db")), SCAN)) {
      assertThat(databases(agent, data)).containsOnlyKeys("a.db", "sub/b ü.db");
      execute(a, "INSERT INTO t VALUES('a1')");
      execute(b, "INSERT INTO t VALUES('b1')");

      Connection c = writer(data.resolve("new/deep/c.db"));
      execute(c, "INSERT INTO t VALUES('c1')");
      await().atMost(LONG).until(() -> databases(agent, data).containsKey("new/deep/c.db"));
      assertThat(agent.syncAll(LONG)).isTrue();
      assertThat(rows(out("c", "new/deep/c.db"))).containsExactly("c1");
      assertThat(rows(out("b", "sub/b ü.db"))).containsExactly("b1");

      // Vanishes: everything up to the end is there, and it is not looked for any longer.
      execute(c, "INSERT INTO t VALUES('c2')");
      agent.databases().get(1).replication().sync(LONG);
      c.close();
      for (String end : List.of("", "-wal", "-shm")) {
        Files.deleteIfExists(data.resolve("new/deep/c.db" + end));
      }
      await().atMost(LONG).until(() -> !databases(agent, data).containsKey("new/deep/c.db"));
      assertThat(rows(out("c2", "new/deep/c.db"))).containsExactly("c1", "c2");

      // Renamed: a replica of its own under the new name; the old one stays.
      execute(a, "INSERT INTO t VALUES('a2')");
      // Sidewal backfills the log when all is quiet: then the file alone is the whole database.
      await().atMost(LONG).until(() -> allIsInTheFile(a));
      a.close();
      Files.move(data.resolve("a.db"), data.resolve("renamed.db"));
      await().atMost(LONG).until(() -> databases(agent, data).containsKey("renamed.db"));
      await().atMost(LONG).until(() -> !databases(agent, data).containsKey("a.db"));
      Connection renamed = writer(data.resolve("renamed.db"));
      execute(renamed, "INSERT INTO t VALUES('a3')");
      assertThat(agent.syncAll(LONG)).isTrue();
      assertThat(rows(out("a", "a.db"))).containsExactly("a1", "a2");
      assertThat(rows(out("r", "renamed.db"))).containsExactly("a1", "a2", "a3");
    }
  }

  private Path out(String name, String relative) {
    Path out = dir.resolve("out-" + name);
    restore(relative.replace(" ", "%20"), out);
    return out;
  }

  @Test
  void whatGoesWrongWithOneIsNoMatterForTheOthers() throws Exception {
    Path data = dir.resolve("data");
    Connection good = writer(data.resolve("good.db"));
    Connection journal = writer(data.resolve("journal.db"));
    execute(journal, "PRAGMA journal_mode=DELETE");
    // The place of its replica is a file.
    Connection blocked = writer(data.resolve("blocked.db"));
    Files.createDirectories(dir.resolve("replicas"));
    Files.writeString(dir.resolve("replicas/blocked.db"), "in the way");
    Files.createLink(data.resolve("same.db"), data.resolve("good.db"));
    try (Agent agent = Agent.start(List.of(tree("*.db")), SCAN)) {
      execute(good, "INSERT INTO t VALUES('g')");
      execute(blocked, "INSERT INTO t VALUES('b')");
      await()
          .atMost(LONG)
          .until(
              () ->
                  databases(agent, data).get("journal.db").replication().status().state()
                      == ReplicationState.FAILED);
      databases(agent, data).get("good.db").replication().sync(LONG);
      assertThat(rows(out("good", "good.db"))).containsExactly("g");

      // Mended while it runs: it is tried again by itself.
      execute(journal, "PRAGMA journal_mode=WAL");
      execute(journal, "INSERT INTO t VALUES('j')");
      Files.delete(dir.resolve("replicas/blocked.db"));
      await().atMost(LONG).until(() -> databases(agent, data).containsKey("blocked.db"));
      await()
          .atMost(LONG)
          .until(() -> databases(agent, data).get("journal.db").replication().status().isReady());
      assertThat(agent.syncAll(LONG)).isTrue();
      assertThat(rows(out("journal", "journal.db"))).containsExactly("j");
      assertThat(rows(out("blocked", "blocked.db"))).containsExactly("b");
    }
  }

  @Test
  void fiftyDatabasesOnFewThreads() throws Exception {
    long seed = System.nanoTime();
    System.out.println("AgentTest: seed " + seed);
    Random random = new Random(seed);
    int count = 50;
    Path data = dir.resolve("data");
    List<Connection> all = new ArrayList<>();
    List<List<String>> expected = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(writer(data.resolve("tenant-" + i + ".db")));
      expected.add(new ArrayList<>());
    }
    int threads;
    try (Agent agent = Agent.start(List.of(tree("*.db")), SCAN)) {
      for (int n = 0; n < 500; n++) {
        int i = random.nextInt(count);
        String value = i + "/" + n;
        execute(all.get(i), "INSERT INTO t VALUES('" + value + "')");
        expected.get(i).add(value);
      }
      assertThat(agent.databases()).hasSize(count);
      threads =
          (int)
              Thread.getAllStackTraces().keySet().stream()
                  .filter(t -> t.getName().startsWith("sidewal"))
                  .count();
    }
    assertThat(threads).isLessThan(70);
    for (int i = 0; i < count; i++) {
      assertThat(rows(out("t" + i, "tenant-" + i + ".db"))).isEqualTo(expected.get(i));
    }
  }

  @Test
  void aDirectoryThatIsGoneForAWhileEndsNothing() throws Exception {
    Path data = dir.resolve("data");
    Connection a = writer(data.resolve("a.db"));
    execute(a, "INSERT INTO t VALUES('1')");
    try (Agent agent = Agent.start(List.of(tree("*.db")), SCAN)) {
      agent.databases().get(0).replication().sync(LONG);
      Files.move(data, dir.resolve("elsewhere"));
      await()
          .atMost(LONG)
          .until(
              () ->
                  agent.databases().get(0).replication().status().state()
                      == ReplicationState.WAITING);
      Files.move(dir.resolve("elsewhere"), data);
      await().atMost(LONG).until(() -> agent.databases().get(0).replication().status().isReady());
      execute(a, "INSERT INTO t VALUES('2')");
      assertThat(agent.syncAll(LONG)).isTrue();
      assertThat(rows(out("a", "a.db"))).containsExactly("1", "2");
    }
  }

  @Test
  void aDirectoryThatCannotBeReadHidesOnlyWhatIsInIt() throws Exception {
    Path data = dir.resolve("data");
    Connection a = writer(data.resolve("a.db"));
    Path locked = Files.createDirectories(data.resolve("lost+found"));
    Connection b = writer(locked.resolve("b.db"));
    assertThat(data.resolve("gone.db")).doesNotExist();
    Connection gone = writer(data.resolve("gone.db"));
    Set<PosixFilePermission> open = Files.getPosixFilePermissions(locked);
    try (Agent agent = Agent.start(List.of(tree("**.db")), SCAN)) {
      assertThat(databases(agent, data)).containsOnlyKeys("a.db", "gone.db", "lost+found/b.db");
      agent.syncAll(LONG);
      Files.setPosixFilePermissions(locked, Set.of());
      assumeFalse(Files.isReadable(locked), "root reads everything");
      writer(data.resolve("new.db"));
      gone.close();
      for (String end : List.of("", "-wal", "-shm")) {
        Files.deleteIfExists(data.resolve("gone.db" + end));
      }
      await().atMost(LONG).until(() -> databases(agent, data).containsKey("new.db"));
      await().atMost(LONG).until(() -> !databases(agent, data).containsKey("gone.db"));
      assertThat(databases(agent, data)).containsOnlyKeys("a.db", "new.db", "lost+found/b.db");
    } finally {
      Files.setPosixFilePermissions(locked, open);
    }
    execute(a, "INSERT INTO t VALUES('a')");
    execute(b, "INSERT INTO t VALUES('b')");
  }

  @Test
  void twoTreesThatLeadToOneReplicaDoNotMix() throws Exception {
    Connection a = writer(dir.resolve("data/x.db"));
    Connection b = writer(dir.resolve("more/x.db"));
    execute(a, "INSERT INTO t VALUES('a')");
    execute(b, "INSERT INTO t VALUES('b')");
    DatabaseSource more =
        new DatabaseSource(
            new DatabaseSource.Tree(dir.resolve("more"), "*.db"), url(""), options());
    try (Agent agent = Agent.start(List.of(tree("*.db"), more), SCAN)) {
      assertThat(databases(agent, dir)).containsOnlyKeys("data/x.db");
      assertThat(agent.syncAll(LONG)).isTrue();
    }
    assertThat(rows(out("x", "x.db"))).containsExactly("a");
  }

  @Test
  void aLookThatHangsKeepsNothingFromBeingStopped() throws Exception {
    Path data = dir.resolve("data");
    Connection a = writer(data.resolve("a.db"));
    Trap trap = new Trap();
    DatabaseSource source =
        new DatabaseSource(
            new DatabaseSource.Tree(data, "*.db"),
            url(""),
            ReplicationOptions.builder().clock(trap).build());
    Agent agent = Agent.start(List.of(source), SCAN);
    agent.syncAll(LONG);
    trap.gate = new CountDownLatch(1);
    writer(data.resolve("b.db"));
    assertThat(trap.reached.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
    execute(a, "INSERT INTO t VALUES('last')");
    long begun = System.nanoTime();
    assertThat(agent.stop(LONG)).isTrue();
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(20));
    trap.gate.countDown();
    await()
        .atMost(LONG)
        .until(
            () ->
                agent.databases().stream().allMatch(d -> d.replication().status().state().ended()));
    assertThat(rows(out("a", "a.db"))).containsExactly("last");
  }

  /** A clock at which the thread that looks for databases can be made to stand still. */
  private static final class Trap extends Clock {
    final CountDownLatch reached = new CountDownLatch(1);
    volatile CountDownLatch gate = new CountDownLatch(0);

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      if (Thread.currentThread().getName().equals("sidewal-scan") && gate.getCount() > 0) {
        reached.countDown();
        try {
          gate.await();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
      return Clock.systemUTC().instant();
    }
  }

  @Test
  void twoDatabasesCannotHaveOneReplica() {
    DatabaseSource a =
        new DatabaseSource(new DatabaseSource.File(dir.resolve("a.db")), url("x"), options());
    DatabaseSource b =
        new DatabaseSource(new DatabaseSource.File(dir.resolve("b.db")), url("x/"), options());
    assertThatThrownBy(() -> Agent.start(List.of(a, b), SCAN))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("Give each its own");
    assertThatThrownBy(() -> Agent.start(List.of(tree("[a")), SCAN))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("not a glob");
  }
}
