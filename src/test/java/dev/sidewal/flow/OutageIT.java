package dev.sidewal.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sidewal.error.ExitCode;
import dev.sidewal.testing.FaultyHttpProxy;
import dev.sidewal.testing.HttpFault;
import dev.sidewal.testing.S3ProxyServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * The store is away while the application goes on writing: the application does not notice, and
 * afterwards everything is in the store, in order, each transaction by itself; or, where the log
 * had to be let go, with one gap.
 */
@EnabledIf(
    value = "dev.sidewal.testing.Programs#hasPython",
    disabledReason = "python3 with its sqlite3 module is not here, and the writer needs it")
class OutageIT {

  private static final Duration END = Duration.ofSeconds(60);

  /** Far less than any outage here lasts, and far more than a commit takes on a busy machine. */
  private static final Duration SLOWEST_COMMIT = Duration.ofSeconds(5);

  private static final boolean ALL = Boolean.getBoolean("sidewal.faults");
  private static final String BEGINS = "shipping fails since";
  private static final String ENDS = "the store takes objects again";

  private static S3ProxyServer server;
  private static FaultyHttpProxy proxy;

  @TempDir Path dir;
  private Random random;
  private Path database;
  private String path;
  private CountedHistory history;

  @BeforeAll
  static void startServer() {
    server = S3ProxyServer.start();
    server.useInThisJvm();
    proxy = FaultyHttpProxy.before(server);
  }

  @AfterAll
  static void stopServer() {
    proxy.close();
    server.close();
  }

  @BeforeEach
  void place() throws Exception {
    long seed = System.nanoTime() & 0xffffff;
    System.out.println("OutageIT: seed " + seed);
    random = new Random(seed);
    database = dir.resolve("app.db");
    path =
        "s3://%s/outage-%x?region=%s&path-style=true&endpoint="
            .formatted(server.bucket(), random.nextLong(), server.region());
    history = new CountedHistory(path + server.endpoint(), random, dir);
    CountingWriter.create(database);
  }

  @AfterEach
  void heal() {
    proxy.heal();
    proxy.plan((method, target) -> HttpFault.PASS);
  }

