package dev.sidewal.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sidewal.error.ExitCode;
import dev.sidewal.testing.S3ProxyServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code replicate} says, and with which code it ends, when it cannot do what it is told. */
class BadInputIT {

  private static final String NOWHERE =
      "s3://bucket/app?endpoint=http://127.0.0.1:1&region=us-east-1&path-style=true";

  private static S3ProxyServer server;

  @TempDir Path dir;
  private Path database;
  private String url;

  @BeforeAll
  static void start() {
    server = S3ProxyServer.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @BeforeEach
  void names() {
    database = dir.resolve("app.db");
    url = "file://" + dir.resolve("replica");
  }

  private void createDatabase() throws Exception {
    Databases.run(database, "PRAGMA journal_mode=WAL", "CREATE TABLE t(x)");
  }

  private SidewalProcess.Outcome once(String... more) {
    return once(Map.of(), url, more);
  }

  private SidewalProcess.Outcome once(
      Map<String, String> environment, String replica, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "replicate",
                database.toString(),
                replica,
                "--once",
                "--log-level",
                "error",
                "--shutdown-timeout",
                "2s"));
    arguments.addAll(List.of(more));
    return SidewalProcess.run(environment, arguments.toArray(String[]::new));
  }

  private String s3(String bucket) {
    return "s3://%s/bad?endpoint=%s&region=us-east-1&path-style=true"
        .formatted(bucket, server.endpoint());
  }

  @Test
  void whatIsNoDatabaseIsLeftAlone() throws Exception {
    byte[] text = "no database at all\n".repeat(500).getBytes(StandardCharsets.US_ASCII);
    byte[] noise = new byte[16384];
    new Random(1).nextBytes(noise);
    for (byte[] content : List.of(text, noise)) {
      Files.write(database, content);
      assertThat(once().failedWith(ExitCode.DATABASE).err())
          .contains("app.db", "not a SQLite database");
      assertThat(Files.readAllBytes(database)).isEqualTo(content);
    }
    // The place for the replica may have been made; nothing is in it or beside the database.
    try (Stream<Path> files = Files.walk(dir).filter(Files::isRegularFile)) {
      assertThat(files).containsExactly(database);
    }
  }

  @Test
  void aRollbackJournalDatabaseNeedsLeave() throws Exception {
    Databases.run(database, "CREATE TABLE t(x)", "INSERT INTO t VALUES(1)");
    byte[] before = Files.readAllBytes(database);
    assertThat(once().failedWith(ExitCode.DATABASE).err()).contains("WAL", "--enable-wal");
    assertThat(Files.readAllBytes(database)).isEqualTo(before);
    once("--enable-wal").succeeded();
    assertThat(Databases.query(database, "PRAGMA journal_mode")).containsExactly("wal");
  }

  @Test
  void aDatabaseThatIsNotThere() {
    assertThat(once().failedWith(ExitCode.DATABASE).err()).contains("does not exist");
    assertThat(database).doesNotExist();
    database = dir.resolve("no-such-directory").resolve("app.db");
    assertThat(once().failedWith(ExitCode.DATABASE).err()).contains("no-such-directory");
    assertThat(
            SidewalProcess.run("replicate", database.toString(), url, "--log-level", "error")
                .failedWith(ExitCode.DATABASE)
                .err())
        .contains("no-such-directory");
  }

  @Test
  void aCommandIsNotRunInVainAndTheFailureIsToldOnce() throws Exception {
    Files.writeString(database, "no database");
    SidewalProcess.run(
            "replicate", database.toString(), url, "--exec", "sleep 60", "--log-level", "error")
        .failedWith(ExitCode.DATABASE);
  }

  @Test
  void aDatabaseThatSomebodyKeepsToThemselves() throws Exception {
    try (Connection app = Databases.open(database)) {
      Databases.run(
          app,
          "PRAGMA locking_mode=EXCLUSIVE",
          "PRAGMA journal_mode=WAL",
          "CREATE TABLE t(x)",
          "INSERT INTO t VALUES(1)");
      assertThat(once().failedWith(ExitCode.DATABASE).err()).contains("locked");
    }
  }

  @Test
  void wrongUsage() throws Exception {
    createDatabase();
    assertThat(once("--no-such-option").failedWith(ExitCode.USAGE).err())
        .contains("--no-such-option");
    for (String wrong : List.of("s3://", "nonsense", "http://x/y", "s3://b/p?endpoint=::", "")) {
      assertThat(once(Map.of(), wrong).failedWith(ExitCode.USAGE).err()).contains("--help");
    }
  }

  @Test
  void aStoreThatIsNotThereOrRefuses() throws Exception {
    createDatabase();
    assertThat(once(server.environment(), NOWHERE).failedWith(ExitCode.STORE).err())
        .contains("127.0.0.1:1");
    Map<String, String> wrong = new HashMap<>(server.environment());
    wrong.put("AWS_SECRET_ACCESS_KEY", "not-the-secret");
    once(wrong, s3(server.bucket())).failedWith(ExitCode.STORE);
    assertThat(once(server.environment(), s3("no-such-bucket")).failedWith(ExitCode.STORE).err())
        .contains("no-such-bucket");
    once(server.environment(), s3(server.bucket())).succeeded();
  }

  @Test
  void theOlderOfTwoAgentsEnds() throws Exception {
    try (Connection app = Databases.open(database)) {
      Databases.run(app, "PRAGMA journal_mode=WAL", "CREATE TABLE t(x)");
      try (SidewalProcess older =
              SidewalProcess.start(
                  "replicate", database.toString(), url, "--sync-interval", "100ms");
          SidewalProcess newer = newer(older)) {
        // It asks when it has something to ship.
        await()
            .atMost(Duration.ofSeconds(20))
            .until(
                () -> {
                  Databases.run(app, "INSERT INTO t VALUES(randomblob(100))");
                  return !older.isAlive();
                });
        older.awaitExit(Duration.ofSeconds(5)).failedWith(ExitCode.SUPERSEDED);
        newer.terminate().succeeded();
      }
      Databases.run(app, "PRAGMA wal_checkpoint(TRUNCATE)");
    }
    Path restored = dir.resolve("restored.db");
    SidewalProcess.run("restore", url, "-o", restored.toString()).succeeded();
    Databases.assertSame(database, restored);
  }

  private SidewalProcess newer(SidewalProcess older) {
    older.awaitFollowing();
    return SidewalProcess.start(
            "replicate",
            database.toString(),
            url,
            "--state-dir",
            dir.resolve("other-state").toString())
        .awaitFollowing();
  }
}
