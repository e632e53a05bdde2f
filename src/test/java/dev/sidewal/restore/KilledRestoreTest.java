package dev.sidewal.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sidewal.fault.CrashPoint;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ObjectStores;
import dev.sidewal.store.ReplicaUrl;
import dev.sidewal.testing.FaultyHttpProxy;
import dev.sidewal.testing.HttpFault;
import dev.sidewal.testing.S3ProxyServer;
import dev.sidewal.testing.S3Server;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * {@code kill -9} during {@code restore --force}: under the name there is always the old database
 * or the new one, whole. The old one may have been written to a log when its application was
 * killed, and the log is part of it.
 *
 * <p>{@code -Dsidewal.kill.rounds=200} for a long run.
 */
@Timeout(3600)
class KilledRestoreTest {

  private static final long SEED = Long.getLong("seed", System.nanoTime());
  private static final int ROUNDS = Integer.getInteger("sidewal.kill.rounds", 2);

  private static S3Server server;
  private static FaultyHttpProxy proxy;
  private static FireReplica replica;

  @TempDir static Path saved;
  @TempDir Path dir;

  private final Random random = new Random(SEED);

  @BeforeAll
  static void start() throws IOException {
    System.out.println("KilledRestoreTest -Dseed=" + SEED);
    server = S3ProxyServer.start();
    proxy = FaultyHttpProxy.before(server);
    try (ObjectStore store = server.open("killed")) {
      replica = new FireReplica(store, SEED);
    }
    try (DatabaseProcess process = DatabaseProcess.open(saved.resolve("db"))) {
      process.kill();
    }
    assertThat(saved.resolve("db-wal")).isNotEmptyFile();
  }

  @AfterAll
  static void stop() {
    proxy.close();
    server.close();
  }

