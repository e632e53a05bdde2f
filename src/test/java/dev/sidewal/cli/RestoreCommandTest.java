package dev.sidewal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sidewal.error.ExitCode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RestoreCommandTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path dir;
  private TestReplica replica;
  private Path output;

  @BeforeEach
  void write() throws IOException, SQLException {
    replica = TestReplica.write(dir, 5);
    output = dir.resolve("restored.db");
  }

  private CliRun restore(String... options) {
    List<String> args = new ArrayList<>(List.of("restore"));
    args.addAll(List.of(options));
    args.addAll(List.of("-o", output.toString(), replica.url()));
    return CliRun.of(args.toArray(String[]::new));
  }

  @ParameterizedTest
  @CsvSource({
    "--parallelism=1, 5",
    "--txid=1, 1",
    "--txid=3, 3",
    "--timestamp=now, 5",
    "--timestamp=2026-11-21T10:20:00.250Z, 3",
    "--timestamp=2026-11-21T11:20:00.249+01:00, 2",
    "--timestamp=-90m, 3",
    "--check=full, 5",
    "--check=NONE, 5",
  })
  void restoresTheStateThatIsAskedFor(String option, int txid) throws IOException {
    CliRun run = restore(option).succeeded();
    assertThat(output).hasBinaryContent(replica.state(txid));
    assertThat(run.out())
        .startsWith(
            "restored transaction %d of %s to %s\n"
                .formatted(txid, Texts.time(TestReplica.time(txid)), output));
  }

  @Test
  void jsonHasEveryFact() throws IOException {
    ObjectNode json = (ObjectNode) JSON.readTree(restore("--json", "--txid=2").succeeded().out());
    assertThat(json.remove("durationMillis").isIntegralNumber()).isTrue();
    assertThat(json)
        .isEqualTo(
            JSON.readTree(
                """
                {"restored": true, "replica": "%s", "txid": 2,
                 "time": "2026-11-21T10:10:00.250Z", "exact": true, "requestedTime": null, "pages": %d, "pageSize": 4096, "bytes": %d,
                 "checksum": "%016x", "check": "checksum", "objects": 2, "objectBytes": %d,
                 "output": "%s", "warnings": [], "unseen": []}
                """
                    .formatted(
                        replica.url(),
                        replica.state(2).length / 4096,
                        replica.state(2).length,
                        TestReplica.checksum(replica.state(2)),
                        Files.size(replica.object(1)) + Files.size(replica.object(2)),
                        output)));
  }

  @Test
  void dryRunShowsThePlanAndWritesNothing() throws IOException {
    JsonNode json = JSON.readTree(restore("--json", "--dry-run", "--txid=2").succeeded().out());
    assertThat(json)
        .isEqualTo(
            JSON.readTree(
                """
                {"restored": false, "dryRun": true, "replica": "%s", "txid": 2,
                 "time": "2026-11-21T10:10:00.250Z", "exact": true, "requestedTime": null, "pages": %d, "pageSize": 4096, "bytes": %d,
                 "checksum": "%016x", "objectBytes": %d,
                 "objects": [
                   {"key": "%s", "kind": "snapshot", "from": 0, "to": 1, "bytes": %d},
                   {"key": "%s", "kind": "segment", "from": 1, "to": 2, "bytes": %d}],
                 "output": "%s"}
                """
                    .formatted(
                        replica.url(),
                        replica.state(2).length / 4096,
                        replica.state(2).length,
                        TestReplica.checksum(replica.state(2)),
                        Files.size(replica.object(1)) + Files.size(replica.object(2)),
                        replica.dir().relativize(replica.object(1)),
                        Files.size(replica.object(1)),
                        replica.dir().relativize(replica.object(2)),
                        Files.size(replica.object(2)),
                        output)));
    assertThat(output).doesNotExist();
    assertThat(CliRun.of("restore", "--dry-run", replica.url()).succeeded().out())
        .startsWith("would restore transaction 5 of 2026-11-21T10:40:00.250Z: ")
        .hasLineCount(7);
  }

  @Test
  void anExistingFileIsNotTouchedUnlessForced() throws IOException {
    Files.writeString(output, "mine");
    assertThat(restore().failedWith(ExitCode.WOULD_OVERWRITE).err()).contains(output.toString());
    assertThat(output).hasContent("mine");
    CliRun run = restore("--if-not-exists").succeeded();
    assertThat(run.out()).isEqualTo("nothing restored: " + output + " exists\n");
    assertThat(output).hasContent("mine");
    restore("--force").succeeded();
    assertThat(output).hasBinaryContent(replica.state(5));
  }

  @Test
  void ifNotExistsAsksNoStore() throws IOException {
    Files.writeString(output, "mine");
    CliRun.of("restore", "--if-not-exists", "-o", output.toString(), unreachable()).succeeded();
  }

  @Test
  void ifReplicaExistsForgivesOnlyAProvablyEmptyPlace() throws IOException {
    String empty = "file://" + dir.resolve("nothing");
    CliRun.of("restore", "-o", output.toString(), empty).failedWith(ExitCode.NO_BACKUP);
    CliRun run =
        CliRun.of("restore", "--json", "--if-replica-exists", "-o", output.toString(), empty)
            .succeeded();
    assertThat(JSON.readTree(run.out()))
        .isEqualTo(
            JSON.readTree(
                """
                {"restored": false, "reason": "there is no backup at %s", "replica": "%s",
                 "output": "%s"}
                """
                    .formatted(empty, empty, output)));
    CliRun.of("restore", "--if-replica-exists", "-o", output.toString(), unreachable())
        .failedWith(ExitCode.STORE);
    Files.delete(replica.object(1));
    restore("--if-replica-exists").failedWith(ExitCode.HISTORY_DAMAGED);
    assertThat(output).doesNotExist();
  }

  @Test
  void targetsOutsideAreTold() {
    assertThat(restore("--txid=6").failedWith(ExitCode.TARGET_UNAVAILABLE).err())
        .contains("Transaction 6");
    restore("--timestamp=2026-11-21T10:00:00.249Z").failedWith(ExitCode.TARGET_UNAVAILABLE);
    assertThat(output).doesNotExist();
  }

  @Test
  void damageIsToldAndLeavesNothing() throws IOException {
    byte[] bytes = Files.readAllBytes(replica.object(3));
    bytes[bytes.length / 2] ^= 4;
    Files.write(replica.object(3), bytes);
    CliRun run = restore();
    assertThat(run.failedWith(ExitCode.HISTORY_DAMAGED).err())
        .contains(replica.object(3).getFileName().toString());
    assertThat(output).doesNotExist();
    restore("--txid=2").succeeded();
  }

  @Test
  void permissionsAreSet() throws IOException {
    restore("--mode=0640").succeeded();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(output)))
        .isEqualTo("rw-r-----");
  }

  /** Returns a replica on a port that nobody listens on. */
  static String unreachable() throws IOException {
    System.setProperty("aws.accessKeyId", "x");
    System.setProperty("aws.secretAccessKey", "y");
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return "s3://bucket/app?region=us-east-1&endpoint=http://127.0.0.1:" + socket.getLocalPort();
    }
  }
}
