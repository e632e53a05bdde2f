package dev.sidewal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sidewal.error.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LogCommandTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path dir;
  private TestReplica replica;

  @BeforeEach
  void write() throws IOException, SQLException {
    replica = TestReplica.write(dir, 5);
  }

  @Test
  void jsonHasALineForEachTransaction() throws IOException {
    List<String> lines =
        CliRun.of("log", "--json", replica.url()).succeeded().out().lines().toList();
    assertThat(lines).hasSize(5);
    for (int txid = 1; txid <= 5; txid++) {
      assertThat(JSON.readTree(lines.get(txid - 1)))
          .isEqualTo(
              JSON.readTree(
                  """
                  {"txid": %d, "time": "2026-11-21T10:%d0:00.250Z", "pages": %d,
                   "databasePages": %d, "checksum": "%016x", "gap": false, "image": %s}
                  """
                      .formatted(
                          txid,
                          txid - 1,
                          replica.frames(txid),
                          replica.state(txid).length / TestReplica.PAGE,
                          TestReplica.checksum(replica.state(txid)),
                          txid == 1)));
    }
  }

  @Test
  void textHasAHeadingAndColumns() {
    assertThat(CliRun.of("log", "--limit", "1", replica.url()).succeeded().out())
        .isEqualTo(
            """
                    txid  time                          pages   db pages
                       5  2026-11-21T10:40:00.250Z %10d %10d
            """
                .formatted(replica.frames(5), replica.state(5).length / TestReplica.PAGE));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--limit 2 | 4 5",
        "--limit 99 | 1 2 3 4 5",
        "--from 2026-11-21T10:20:00.250Z | 3 4 5",
        "--from 2026-11-21T10:20:00.251Z | 4 5",
        "--to 2026-11-21T10:20:00.250Z | 1 2 3",
        "--to 2026-11-21T10:20:00.249Z | 1 2",
        "--to 2026-11-21T10:20:00.249Z --limit 1 | 2",
        "--from -100m --to -90m | 3",
        "--from -100m --to -80m --limit 1 | 4",
        "--from 2026-11-21T10:20:00.250Z --to 2026-11-21T10:20:00.250Z | 3",
        "--from now | ",
        "--to 2020-01-01T00:00:00Z | ",
      })
  void rangesAndLimits(String options, String expected) throws IOException {
    List<String> args = new ArrayList<>(List.of("log", "--json"));
    args.addAll(List.of(options.split(" ", -1)));
    args.add(replica.url());
    List<String> txids = new ArrayList<>();
    for (String line : CliRun.of(args.toArray(String[]::new)).succeeded().out().lines().toList()) {
      JsonNode json = JSON.readTree(line);
      txids.add(json.get("txid").asText());
    }
    assertThat(String.join(" ", txids)).isEqualTo(expected == null ? "" : expected);
  }

  @Test
  void aHoleIsTold() throws IOException {
    Files.delete(replica.object(3));
    CliRun run = CliRun.of("log", "--json", replica.url());
    assertThat(run.code()).isEqualTo(ExitCode.HISTORY_DAMAGED.code());
    assertThat(run.out().lines()).hasSize(4);
    assertThat(run.err()).startsWith("error: ").contains("no object holds transaction 3.");
  }

  @Test
  void aDamagedObjectIsNamed() throws IOException {
    byte[] bytes = Files.readAllBytes(replica.object(5));
    bytes[bytes.length - 20] ^= 1;
    Files.write(replica.object(5), bytes);
    CliRun run = CliRun.of("log", "--limit", "1", replica.url());
    assertThat(run.failedWith(ExitCode.HISTORY_DAMAGED).err())
        .contains(replica.object(5).getFileName().toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "--limit 0 | --limit is 0",
        "--limit x | 'x' is not",
        "--from now --to -1h | --from now is later than --to -1h",
        "--from yesterday | 'yesterday' is not a time",
      })
  void refusesNonsense(String options, String message) {
    String[] args =
        Stream.concat(Stream.of("log", replica.url()), Stream.of(options.split(" ", -1)))
            .toArray(String[]::new);
    assertThat(CliRun.of(args).failedWith(ExitCode.USAGE).err()).contains(message);
  }

  @Test
  void anEmptyPlaceHasNoBackup() {
    CliRun.of("log", "file://" + dir.resolve("nothing")).failedWith(ExitCode.NO_BACKUP);
  }
}