  @Test
  void atRandomInstants() throws Exception {
    Map<String, Integer> met = new HashMap<>();
    long requests = requestsOfOneRestore();
    // So slow that the instants while it reads are as many as those while it writes and renames.
    proxy.plan((method, path) -> HttpFault.slow(20_000_000));
    for (int round = 0; round < ROUNDS; round++) {
      boolean withLog = round % 4 < 2;
      putOld(withLog);
      // Every other one around the end, where the file gets its name.
      long at = round % 2 == 0 ? requests : 1 + random.nextInt((int) requests);
      long more = random.nextInt(at == requests ? 500 : 30);
      proxy.resetCounts();
      Process process = restoreProcess(List.of());
      await()
          .pollInterval(Duration.ofMillis(1))
          .until(() -> proxy.requests().size() >= at || !process.isAlive());
      // Random instants are what is tested; nothing is waited for.
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(more));
      process.destroyForcibly().waitFor();
      String state = check(withLog, "round " + round + ", request " + at + " + " + more + " ms");
      met.merge(state, 1, Integer::sum);
      recover();
    }
    System.out.println("KilledRestoreTest: " + met);
  }

  @ParameterizedTest
  @EnumSource(
      value = CrashPoint.class,
      names = {"RESTORE_VERIFIED", "RESTORE_PREPARED", "RESTORE_RENAMED"})
  void atEachStepOfThePublication(CrashPoint point) throws Exception {
    proxy.plan((method, path) -> HttpFault.PASS);
    putOld(true);
    Process process =
        restoreProcess(
            List.of(
                "-D"
                    + CrashPoint.PROPERTY
                    + "="
                    + point.name().toLowerCase(Locale.ROOT).replace('_', '-')
                    + ":0"));
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(CrashPoint.STATUS);
    assertThat(check(true, point.name()))
        .isEqualTo(
            switch (point) {
              case RESTORE_VERIFIED -> "old";
              case RESTORE_PREPARED -> "old without its log";
              default -> "new";
            });
    recover();
  }

  /** Checks what is there; returns what it is. */
  private String check(boolean withLog, String when) throws Exception {
    byte[] bytes = Files.readAllBytes(dir.resolve("db"));
    if (Arrays.equals(bytes, replica.file())) {
      assertThat(names()).as(when).doesNotContain("db-wal", "db-shm", "db-journal");
      return "new";
    }
    // What an application finds that opens it now: all rows, also those from the log.
    Path copy = Files.createDirectories(dir.resolve("copy"));
    for (String name : List.of("db", "db-wal", "db-journal")) {
      if (Files.exists(dir.resolve(name))) {
        Files.copy(dir.resolve(name), copy.resolve(name));
      }
    }
    assertThat(content(copy.resolve("db"))).as(when).containsExactly("ok", "in the log", "more");
    try (var files = Files.list(copy)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(copy);
    boolean same = Arrays.equals(bytes, Files.readAllBytes(old(withLog)));
    boolean log = names().contains("db-wal");
    if (!withLog) {
      assertThat(same).as(when).isTrue();
      assertThat(log).as(when).isFalse();
      return "old";
    }
    if (same && log) {
      assertThat(dir.resolve("db-wal"))
          .as(when)
          .hasBinaryContent(Files.readAllBytes(saved.resolve("db-wal")));
      return "old";
    }
    return log ? "old, log half absorbed" : "old without its log";
  }

  /** The next restore is not disturbed by what the killed one left, and removes it. */
  private void recover() throws IOException {
    try (ObjectStore store = server.open("killed")) {
      restore(store, dir.resolve("db"));
    }
    assertThat(dir.resolve("db")).hasBinaryContent(replica.file());
    assertThat(names()).containsExactly("db");
  }

  private void putOld(boolean withLog) throws Exception {
    Files.deleteIfExists(dir.resolve("db"));
    if (!Files.exists(saved.resolve("plain"))) {
      insertMore(saved.resolve("db"), saved.resolve("plain"));
    }
    Files.copy(old(withLog), dir.resolve("db"));
    if (withLog) {
      Files.copy(saved.resolve("db-wal"), dir.resolve("db-wal"));
    }
  }

  private static Path old(boolean withLog) {
    return saved.resolve(withLog ? "db" : "plain");
  }

  /** Adds a row to the log of the saved database, and makes one without a log of the same rows. */
  private static void insertMore(Path database, Path plain) throws Exception {
    Path work = Files.createDirectory(saved.resolve("work"));
    Files.copy(database, work.resolve("db"));
    Files.copy(saved.resolve("db-wal"), work.resolve("db-wal"));
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + work.resolve("db"));
        Statement s = c.createStatement()) {
      s.execute("PRAGMA wal_autocheckpoint=0");
      s.execute("INSERT INTO t VALUES('more')");
      // As a kill would leave them: the files of a database that is open.
      Files.copy(work.resolve("db"), database, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      Files.copy(
          work.resolve("db-wal"),
          saved.resolve("db-wal"),
          java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      s.execute("PRAGMA journal_mode=DELETE");
    }
    Files.copy(work.resolve("db"), plain);
  }

  private static List<String> content(Path file) throws SQLException {
    List<String> rows = new ArrayList<>();
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement s = c.createStatement()) {
      for (String sql : List.of("PRAGMA integrity_check", "SELECT x FROM t ORDER BY rowid")) {
        try (ResultSet r = s.executeQuery(sql)) {
          while (r.next()) {
            rows.add(r.getString(1));
          }
        }
      }
    }
    return rows;
  }

  private long requestsOfOneRestore() throws IOException {
    proxy.plan((method, path) -> HttpFault.PASS);
    proxy.resetCounts();
    try (ObjectStore store = proxy.open("killed")) {
      restore(store, dir.resolve("db"));
    }
    return proxy.requests().size();
  }

  private List<String> names() throws IOException {
    try (var files = Files.list(dir)) {
      return files.map(f -> f.getFileName().toString()).sorted().toList();
    }
  }

  private Process restoreProcess(List<String> options) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(options);
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            KilledRestoreTest.class.getName(),
            proxy.url("killed").toString(),
            dir.resolve("db").toString()));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(saved.resolve("output").toFile());
    builder.environment().putAll(proxy.environment());
    return builder.start();
  }

  /** Restores, as the process that is killed. */
  public static void main(String[] args) {
    try (ObjectStore store = ObjectStores.open(ReplicaUrl.parse(args[0]))) {
      restore(store, Path.of(args[1]));
      System.out.write("restored\n".getBytes(StandardCharsets.UTF_8), 0, 9);
    }
  }

  private static void restore(ObjectStore store, Path file) {
    new Restorer(Clock.systemUTC(), new Random())
        .restore(RestoreRequest.builder(store, file).parallelism(2).force(true).build());
  }
}
