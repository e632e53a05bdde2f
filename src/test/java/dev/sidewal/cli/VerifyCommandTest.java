package dev.sidewal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sidewal.error.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code sidewal verify}: what it prints and how it ends. */
final class VerifyCommandTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path dir;
  @TempDir Path scratch;
  private TestReplica replica;

  @BeforeEach
  void write() throws Exception {
    replica = TestReplica.write(dir, 5);
  }

  @AfterEach
  void nothingIsLeftBehind() throws IOException {
    try (var files = Files.list(scratch)) {
      assertThat(files).isEmpty();
    }
  }

  private CliRun verify(String... more) {
    List<String> args = new ArrayList<>(List.of("verify", replica.url(), "--scratch=" + scratch));
    args.addAll(List.of(more));
    return CliRun.of(args.toArray(String[]::new));
  }

  private static void failed(CliRun run, ExitCode code) {
    assertThat(run.code()).as(run.err()).isEqualTo(code.code());
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.err()).startsWith("error: ").contains("did not pass: ");
  }

  private static JsonNode json(CliRun run) throws IOException {
    return JSON.readTree(run.out());
  }

  private static List<String> kinds(JsonNode report) {
    return StreamSupport.stream(report.get("findings").spliterator(), false)
        .map(f -> f.get("kind").asText())
        .toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"list", "objects", "restore", "RESTORE"})
  void whatIsWholePasses(String level) {
    CliRun run = verify("--level=" + level).succeeded();
    assertThat(run.out()).contains("lead to transactions 1 to 5").contains("passed at level ");
  }

  @Test
  void jsonHasEveryFact() throws Exception {
    JsonNode report = json(verify("--json", "--txid=3").succeeded());
    assertThat(report.get("passed").asBoolean()).isTrue();
    assertThat(report.get("level").asText()).isEqualTo("restore");
    assertThat(report.get("latest").asLong()).isEqualTo(5);
    assertThat(report.get("restored").get("txid").asLong()).isEqualTo(3);
    assertThat(report.get("restored").get("checksum").asText())
        .isEqualTo(Texts.checksum(TestReplica.checksum(replica.state(3))));
    assertThat(report.get("findings")).isEmpty();
    JsonNode at = json(verify("--json", "--timestamp", "2026-11-21T10:31:00Z"));
    assertThat(at.get("restored").get("txid").asLong()).isEqualTo(4);
  }

  @Test
  void damageAndHolesEndWithFive() throws Exception {
    byte[] bytes = Files.readAllBytes(replica.object(3));
    bytes[bytes.length / 2] ^= 4;
    Files.write(replica.object(3), bytes);
    CliRun run = verify("--level=objects");
    failed(run, ExitCode.HISTORY_DAMAGED);
    assertThat(run.out()).contains("DID NOT PASS", replica.object(3).getFileName().toString());
    assertThat(kinds(json(verify("--json")))).containsExactly("not-restored");
    assertThat(verify("--txid=2").code()).isZero();
    Files.delete(replica.object(2));
    CliRun hole = verify("--level=list");
    failed(hole, ExitCode.HISTORY_DAMAGED);
    assertThat(hole.out()).contains("Transactions 2 to 5 cannot be restored");
    assertThat(kinds(json(verify("--json", "--level=objects"))))
        .containsExactly("unreachable", "damaged");
  }

  @Test
  void noBackupAndNoRoom() {
    CliRun.of("verify", "file:" + dir.resolve("nothing")).failedWith(ExitCode.NO_BACKUP);
    CliRun run =
        CliRun.of("verify", replica.url(), "--scratch=" + replica.object(1))
            .failedWith(ExitCode.DATABASE);
    assertThat(run.err()).contains("no room");
    verify("--txid=9").failedWith(ExitCode.TARGET_UNAVAILABLE);
  }

  @Test
  void theLiveDatabaseIsEqual() throws Exception {
    Path live = dir.resolve("source.db");
    byte[] before = Files.readAllBytes(live);
    CliRun run = verify("--against", live.toString()).succeeded();
    assertThat(run.out()).contains("equal: the live database was transaction 5, byte for byte");
    assertThat(live).hasBinaryContent(before);
    Files.write(live, replica.state(3));
    assertThat(verify("--against", live.toString()).succeeded().out())
        .contains("was transaction 3");
  }

  @Test
  void theLiveDatabaseDiffers() throws Exception {
    Path live = dir.resolve("source.db");
    sql(live, "UPDATE t SET value='changed' WHERE id=2", "DELETE FROM t WHERE id=4");
    CliRun run = verify("--against", live.toString(), "--patience=0ms", "--json");
    failed(run, ExitCode.VERIFICATION_FAILED);
    JsonNode against = json(run).get("against");
    assertThat(against.get("outcome").asText()).isEqualTo("differs");
    assertThat(against.get("txid").asLong()).isEqualTo(5);
    JsonNode table =
        StreamSupport.stream(against.get("tables").spliterator(), false)
            .filter(t -> t.get("name").asText().equals("t"))
            .findFirst()
            .orElseThrow();
    assertThat(table.get("restoredRows").asLong()).isEqualTo(4);
    assertThat(table.get("liveRows").asLong()).isEqualTo(3);
    byte[] state = replica.state(5);
    byte[] bytes = Files.readAllBytes(live);
    for (JsonNode page : against.get("firstPages")) {
      int at = (page.asInt() - 1) * TestReplica.PAGE;
      assertThat(
              at >= bytes.length
                  || !java.util.Arrays.equals(
                      bytes, at, at + TestReplica.PAGE, state, at, at + TestReplica.PAGE))
          .isTrue();
    }
  }

  /** Every table is counted, those that are in one of them only as well. */
  @Test
  void rowsAreCounted() throws Exception {
    Path live = dir.resolve("source.db");
    CliRun equal = verify("--against", live.toString(), "--rows").succeeded();
    assertThat(equal.out()).contains("rows         t: 4 restored, as many live now");
    sql(live, "DELETE FROM t WHERE id=4", "CREATE TABLE \"a \"\"new\"\" one\"(x)");
    CliRun run = verify("--against", live.toString(), "--patience=0ms", "--rows", "--json");
    failed(run, ExitCode.VERIFICATION_FAILED);
    JsonNode rows = json(run).get("against").get("rows");
    assertThat(rows.get(0).get("name").asText()).isEqualTo("a \"new\" one");
    assertThat(rows.get(0).get("restoredRows").asLong()).isEqualTo(-1);
    assertThat(rows.get(0).get("liveRows").asLong()).isZero();
    assertThat(rows.get(1).get("name").asText()).isEqualTo("t");
    assertThat(rows.get(1).get("restoredRows").asLong()).isEqualTo(4);
    assertThat(rows.get(1).get("liveRows").asLong()).isEqualTo(3);
    assertThat(rows).hasSize(2);
  }

  /** What its log alone explains is no difference. */
  @Test
  void theLiveDatabaseIsAhead() throws Exception {
    Path live = dir.resolve("source.db");
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + live);
        Statement s = c.createStatement()) {
      s.execute("PRAGMA journal_mode=WAL");
      s.execute("PRAGMA wal_autocheckpoint=0");
      s.execute("INSERT INTO t(value) VALUES(hex(zeroblob(9000)))");
      s.execute("INSERT INTO t(value) VALUES(hex(zeroblob(9000)))");
      CliRun run = verify("--against", live.toString(), "--patience=0ms");
      assertThat(run.code()).as(run.out() + run.err()).isZero();
      assertThat(run.out()).contains("ahead of transaction 5 by at least ");
    }
  }

  private static void sql(Path file, String... statements) throws Exception {
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement s = c.createStatement()) {
      for (String statement : statements) {
        s.execute(statement);
      }
    }
  }
}
