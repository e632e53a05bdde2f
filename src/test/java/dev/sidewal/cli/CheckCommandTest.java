package dev.sidewal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sidewal.error.ExitCode;
import dev.sidewal.testing.Programs;
import dev.sidewal.testing.PythonConnection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code sidewal check} on databases that another process made, and has open. */
final class CheckCommandTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path dir;
  @TempDir Path scratch;
  private Path file;

  @BeforeEach
  void python() {
    Programs.assumePython();
    file = dir.resolve("app.db");
  }

  @AfterEach
  void nothingIsLeftBehind() {
    assertThat(scratch).isEmptyDirectory();
  }

  private CliRun check(String... more) {
    List<String> args = new ArrayList<>(List.of("check", file.toString(), "--scratch=" + scratch));
    args.addAll(List.of(more));
    return CliRun.of(args.toArray(String[]::new));
  }

  private static void failed(CliRun run, String verdict) {
    assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.VERIFICATION_FAILED.code());
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.err()).startsWith("error: ").contains("did not pass: " + verdict);
    assertThat(run.out()).contains("verdict      " + verdict);
  }

  private PythonConnection made(String... more) throws IOException {
    return PythonConnection.open(file)
        .run(
            "CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT)",
            "CREATE INDEX by_name ON users(name)",
            "CREATE TABLE orders(user_id REFERENCES users(id))",
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<2000)"
                + " INSERT INTO users SELECT i, 'user ' || i FROM n")
        .run(more);
  }

  @Test
  void whatIsSoundAndInUseAndChangesMeanwhile() throws Exception {
    try (PythonConnection c = made("PRAGMA journal_mode=WAL", "BEGIN IMMEDIATE")) {
      c.run("INSERT INTO users(name) VALUES('not committed')");
      for (String way : List.of("--live", "--full", "--copy")) {
        CliRun run = check(way).succeeded();
        assertThat(run.out()).contains("verdict      ok", "2 tables, 1 index; UTF-8", "WAL mode");
      }
      c.run("COMMIT");
      JsonNode report = JSON.readTree(check("--json").succeeded().out());
      assertThat(report.get("verdict").asText()).isEqualTo("ok");
      assertThat(report.get("passed").asBoolean()).isTrue();
      assertThat(report.get("journalMode").asText()).isEqualTo("wal");
      assertThat(report.get("copy").asBoolean()).isFalse();
      assertThat(report.get("rulesChecked").asBoolean()).isTrue();
      assertThat(report.get("walFramesPending").asLong()).isPositive();
      assertThat(report.get("writtenBy").asText()).startsWith("3.");
    }
  }

  /** Also no log that was not there before, or that was. */
  @Test
  void nothingIsChangedBeside() throws Exception {
    made("PRAGMA journal_mode=WAL", "PRAGMA wal_checkpoint(TRUNCATE)").close();
    Files.deleteIfExists(dir.resolve("app.db-wal"));
    Files.deleteIfExists(dir.resolve("app.db-shm"));
    byte[] before = Files.readAllBytes(file);
    check("--full").succeeded();
    assertThat(dir.toFile().list()).containsExactly("app.db");
    assertThat(file).hasBinaryContent(before);

    PythonConnection killed = PythonConnection.open(file);
    killed.run("INSERT INTO users(name) VALUES('in the log')").close();
    byte[] log = Files.readAllBytes(dir.resolve("app.db-wal"));
    assertThat(log).isNotEmpty();
    assertThat(check("--full").succeeded().out()).contains("not in the file yet");
    assertThat(file).hasBinaryContent(before);
    assertThat(dir.resolve("app.db-wal")).hasBinaryContent(log);
  }

  /** Rolling it back is for the application: were the journal another's, it would ruin the file. */
  @Test
  void aHotJournalIsLeftAlone() throws Exception {
    made().close();
    Path busy = dir.resolve("busy.db");
    Files.copy(file, busy);
    PythonConnection writer = PythonConnection.open(busy);
    writer.run(
        "PRAGMA cache_size=1",
        "BEGIN",
        "UPDATE users SET name='changed ' || id",
        "CREATE TABLE more AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n"
            + " WHERE i<500) SELECT hex(randomblob(500)) FROM n");
    writer.close();
    assertThat(dir.resolve("busy.db-journal")).isNotEmptyFile();
    Files.move(busy, file, StandardCopyOption.REPLACE_EXISTING);
    Files.move(dir.resolve("busy.db-journal"), dir.resolve("app.db-journal"));
    byte[] database = Files.readAllBytes(file);
    byte[] journal = Files.readAllBytes(dir.resolve("app.db-journal"));
    for (String way : List.of("--full", "--copy")) {
      assertThat(check(way).succeeded().out()).contains("of a private copy");
      assertThat(file).hasBinaryContent(database);
      assertThat(dir.resolve("app.db-journal")).hasBinaryContent(journal);
    }
    assertThat(check("--live").failedWith(ExitCode.DATABASE).err())
        .contains("a writer died in a transaction");
    assertThat(file).hasBinaryContent(database);
  }

  @Test
  void anIndexThatDiffers() throws Exception {
    made().close();
    byte[] bytes = Files.readAllBytes(file);
    // Whichever of the two it is, they differ from now on.
    bytes[new String(bytes, StandardCharsets.ISO_8859_1).indexOf("user 1234")] = 'z';
    Files.write(file, bytes);
    check().succeeded();
    CliRun run = check("--full");
    failed(run, "indexes damaged");
    assertThat(run.out()).contains("index by_name: ", "REINDEX");
    JsonNode report = JSON.readTree(check("--full", "--json").out());
    assertThat(report.get("problems").get(0).get("kind").asText()).isEqualTo("index");
    assertThat(report.get("problems").get(0).get("object").asText()).isEqualTo("by_name");
  }

  @Test
  void aFileThatWasCutOff() throws Exception {
    made().close();
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length - 4096));
    CliRun run = check();
    failed(run, "damaged");
    assertThat(run.out()).contains("cut off", "sidewal bisect");
  }

  @Test
  void foreignKeys() throws Exception {
    made("INSERT INTO orders VALUES(5), (99999)").close();
    CliRun run = check();
    failed(run, "foreign keys violated");
    assertThat(run.out()).contains("1 row refers from orders to users to nothing by user_id");
    CliRun noted = check("--no-foreign-keys").succeeded();
    assertThat(noted.out()).contains("1 row refers from orders");
  }

  @Test
  void whatIsHeldByAnotherIsCopied() throws Exception {
    try (PythonConnection c = made("PRAGMA locking_mode=EXCLUSIVE", "BEGIN EXCLUSIVE")) {
      CliRun live = check("--live").failedWith(ExitCode.DATABASE);
      assertThat(live.err()).contains("locked", "--copy");
      assertThat(c.tell("SELECT count(*) FROM users")).startsWith("ok [(2000,)]");
    }
  }

  @Test
  void whatIsNoDatabase() throws Exception {
    check().failedWith(ExitCode.DATABASE);
    assertThat(file).doesNotExist();
    Files.writeString(file, "something else ".repeat(100));
    assertThat(check().failedWith(ExitCode.DATABASE).err()).contains("not a SQLite database");
  }
}
