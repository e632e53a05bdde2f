package dev.sidewal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sidewal.error.ExitCode;
import dev.sidewal.replica.HistoryObject;
import dev.sidewal.segment.ObjectKind;
import dev.sidewal.segment.SegmentHeader;
import dev.sidewal.segment.SegmentWriter;
import dev.sidewal.segment.SegmentWriterOptions;
import dev.sidewal.segment.Transaction;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Eight transactions, ten minutes apart from 10:00 to 11:10, images of 1, 3 and 5; it is 12:00.
 * With a window of 75 minutes, the state of 10:45 must stay: image 5 of 10:40 and all that follows.
 */
final class PruneCommandTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path dir;
  private TestReplica replica;
  private Path output;

  @BeforeEach
  void write() throws IOException, SQLException {
    replica = TestReplica.write(dir, 8);
    output = dir.resolve("restored.db");
    snapshot(3);
    snapshot(5);
  }

  private void snapshot(int txid) throws IOException {
    byte[] database = replica.state(txid);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (SegmentWriter writer =
        new SegmentWriter(
            new SegmentHeader(ObjectKind.SNAPSHOT, TestReplica.ID, 1, TestReplica.PAGE, txid, 0, 0),
            out,
            SegmentWriterOptions.DEFAULT)) {
      long pages = database.length / TestReplica.PAGE;
      for (int page = 0; page < pages; page++) {
        writer.page(page + 1, database, page * TestReplica.PAGE);
      }
      writer.commit(
          new Transaction(
              txid,
              TestReplica.time(txid),
              pages,
              pages,
              pages,
              TestReplica.checksum(database),
              false));
      writer.finish();
    }
    Path file =
        replica.dir().resolve(HistoryObject.snapshot(1, txid, TestReplica.time(txid)).key());
    Files.write(file, out.toByteArray());
  }

  private CliRun prune(String... more) {
    String[] args =
        java.util.stream.Stream.concat(
                java.util.stream.Stream.of("prune", replica.url()),
                java.util.stream.Stream.of(more))
            .toArray(String[]::new);
    return CliRun.of(args);
  }

  private Set<String> files() throws IOException {
    try (var files = Files.walk(replica.dir())) {
      return files
          .filter(Files::isRegularFile)
          .map(f -> replica.dir().relativize(f).toString())
          .map(f -> f.replaceAll("generations/00000001/|0000000000000|-1[0-9]{12}", ""))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  @Test
  void listsAndChangesNothing() throws IOException {
    Set<String> before = files();
    CliRun run = prune("--retention=75m", "--hourly-retention=75m", "--daily-retention=off");
    assertThat(run.succeeded().out())
        .containsPattern("(?m)^snapshot +\\S+ \\S+ +old-snapshot +generations/00000001/snapshots/0")
        .containsPattern("(?m)^old-log +4 +")
        .contains(
            "would delete 6 objects",
            "every transaction since 2026-11-21T10:45:00.000Z stays restorable",
            "delete with --confirm");
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void deletesWhenTold() throws IOException {
    CliRun run =
        prune("--retention=75m", "--hourly-retention=75m", "--daily-retention=off", "--confirm");
    assertThat(run.succeeded().out()).contains("\ndeleted 6 objects").doesNotContain("confirm");
    assertThat(files())
        .containsExactly(
            "generation.json",
            "retired/005.mark",
            "segments/006-006.segment",
            "segments/007-007.segment",
            "segments/008-008.segment",
            "snapshots/005.snapshot");
    String mark = Files.readString(replica.dir().resolve(markKey()));
    assertThat(mark).contains("\"retiredUpTo\" : 5", "\"window\" : \"PT1H15M\"", "sidewal develop");
    CliRun again = prune("--retention=75m", "--daily-retention=off", "--confirm");
    assertThat(again.succeeded().out()).startsWith("nothing to prune: everything in file://");
    for (int txid = 5; txid <= 8; txid++) {
      CliRun.of("restore", "--force", "--txid=" + txid, "-o", output.toString(), replica.url())
          .succeeded();
      assertThat(output).hasBinaryContent(replica.state(txid));
    }
  }

  private String markKey() throws IOException {
    try (var files = Files.list(replica.dir().resolve("generations/00000001/retired"))) {
      return replica.dir().relativize(files.findFirst().orElseThrow()).toString();
    }
  }

  @Test
  void jsonHasEveryFact() throws IOException {
    JsonNode json =
        JSON.readTree(
            prune("--retention=75m", "--hourly-retention=75m", "--daily-retention=off", "--json")
                .succeeded()
                .out());
    assertThat(json.get("deleted").booleanValue()).isFalse();
    assertThat(json.get("windowStart").textValue()).isEqualTo("2026-11-21T10:45:00.000Z");
    assertThat(json.get("objects").intValue()).isEqualTo(6);
    assertThat(json.get("mark").textValue())
        .isEqualTo("generations/00000001/retired/0000000000000005-1795257600250.mark");
    assertThat(json.get("retired")).hasSize(6);
    assertThat(json.get("retired").get(0).get("reason").textValue()).isEqualTo("old-snapshot");
    assertThat(json.get("retired").get(0).get("kind").textValue()).isEqualTo("snapshot");
    assertThat(json.get("retired").get(5).get("reason").textValue()).isEqualTo("old-log");
    assertThat(json.get("failures")).isEmpty();
    long sum = 0;
    for (JsonNode object : json.get("retired")) {
      Path file = replica.dir().resolve(object.get("key").textValue());
      assertThat(object.get("bytes").longValue()).isEqualTo(Files.size(file));
      sum += Files.size(file);
    }
    assertThat(json.get("bytes").longValue()).isEqualTo(sum);
  }

  /**
   * Image 1 and 3 stay as hourly and daily ones; what is between is gone, and that is no damage.
   */
  @Test
  void whatIsKeptAsImagesOnly() throws IOException {
    prune("--retention=75m", "--hourly-retention=30d", "--confirm").succeeded();
    assertThat(CliRun.of("info", replica.url()).succeeded().out())
        .contains(
            "\nimages       2 moments from 2026-11-21T10:00:00.250Z to 2026-11-21T10:20:00.250Z\n"
                + "every        transaction from 2026-11-21T10:40:00.250Z to"
                + " 2026-11-21T11:10:00.250Z (4)\n"
                + "gaps         none\n")
        .doesNotContain("DAMAGED", "unknown");
    JsonNode grains =
        JSON.readTree(CliRun.of("info", "--json", replica.url()).succeeded().out()).get("grains");
    assertThat(grains)
        .isEqualTo(
            JSON.readTree(
                """
                [{"grain": "image", "from": {"txid": 1, "time": "2026-11-21T10:00:00.250Z"},
                  "to": {"txid": 3, "time": "2026-11-21T10:20:00.250Z"}, "moments": 2},
                 {"grain": "transaction", "from": {"txid": 5, "time": "2026-11-21T10:40:00.250Z"},
                  "to": {"txid": 8, "time": "2026-11-21T11:10:00.250Z"}, "moments": 4}]
                """));
    assertThat(CliRun.of("log", replica.url()).succeeded().out().lines().skip(1))
        .extracting(line -> line.strip().replaceAll(" .*", ""))
        .containsExactly("1", "3", "5", "6", "7", "8");

    CliRun coarse =
        CliRun.of(
            "restore",
            "--json",
            "--timestamp=2026-11-21T10:15:00Z",
            "-o",
            output.toString(),
            replica.url());
    assertThat(coarse.code()).isZero();
    assertThat(coarse.err())
        .isEqualTo(
            "note: Of the time around 2026-11-21T10:15:00Z only images are kept, by retention:"
                + " transaction 1 of 2026-11-21T10:00:00.250Z, and next transaction 3 of"
                + " 2026-11-21T10:20:00.250Z. The former was taken; see --exact.\n");
    JsonNode json = JSON.readTree(coarse.out());
    assertThat(json.get("txid").intValue()).isEqualTo(1);
    assertThat(json.get("exact").booleanValue()).isFalse();
    assertThat(json.get("requestedTime").textValue()).isEqualTo("2026-11-21T10:15:00.000Z");
    assertThat(output).hasBinaryContent(replica.state(1));
    Files.delete(output);

    for (String[] target :
        new String[][] {
          {"--exact", "--timestamp=2026-11-21T10:15:00Z"}, {"--txid=2", "--check=none"}
        }) {
      CliRun refused =
          CliRun.of("restore", target[0], target[1], "-o", output.toString(), replica.url())
              .failedWith(ExitCode.TARGET_UNAVAILABLE);
      assertThat(refused.err())
          .contains(
              "transaction 1 of 2026-11-21T10:00:00.250Z",
              "transaction 3 of 2026-11-21T10:20:00.250Z");
    }
    assertThat(output).doesNotExist();
    CliRun.of(
            "restore",
            "--exact",
            "--timestamp=2026-11-21T10:45:00Z",
            "-o",
            output.toString(),
            replica.url())
        .succeeded();
    assertThat(output).hasBinaryContent(replica.state(5));
  }

  @Test
  void behindTheMarkDamageStaysDamage() throws IOException {
    prune("--retention=75m", "--confirm").succeeded();
    Files.delete(replica.object(7));
    CliRun.of("restore", "--txid=7", "-o", output.toString(), replica.url())
        .failedWith(ExitCode.HISTORY_DAMAGED);
    CliRun.of("restore", "--timestamp=2026-11-21T11:00:00Z", "-o", output.toString(), replica.url())
        .failedWith(ExitCode.HISTORY_DAMAGED);
    assertThat(CliRun.of("info", replica.url()).succeeded().out()).contains("DAMAGED");
  }

  @Test
  void anImageThatIsNotWholeKeepsWhatIsOlder() throws IOException {
    Path image = replica.dir().resolve(HistoryObject.snapshot(1, 5, TestReplica.time(5)).key());
    Files.write(image, new byte[(int) Files.size(image)]);
    Set<String> before = files();
    CliRun run = prune("--retention=75m", "--confirm");
    assertThat(run.code()).isEqualTo(ExitCode.HISTORY_DAMAGED.code());
    assertThat(run.err()).startsWith("warning: ").contains("snapshots/0000000000000005-");
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void nothingIsOldEnough() throws IOException {
    Set<String> before = files();
    assertThat(prune("--retention=30d", "--confirm").succeeded().out())
        .startsWith("nothing to prune: ");
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void anEmptyPlaceHasNoBackup() {
    CliRun.of("prune", "--retention=30d", "file://" + dir.resolve("nothing"))
        .failedWith(ExitCode.NO_BACKUP);
  }
}
