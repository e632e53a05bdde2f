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
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the command prints, and with which code it ends. */
final class DoctorCommandTest {

  /** A port that nobody listens on. */
  private static final String NO_AGENT = "--endpoint=http://127.0.0.1:1";

  @TempDir Path dir;
  private Path db;

  @BeforeEach
  void database() throws SQLException {
    db = dir.resolve("app.db");
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + db);
        Statement s = c.createStatement()) {
      s.execute("PRAGMA journal_mode=WAL");
      s.execute("CREATE TABLE t(x)");
    }
  }

  private static CliRun doctor(Object... args) {
    return CliRun.live(
        Stream.concat(
                Stream.of("doctor", NO_AGENT, "--watch", "10ms"),
                Stream.of(args).map(Object::toString))
            .toArray(String[]::new));
  }

  @Test
  void aHealthyDatabaseEndsWithZero() {
    CliRun run = doctor(db).succeeded();
    assertThat(run.out())
        .contains("OK      database-facts: ")
        .contains("NOTE    agent-not-there\n  found:  No agent answers")
        .containsPattern("0 errors, 0 warnings, [12] notes?; 7 as it should be\\.\n$");
    assertThat(run.out().lines()).allMatch(line -> !line.startsWith("  ") || line.length() <= 100);
  }

  @Test
  void theWorstComesFirstAndAnErrorEndsWithEight() throws IOException {
    Path other = Files.write(dir.resolve("x.db"), new byte[4096]);
    Files.createLink(dir.resolve("y.db"), other);
    CliRun run = doctor(other);
    assertThat(run.code()).isEqualTo(ExitCode.VERIFICATION_FAILED.code());
    assertThat(run.out()).startsWith("ERROR   not-a-database\n  found:  ");
    assertThat(run.out().indexOf("WARNING several-names"))
        .isBetween(1, run.out().indexOf("NOTE    agent-not-there"));
    assertThat(run.err()).startsWith("error: ").contains("1 error, 1 warning");
  }

  @Test
  void warningsFailWithStrictOnly() throws IOException {
    Files.createLink(dir.resolve("second.db"), db);
    doctor(db).succeeded();
    assertThat(doctor(db, "--strict").code()).isEqualTo(8);
  }

  @Test
  void aMissingDatabaseAndAMissingStoreHaveCodesOfTheirOwn() {
    assertThat(doctor(dir.resolve("none.db")).code()).isEqualTo(10);
    assertThat(doctor(db, "file:" + dir.resolve("a/b/c")).code()).isEqualTo(4);
    assertThat(doctor(dir.resolve("none.db"), "file:" + dir.resolve("a/b/c")).code()).isEqualTo(10);
  }

  @Test
  void jsonHasTheSameFindings() throws IOException {
    CliRun run = doctor(db, "file:" + dir.resolve("replica"), "--json").succeeded();
    JsonNode json = new ObjectMapper().readTree(run.out());
    assertThat(json.path("database").asText()).isEqualTo(db.toString());
    assertThat(json.path("replica").asText()).isEqualTo("file://" + dir.resolve("replica"));
    assertThat(json.path("worst").asText()).isEqualTo("warning");
    List<String> ids = json.path("findings").findValuesAsText("id");
    assertThat(ids.get(0)).isEqualTo("replica-same-disk");
    assertThat(ids).contains("locks-free", "history-none", "agent-not-there");
    json.path("findings")
        .forEach(
            f ->
                assertThat(f.fieldNames())
                    .toIterable()
                    .containsExactly("id", "severity", "found", "meaning", "remedy"));
  }

  @Test
  void aReplicaWithHistoryIsRead() throws Exception {
    TestReplica.write(dir, 3);
    CliRun run = doctor(db, "file:" + dir.resolve("replica"));
    assertThat(run.out()).contains("OK      history-restorable: Restorable to transaction 3;");
  }

  @Test
  void permissionsOfAnotherUserAreExamined() throws IOException {
    CliRun run = doctor(db, "--as-user", "54321:54321");
    assertThat(run.code()).isEqualTo(8);
    assertThat(run.out()).contains("ERROR   permission-database").contains("uid 54321");
  }
}