  private SidewalProcess agent(String... options) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "replicate", database.toString(), path + proxy.endpoint(), "--sync-interval=50ms"));
    arguments.addAll(Arrays.asList(options));
    return SidewalProcess.start(server.environment(), arguments.toArray(String[]::new));
  }

  private static void assertNotSlow(CountingWriter.Status written) {
    System.out.println("OutageIT: the slowest commit took " + written.slowest().toMillis() + " ms");
    assertThat(written.slowest()).as("slowest commit").isLessThan(SLOWEST_COMMIT);
    assertThat(written.failures()).as("commits that failed").isZero();
  }

  private long logLength() throws IOException {
    return Files.size(Path.of(database + "-wal"));
  }

  private void outage(SidewalProcess agent, CountingWriter app, int number, Runnable begin) {
    begin.run();
    agent.awaitLog(BEGINS, number);
    long there = history.latest();
    app.awaitMore(10);
    assertThat(history.latest()).as("nothing reaches the store").isEqualTo(there);
    proxy.heal();
    agent.awaitLog(ENDS, number);
  }

  @Test
  void theSameProcessShipsEverythingInOrder() throws Exception {
    List<HttpFault> faults =
        Arrays.asList(
            HttpFault.DENIED,
            HttpFault.NO_BUCKET,
            HttpFault.TOO_MANY,
            HttpFault.INTERNAL,
            HttpFault.SLOW_DOWN,
            HttpFault.RESET);
    Collections.shuffle(faults, random);
    if (!ALL) {
      faults = faults.subList(0, 2);
    }
    try (SidewalProcess agent = agent()) {
      // Before its first snapshot is there, an agent has nothing else to ship, and says so
      // otherwise.
      agent.awaitFollowing().awaitLog("is in the store");
      try (CountingWriter app = CountingWriter.start(database, CountingWriter.Options.DEFAULT)) {
        int number = 0;
        for (HttpFault fault : faults) {
          outage(agent, app, ++number, () -> proxy.failAll(fault));
        }
        outage(agent, app, ++number, proxy::refuse);
        proxy.failAll(HttpFault.SILENCE);
        app.awaitMore(50);
        proxy.heal();
        CountingWriter.Status written = app.end();
        history.awaitLatest(written.seq() + 1);
        assertNotSlow(written);
        agent.terminate().succeeded();
        assertThat(agent.count(BEGINS)).as("one line each:%n%s", agent.log()).isEqualTo(number);
        assertThat(agent.count(ENDS)).isEqualTo(number);
        assertThat(agent.count("claimed generation")).isEqualTo(1);
        history.assertAllOf(written, database);
      }
    }
    assertThat(history.generations()).isEqualTo(1);
  }

  /** Two minutes of silence: every attempt must come to its end by itself. */
  @Test
  @EnabledIfSystemProperty(named = "sidewal.faults", matches = "true")
  void aStoreThatNeverAnswers() throws Exception {
    try (SidewalProcess agent = agent()) {
      agent.awaitFollowing();
      try (CountingWriter app = CountingWriter.start(database, CountingWriter.Options.DEFAULT)) {
        proxy.failAll(HttpFault.SILENCE);
        await().atMost(Duration.ofMinutes(5)).until(() -> agent.count(BEGINS) == 1);
        proxy.plan((method, target) -> HttpFault.PASS);
        proxy.heal();
        agent.awaitLog(ENDS);
        CountingWriter.Status written = app.end();
        history.awaitLatest(written.seq() + 1);
        assertNotSlow(written);
        agent.terminate().succeeded();
        history.assertAllOf(written, database);
      }
    }
  }

  @Test
  @EnabledIfSystemProperty(named = "sidewal.faults", matches = "true")
  void theLogIsHeldWhenTheSpoolIsFull() throws Exception {
    try (SidewalProcess agent = agent("--spool-limit=100KB", "--segment-size=20KB")) {
      agent.awaitFollowing();
      try (CountingWriter app =
          CountingWriter.start(
              database, CountingWriter.Options.DEFAULT.perSecond(200).bytes(3000))) {
        app.awaitMore(20);
        proxy.failAll(HttpFault.SLOW_DOWN);
        agent.awaitLog("The spool is full");
        // More than the application's own checkpoint would let the log grow to.
        app.awaitMore(800);
        long held = logLength();
        assertThat(held).isGreaterThan(6 << 20);
        assertThat(bytesOf(dir.resolve(".app.db-sidewal"))).isLessThan(1 << 20);
        proxy.heal();
        agent.awaitLog("all is well again");
        CountingWriter.Status written = app.end();
        history.awaitLatest(written.seq() + 1);
        assertNotSlow(written);
        SidewalProcess.Outcome end = agent.terminate().succeeded();
        assertThat(end.err()).doesNotContain("ERROR");
        assertThat(agent.count("The spool is full")).isEqualTo(1);
        history.assertAllOf(written, database);
      }
    }
    assertThat(history.generations()).isEqualTo(1);
  }

  private static long bytesOf(Path directory) throws IOException {
    try (var files = Files.walk(directory)) {
      return files.filter(Files::isRegularFile).mapToLong(f -> f.toFile().length()).sum();
    }
  }

  @Test
  @EnabledIfSystemProperty(named = "sidewal.faults", matches = "true")
  void theLogIsLetGoWhenItGetsTooLong() throws Exception {
    try (SidewalProcess agent =
        agent("--spool-limit=500KB", "--segment-size=100KB", "--max-held-log=6MB")) {
      agent.awaitFollowing();
      try (CountingWriter app =
          CountingWriter.start(
              database, CountingWriter.Options.DEFAULT.perSecond(200).bytes(3000))) {
        app.awaitMore(20);
        proxy.failAll(HttpFault.SLOW_DOWN);
        agent.awaitLog("the log is let go");
        long letGo = logLength();
        app.awaitMore(800);
        System.out.println("OutageIT: the log was let go at " + letGo + ", has " + logLength());
        // Much more was written since; the application's own checkpoint comes at 4 MB.
        assertThat(logLength()).isLessThan(letGo + (5 << 20));
        proxy.heal();
        agent.awaitLog("is a gap");
        long before = app.status().seq();
        app.awaitMore(20);
        CountingWriter.Status written = app.end();
        assertNotSlow(written);
        agent.terminate().succeeded();
        List<Long> gaps = history.gaps();
        assertThat(gaps).hasSize(1);
        long gap = gaps.get(0);
        history.assertEach(1, gap - 1, 1);
        long after = history.seqAt(gap);
        assertThat(after).isBetween(gap + 500, before);
        history.assertEach(gap, history.latest(), gap - after);
        assertThat(history.seqAt(history.latest())).isEqualTo(written.seq());
        assertThat(history.snapshots()).isEqualTo(1);
        history.assertLatestIs(database);
      }
    }
    assertThat(history.generations()).isEqualTo(2);
  }

  @Test
  void aRestartDuringTheOutage() throws Exception {
    aRestartDuringTheOutage("TERM");
  }

  @Test
  @EnabledIfSystemProperty(named = "sidewal.faults", matches = "true")
  void aKillDuringTheOutage() throws Exception {
    aRestartDuringTheOutage("KILL");
  }

  private void aRestartDuringTheOutage(String signal) throws Exception {
    try (CountingWriter app = startAfterwards(agent("--shutdown-timeout=1s"), signal)) {
      try (SidewalProcess agent = agent()) {
        agent.awaitLog("objects that an earlier session left");
        agent.awaitLog(BEGINS);
        app.awaitMore(20);
        assertThat(agent.count("claimed generation")).isZero();
        proxy.heal();
        agent.awaitLog("nothing was missed");
        agent.awaitFollowing();
        app.awaitMore(20);
        CountingWriter.Status written = app.end();
        history.awaitLatest(written.seq() + 1);
        assertNotSlow(written);
        agent.terminate().succeeded();
        history.assertAllOf(written, database);
      }
    }
    assertThat(history.generations()).isEqualTo(2);
  }

  /** Runs an agent into an outage and ends it there; the application lives on. */
  private CountingWriter startAfterwards(SidewalProcess first, String signal) throws Exception {
    try (first) {
      first.awaitFollowing();
      CountingWriter app = CountingWriter.start(database, CountingWriter.Options.DEFAULT);
      app.awaitMore(5);
      proxy.failAll(HttpFault.INTERNAL);
      first.awaitLog(BEGINS);
      app.awaitMore(50);
      first.signal(signal);
      SidewalProcess.Outcome end = first.awaitExit(END);
      if (signal.equals("TERM")) {
        end.failedWith(ExitCode.STORE);
        assertThat(end.err()).contains("Not everything was shipped within --shutdown-timeout");
      }
      return app;
    }
  }
}
