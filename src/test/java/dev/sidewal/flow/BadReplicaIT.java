package dev.sidewal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.agent.Replication;
import dev.sidewal.agent.ReplicationOptions;
import dev.sidewal.agent.Sidewal;
import dev.sidewal.cli.CliRun;
import dev.sidewal.error.ExitCode;
import dev.sidewal.testing.S3ProxyServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What {@code restore} says, and with which code it ends, when the replica is not what it should
 * be; and that it never leaves anything behind then.
 */
class BadReplicaIT {

  private static final String NOWHERE =
      "s3://bucket/app?endpoint=http://127.0.0.1:1&region=us-east-1&path-style=true";

  @TempDir static Path made;
  @TempDir Path dir;
  private Path replica;
  private Path out;
  private String url;

  /** Makes a replica of one snapshot and at least five segments. */
  @BeforeAll
  static void makeReplica() throws Exception {
    Path database = made.resolve("app.db");
    try (Connection app = Databases.open(database)) {
      Databases.run(app, "PRAGMA journal_mode=WAL", "CREATE TABLE t(x)");
      try (Replication replication =
          Sidewal.replicate(
              database,
              "file://" + made.resolve("replica"),
              ReplicationOptions.builder().syncInterval(Duration.ZERO).build())) {
        replication.sync(Duration.ofSeconds(30));
        for (int i = 0; i < 5; i++) {
          Databases.run(app, "INSERT INTO t VALUES(randomblob(3000))");
          Databases.run(app, "INSERT INTO t VALUES(randomblob(3000))");
          replication.sync(Duration.ofSeconds(30));
        }
      }
    }
  }

  @BeforeEach
  void copyReplica() throws Exception {
    replica = dir.resolve("replica");
    out = Files.createDirectory(dir.resolve("out"));
    url = "file://" + replica;
    try (Stream<Path> files = Files.walk(made.resolve("replica"))) {
      for (Path file : files.toList()) {
        Files.copy(file, replica.resolve(made.resolve("replica").relativize(file)));
      }
    }
  }

  /** Whatever happened, nothing but what a test put there may be in the output's directory. */
  @AfterEach
  void nothingIsLeftBehind() throws Exception {
    try (Stream<Path> files = Files.list(out)) {
      assertThat(files.map(p -> p.getFileName().toString()))
          .allMatch(name -> name.equals("kept.db") || name.equals("restored.db"));
    }
  }

  private List<Path> objects(String suffix) throws Exception {
    try (Stream<Path> files = Files.walk(replica)) {
      return files.filter(p -> p.toString().endsWith(suffix)).sorted().toList();
    }
  }

  private CliRun restore(String from, String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("restore", from, "-o", out.resolve("restored.db").toString()));
    arguments.addAll(List.of(more));
    return CliRun.of(arguments.toArray(String[]::new));
  }

  private String failsWith(ExitCode code, String... more) {
    String message = restore(url, more).failedWith(code).err();
    assertThat(out).isEmptyDirectory();
    return message;
  }

  @Test
  void theReplicaIsGoodToBeginWith() {
    assertThat(restore(url).code()).isZero();
  }

  @Test
  void noBackup() throws Exception {
    String empty = "file://" + Files.createDirectory(dir.resolve("empty"));
    restore(empty).failedWith(ExitCode.NO_BACKUP);
    assertThat(restore(empty, "--if-replica-exists").code()).isZero();
    assertThat(out).isEmptyDirectory();
  }

  @Test
  void aStoreThatCannotBeAskedIsNotAnEmptyOne() {
    S3ProxyServer server = S3ProxyServer.start();
    try (server) {
      String s3 =
          "s3://%s/x?endpoint=%s&region=us-east-1&path-style=true"
              .formatted(server.bucket(), server.endpoint());
      Map<String, String> wrong = new HashMap<>(server.environment());
      wrong.put("AWS_SECRET_ACCESS_KEY", "not-the-secret");
      String output = out.resolve("restored.db").toString();
      for (String option : List.of("--if-replica-exists", "--if-not-exists")) {
        SidewalProcess.run(server.environment(), "restore", NOWHERE, "-o", output, option)
            .failedWith(ExitCode.STORE);
        SidewalProcess.run(wrong, "restore", s3, "-o", output, option).failedWith(ExitCode.STORE);
      }
      SidewalProcess.run(server.environment(), "restore", s3, "-o", output)
          .failedWith(ExitCode.NO_BACKUP);
      assertThat(out).isEmptyDirectory();
    }
  }

  @Test
  void aFlippedByteAnywhere() throws Exception {
    Random random = new Random(7);
    List<Path> objects = new ArrayList<>(objects(".segment"));
    objects.addAll(objects(".snapshot"));
    objects.addAll(objects("generation.json"));
    assertThat(objects).hasSizeGreaterThanOrEqualTo(7);
    for (Path object : objects) {
      byte[] good = Files.readAllBytes(object);
      List<Integer> offsets = new ArrayList<>(List.of(0, 5, good.length / 2, good.length - 1));
      for (int i = 0; i < 4; i++) {
        offsets.add(random.nextInt(good.length));
      }
      for (int offset : offsets) {
        byte[] bad = good.clone();
        bad[offset] ^= (byte) (1 << random.nextInt(8));
        Files.write(object, bad);
        String message = failsWith(ExitCode.HISTORY_DAMAGED);
        assertThat(message)
            .as("byte %d of %s", offset, object)
            .contains(replica.relativize(object).toString());
      }
      Files.write(object, good);
    }
    assertThat(restore(url).code()).isZero();
  }

  @Test
  void aMissingSegment() throws Exception {
    Path missing = objects(".segment").get(2);
    String first = missing.getFileName().toString().substring(0, 16);
    // How many transactions a segment holds is a matter of when they were seen.
    long before = Long.parseLong(first, 16) - 1;
    Files.delete(missing);
    for (String[] target :
        List.of(
            new String[] {},
            new String[] {"--timestamp", Instant.now().plusSeconds(60).toString()},
            new String[] {"--txid", "7"},
            new String[] {"--txid", "11"})) {
      assertThat(failsWith(ExitCode.HISTORY_DAMAGED, target))
          .contains("The last restorable transaction before that is " + before + " ");
    }
    assertThat(restore(url, "--txid", String.valueOf(before)).code()).isZero();
  }

  @Test
  void aMissingSnapshot() throws Exception {
    Files.delete(objects(".snapshot").get(0));
    failsWith(ExitCode.HISTORY_DAMAGED);
    failsWith(ExitCode.HISTORY_DAMAGED, "--txid", "3");
    failsWith(ExitCode.HISTORY_DAMAGED, "--if-replica-exists");
  }

  @Test
  void targetsOutsideOfTheHistory() {
    failsWith(ExitCode.TARGET_UNAVAILABLE, "--timestamp", "2001-01-01T00:00:00Z");
    assertThat(failsWith(ExitCode.TARGET_UNAVAILABLE, "--txid", "12")).contains("1", "11");
    failsWith(ExitCode.USAGE, "--txid", "0");
    failsWith(ExitCode.USAGE, "--timestamp", "yesterday");
  }

  @Test
  void aFileThatIsThere() throws Exception {
    Path kept = out.resolve("kept.db");
    Files.writeString(kept, "precious");
    CliRun.of("restore", url, "-o", kept.toString()).failedWith(ExitCode.WOULD_OVERWRITE);
    assertThat(CliRun.of("restore", url, "-o", kept.toString(), "--if-not-exists").code()).isZero();
    assertThat(kept).hasContent("precious");
  }
}
