package dev.sidewal.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sidewal.agent.Agent;
import dev.sidewal.agent.DatabaseSource;
import dev.sidewal.agent.Replication;
import dev.sidewal.agent.ReplicationOptions;
import dev.sidewal.agent.Sidewal;
import dev.sidewal.error.DatabaseException;
import dev.sidewal.error.WouldOverwriteException;
import dev.sidewal.restore.RestoreCheck;
import java.io.FileInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/**
 * Where Sidewal is embedded, nothing that it does makes the application's connections lose their
 * POSIX locks. Another process asks the kernel whether they are there: it tries to take SQLite's
 * shared bytes for itself, as the last connection does that deletes the log.
 */
@EnabledIf(
    value = "dev.sidewal.testing.Programs#hasPython",
    disabledReason = "python3 is not here, and another process must try the locks")
class EmbeddedLocksTest {

  private static final Duration LONG = Duration.ofSeconds(60);

  /** SQLite's shared bytes: 510 from 0x40000002 on; see os.h in its source. */
  private static final String TRY_LOCK =
      """
      import fcntl, sys
      f = open(sys.argv[1], "r+b")
      try:
          fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB, 510, 0x40000002)
          print("free")
      except OSError:
          print("held")
      """;

  @TempDir Path dir;
  private Connection app;

  private Path db() {
    return dir.resolve("data/app.db");
  }

  private String url(String name) {
    return "file:" + dir.resolve(name);
  }

  private static String lock(Path file) throws Exception {
    Process process =
        new ProcessBuilder("python3", "-c", TRY_LOCK, file.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String answer =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
    assertThat(process.waitFor()).isZero();
    return answer;
  }

  /** The application: a connection that has read, and so holds a shared lock until it is closed. */
  @BeforeEach
  void begin() throws Exception {
    Files.createDirectories(db().getParent());
    app = Databases.open(db());
    Databases.run(
        app, "PRAGMA journal_mode=WAL", "CREATE TABLE t(v)", "INSERT INTO t VALUES('first')");
  }

  @AfterEach
  void end() throws Exception {
    app.close();
  }

  private static ReplicationOptions options() {
    return ReplicationOptions.builder().syncInterval(Duration.ofMillis(50)).build();
  }

  @Test
  void theTestSeesALockThatIsLost() throws Exception {
    assertThat(lock(db())).isEqualTo("held");
    new FileInputStream(db().toFile()).close();
    assertThat(lock(db())).isEqualTo("free");
  }

  @Test
  void replicationThatEnds() throws Exception {
    try (Replication replication = Sidewal.replicate(db(), url("replica"), options())) {
      replication.sync(LONG);
      assertThat(lock(db())).isEqualTo("held");
    }
    assertThat(lock(db())).isEqualTo("held");
    try (Replication again = Sidewal.replicate(db(), url("replica"), options())) {
      again.sync(LONG);
    }
    assertThat(lock(db())).isEqualTo("held");
    app.close();
    assertThat(descriptors(db())).as("Sidewal's stays").isEqualTo(1);
  }

  @Test
  void replicationOfADatabaseThatCannotBeFollowed() throws Exception {
    Databases.run(app, "PRAGMA journal_mode=DELETE");
    Databases.run(app, "BEGIN", "SELECT * FROM t LIMIT 1");
    try (var rows = app.createStatement().executeQuery("SELECT * FROM t")) {
      assertThat(rows.next()).isTrue();
      assertThat(lock(db())).isEqualTo("held");
      Replication replication = Sidewal.replicate(db(), url("replica"), options());
      assertThatThrownBy(() -> replication.sync(LONG)).hasMessageContaining("not in WAL mode");
      replication.close();
      assertThat(lock(db())).isEqualTo("held");
    }
  }

  @Test
  void scansOfDirectories() throws Exception {
    Path link = dir.resolve("data/link.db");
    Files.createLink(dir.resolve("data/hard.db"), db());
    Files.createSymbolicLink(link, db());
    Files.writeString(dir.resolve("data/none.db"), "this is no database at all");
    DatabaseSource source =
        new DatabaseSource(
            new DatabaseSource.Tree(dir.resolve("data"), "*"), url("tree"), options());
    Duration often = Duration.ofMillis(50);
    try (Agent agent = Agent.start(List.of(source), often)) {
      assertThat(agent.databases()).hasSize(1);
      agent.databases().get(0).replication().sync(LONG);
      Path later = dir.resolve("data/later.db");
      Databases.run(later, "PRAGMA journal_mode=WAL", "CREATE TABLE t(v)");
      await().atMost(LONG).until(() -> agent.databases().size() == 2);
      assertThat(lock(db())).isEqualTo("held");
    }
    assertThat(lock(db())).isEqualTo("held");
  }

  @Test
  void restoresThatDoNotReplaceIt() throws Exception {
    try (Replication replication = Sidewal.replicate(db(), url("replica"), options())) {
      replication.sync(LONG);
      Sidewal.restore(url("replica"), dir.resolve("data/copy.db"), o -> o.check(RestoreCheck.FULL));
      assertThatThrownBy(() -> Sidewal.restore(url("replica"), db()))
          .isInstanceOf(WouldOverwriteException.class);
      assertThat(lock(db())).isEqualTo("held");

      // As a restore leaves it that is killed between the two steps of giving the file its name.
      Path secondName = dir.resolve("data/.app.db.sidewal-restore-1");
      Files.createLink(secondName, db());
      assertThatThrownBy(() -> Sidewal.restore(url("replica"), db(), o -> o.force(true)))
          .isInstanceOf(DatabaseException.class)
          .hasMessageContaining("in use");
      assertThat(lock(db())).as("after a refused restore with force").isEqualTo("held");
      assertThat(secondName).doesNotExist();
      assertThat(Databases.query(db(), "SELECT v FROM t")).containsExactly("first");
    }
  }

  /** Who opens a restored file the moment it has its name keeps his locks. */
  @Test
  void aFileThatWasJustRestored() throws Exception {
    try (Replication replication = Sidewal.replicate(db(), url("replica"), options())) {
      replication.sync(LONG);
    }
    ExecutorService opener = Executors.newSingleThreadExecutor();
    try {
      for (int i = 0; i < 5; i++) {
        Path restored = dir.resolve("data/restored-" + i + ".db");
        Future<Connection> opened =
            opener.submit(
                () -> {
                  while (!Files.exists(restored)) {
                    Thread.onSpinWait();
                  }
                  Connection c = Databases.open(restored);
                  Databases.run(c, "SELECT count(*) FROM t");
                  return c;
                });
        Sidewal.restore(url("replica"), restored);
        try (Connection c = opened.get()) {
          assertThat(c.isClosed()).isFalse();
          assertThat(lock(restored)).as("restore %d", i).isEqualTo("held");
        }
      }
    } finally {
      opener.shutdownNow();
    }
  }

  /** Counts the descriptors of this process that lead to a file. */
  private static int descriptors(Path file) throws Exception {
    Object key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    int count = 0;
    try (var all = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path one : all) {
        if (Files.exists(one)
            && key.equals(Files.readAttributes(one, BasicFileAttributes.class).fileKey())) {
          count++;
        }
      }
    }
    return count;
  }
}
