package dev.sidewal.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sidewal.error.DatabaseException;
import dev.sidewal.error.ExitCode;
import dev.sidewal.error.HistoryDamagedException;
import dev.sidewal.error.StoreException;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.testing.FaultyHttpProxy;
import dev.sidewal.testing.HttpFault;
import dev.sidewal.testing.S3Operation;
import dev.sidewal.testing.S3ProxyServer;
import dev.sidewal.testing.S3Server;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Restores over HTTP while the network, the store and the disk fail: what is restored equals the
 * recorded state byte for byte, or nothing has changed.
 */
@Timeout(120)
class RestoreUnderFireTest {

  private static final long SEED = Long.getLong("seed", System.nanoTime());
  private static final Pattern RANGE = Pattern.compile(".* bytes=(\\d+)-\\d*");
  private static final AtomicInteger PLACES = new AtomicInteger();

  private static S3Server server;

  @TempDir Path dir;

  private final String place = "fire-" + PLACES.incrementAndGet();
  private FaultyHttpProxy proxy;
  private ObjectStore store;
  private FireReplica replica;

  @BeforeAll
  static void start() {
    System.out.println("RestoreUnderFireTest -Dseed=" + SEED);
    server = S3ProxyServer.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @BeforeEach
  void open() {
    try (ObjectStore direct = server.open(place)) {
      replica = new FireReplica(direct, SEED);
    }
    proxy = FaultyHttpProxy.before(server);
    store = proxy.open(place);
  }

  @AfterEach
  void close() throws IOException {
    store.close();
    proxy.close();
    assertFiles(dir, "db");
  }

  @Test
  void brokenStreamsAreResumedWhereTheyBroke() throws IOException {
    Random random = new Random(SEED);
    Map<String, AtomicInteger> tries = new ConcurrentHashMap<>();
    proxy.plan(
        (method, path) -> {
          if (S3Operation.of(method, path) != S3Operation.GET) {
            return HttpFault.PASS;
          }
          int n = tries.computeIfAbsent(path, p -> new AtomicInteger()).incrementAndGet();
          synchronized (random) {
            return n > 4
                ? HttpFault.PASS
                : path.endsWith("snapshot")
                    ? HttpFault.truncate(200_000 + random.nextInt(200_000))
                    : random.nextBoolean()
                        ? HttpFault.truncate(random.nextInt(50_000))
                        : HttpFault.RESET;
          }
        });
    restore();

    assertThat(dir.resolve("db")).hasBinaryContent(replica.file());
    List<Long> starts = starts(replica.snapshot);
    assertThat(starts).hasSizeGreaterThanOrEqualTo(5).isSorted();
    assertThat(starts.get(starts.size() - 1)).as("%s", starts).isGreaterThan(400_000);
  }

  @Test
  void aSlowStoreIsWaitedFor() throws IOException {
    proxy.plan((method, path) -> HttpFault.slow(3_000_000));
    restore();
    assertThat(dir.resolve("db")).hasBinaryContent(replica.file());
  }

  @Test
  void aStormThatPassesIsSurvived() throws IOException {
    AtomicInteger storm = new AtomicInteger(8);
    proxy.plan(
        (method, path) ->
            path.contains("/snapshots/") && storm.getAndDecrement() > 0
                ? HttpFault.answer(503, "ServiceUnavailable")
                : HttpFault.PASS);
    restore();
    assertThat(dir.resolve("db")).hasBinaryContent(replica.file());
    assertThat(storm).hasNegativeValue();
  }

  @Test
  void aStormThatDoesNotPassEndsWithTheStoresExitCode() throws IOException {
    Files.writeString(dir.resolve("db"), "old");
    proxy.plan(
        (method, path) ->
            path.contains("/snapshots/")
                ? HttpFault.answer(503, "ServiceUnavailable")
                : HttpFault.PASS);
    long start = System.nanoTime();
    StoreException e = catchThrowableOfType(StoreException.class, this::restore);

    assertThat(e.exitCode()).isEqualTo(ExitCode.STORE);
    assertThat(e.retriable()).isTrue();
    assertThat(e).hasMessageContaining(replica.snapshot).hasMessageContaining("503");
    assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start)).isLessThan(60);
    long asked = proxy.requests().stream().filter(r -> r.contains(replica.snapshot)).count();
    assertThat(asked).as("8 tries of 3 attempts").isBetween(8L, 24L);
    assertThat(dir.resolve("db")).hasContent("old");
  }

  @Test
  void aDenialIsNotTriedAgain() throws IOException {
    Files.writeString(dir.resolve("db"), "old");
    proxy.plan((method, path) -> path.contains(replica.newest) ? HttpFault.DENIED : HttpFault.PASS);
    StoreException e = catchThrowableOfType(StoreException.class, this::restore);

    assertThat(e.retriable()).isFalse();
    assertThat(e).hasMessageContaining("access denied").hasMessageContaining("s3:GetObject");
    assertThat(proxy.requests().stream().filter(r -> r.contains(replica.newest))).hasSize(1);
    assertThat(dir.resolve("db")).hasContent("old");
  }

  @Test
  void anObjectDeletedAfterTheListingIsGoneAround() throws IOException {
    // The pack is the cheaper way. Its first request finds it still there, and the next one not.
    deleteWhenAskedFor(replica.pack);
    assertThat(restore().txid()).isEqualTo(FireReplica.LAST);
    assertThat(dir.resolve("db")).hasBinaryContent(replica.file());
    assertThat(proxy.count(S3Operation.LIST)).isEqualTo(2);
    assertThat(proxy.requests()).anyMatch(r -> r.contains(replica.second));
  }

  @Test
  void anObjectDeletedAfterTheListingWithoutAWayAroundIsNamed() throws IOException {
    Files.writeString(dir.resolve("db"), "old");
    deleteWhenAskedFor(replica.newest);
    HistoryDamagedException e = catchThrowableOfType(HistoryDamagedException.class, this::restore);

    assertThat(e.exitCode()).isEqualTo(ExitCode.HISTORY_DAMAGED);
    assertThat(e)
        .hasMessageContaining(replica.newest + " was listed, but is not there any more")
        .hasMessageContaining("last restorable transaction before that is 7 ");
    assertThat(dir.resolve("db")).hasContent("old");
  }

  @Test
  void aDiskWithoutSpaceIsSaidBeforeAnythingIsWritten() throws Exception {
    withSmallDisk(
        "3m",
        mount -> {
          byte[] old = Files.readAllBytes(Files.write(mount.resolve("db"), new byte[2 << 20]));
          DatabaseException e =
              catchThrowableOfType(
                  DatabaseException.class, () -> restore(mount, RestoreTarget.latest()));

          assertThat(e.exitCode()).isEqualTo(ExitCode.DATABASE);
          assertThat(e)
              .hasMessageContaining("not enough space")
              .hasMessageContaining(replica.file().length + " bytes")
              .hasMessageContaining("Free at least")
              .hasMessageContaining(mount.toString());
          assertThat(mount.resolve("db")).hasBinaryContent(old);
          assertFiles(mount, "db");
        });
  }

  @Test
  void aDiskThatFillsUpMeanwhileLeavesTheOldDatabase() throws Exception {
    withSmallDisk(
        "6m",
        mount -> {
          Path file = mount.resolve("db");
          try (DatabaseProcess process = DatabaseProcess.open(file)) {
            process.kill();
          }
          byte[] old = Files.readAllBytes(file);
          byte[] log = Files.readAllBytes(mount.resolve("db-wal"));
          AtomicBoolean filled = new AtomicBoolean();
          proxy.plan(
              (method, path) -> {
                if (path.contains(replica.newest)
                    && temporary(mount)
                    && filled.compareAndSet(false, true)) {
                  fill(mount.resolve("somebody-elses"));
                }
                return HttpFault.PASS;
              });
          DatabaseException e =
              catchThrowableOfType(
                  DatabaseException.class, () -> restore(mount, RestoreTarget.latest()));

          assertThat(filled).isTrue();
          assertThat(e.exitCode()).isEqualTo(ExitCode.DATABASE);
          assertThat(e)
              .hasMessageContaining("Writing failed")
              .hasMessageContaining("Free at least")
              .hasMessageContaining("bytes more there");
          assertThat(file).hasBinaryContent(old);
          assertThat(mount.resolve("db-wal")).hasBinaryContent(log);
          assertFiles(mount, "db", "db-wal", "db-shm", "somebody-elses");

          Files.delete(mount.resolve("somebody-elses"));
          restore(mount, RestoreTarget.latest());
          assertThat(file).hasBinaryContent(replica.file());
          assertFiles(mount, "db");
        });
  }

  /** The log of the old database is moved into it at the end, and that takes space as well. */
  @Test
  void aDiskThatIsFullWhenTheOldLogIsAbsorbedKeepsAllOfIt() throws Exception {
    withSmallDisk(
        "1m",
        mount -> {
          Path file = mount.resolve("db");
          try (DatabaseProcess process = DatabaseProcess.open(file)) {
            process.kill();
          }
          fill(mount.resolve("somebody-elses"));
          try (ReplacedDatabase replaced = ReplacedDatabase.examine(file, true, new Random(SEED))) {
            DatabaseException e = catchThrowableOfType(DatabaseException.class, replaced::prepare);
            assertThat(e)
                .hasMessageContaining("not enough space")
                .hasMessageContaining("Free as many bytes as " + mount.resolve("db-wal"));
          }
          Files.delete(mount.resolve("somebody-elses"));
          try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + file);
              Statement s = c.createStatement();
              ResultSet r = s.executeQuery("SELECT x FROM t")) {
            assertThat(r.next()).isTrue();
            assertThat(r.getString(1)).isEqualTo("in the log");
          }
        });
  }

  private RestoreResult restore() {
    return restore(dir, RestoreTarget.latest());
  }

  private RestoreResult restore(Path into, RestoreTarget target) {
    return new Restorer(Clock.systemUTC(), new Random(SEED))
        .restore(
            RestoreRequest.builder(store, into.resolve("db"))
                .target(target)
                .force(true)
                .parallelism(2)
                .build());
  }

  private void deleteWhenAskedFor(String key) {
    proxy.plan(
        (method, path) -> {
          if (path.contains(key)) {
            try (ObjectStore direct = server.open(place)) {
              direct.delete(key);
            }
          }
          return HttpFault.PASS;
        });
  }

  private List<Long> starts(String key) {
    List<Long> starts = new ArrayList<>();
    for (String request : proxy.requests()) {
      Matcher range = RANGE.matcher(request);
      if (request.contains(key) && range.matches()) {
        starts.add(Long.parseLong(range.group(1)));
      }
    }
    return starts;
  }

  private static boolean temporary(Path in) {
    try (var files = Files.list(in)) {
      return files.anyMatch(f -> f.getFileName().toString().contains(".sidewal-restore-"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void fill(Path file) {
    try (var out = Files.newOutputStream(file)) {
      for (byte[] block = new byte[4096]; ; ) {
        out.write(block);
      }
    } catch (IOException full) {
      assertThat(file).isNotEmptyFile();
    }
  }

  /** What a test does with a small file system. */
  private interface OnDisk {
    void run(Path mount) throws Exception;
  }

  private void withSmallDisk(String size, OnDisk test) throws Exception {
    Path mount = Files.createDirectory(dir.resolve("mount"));
    try {
      assumeTrue(
          run("mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", mount.toString()),
          "skipped: a small file system cannot be mounted here (it takes root)");
      try {
        test.run(mount);
      } finally {
        // Lazily: this process keeps a file open that was a database when it looked at it, lest it
        // drop somebody's locks.
        run("umount", "-l", mount.toString());
      }
    } finally {
      Files.delete(mount);
      Files.createFile(dir.resolve("db")); // What close() looks for.
    }
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getInputStream().readAllBytes();
      return process.waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static void assertFiles(Path in, String... names) throws IOException {
    try (var files = Files.list(in)) {
      assertThat(files.map(p -> p.getFileName().toString())).containsExactlyInAnyOrder(names);
    }
  }
}
