package dev.sidewal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sidewal.error.ExitCode;
import dev.sidewal.replica.GenerationManifest;
import dev.sidewal.replica.Position;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class InspectCommandTest {

  private static final Path GOLDEN = Path.of("src/test/resources/golden/v1-segment.segment");
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path dir;

  @Test
  void showsASegmentByItsPath() throws IOException {
    CliRun run = CliRun.of("inspect", "--json", GOLDEN.toString()).succeeded();
    JsonNode json = JSON.readTree(run.out());
    assertThat(json.get("kind").textValue()).isEqualTo("segment");
    assertThat(json.get("bytes").longValue()).isEqualTo(Files.size(GOLDEN));
    assertThat(json.get("checksum").textValue()).matches("[0-9a-f]{16}");
    assertThat(json.get("firstTime").textValue()).matches(".*\\.\\d{3}Z");
    assertThat(json.get("checked").booleanValue()).isFalse();
    assertThat(json.has("log")).isFalse();
  }

  @Test
  void listsItsTransactionsAndPages() throws IOException {
    JsonNode json =
        JSON.readTree(
            CliRun.of("inspect", "--json", "--pages", "--check", GOLDEN.toString())
                .succeeded()
                .out());
    JsonNode log = json.get("log");
    assertThat(json.get("checked").booleanValue()).isTrue();
    assertThat(log).hasSize(json.get("transactions").intValue());
    assertThat(log.get(0).get("txid").longValue()).isEqualTo(json.get("firstTxid").longValue());
    long pages = 0;
    for (JsonNode transaction : log) {
      long frames = 0;
      for (JsonNode pageRun : transaction.get("pageRuns")) {
        assertThat(pageRun).hasSize(2);
        frames += pageRun.get(1).longValue() - pageRun.get(0).longValue() + 1;
      }
      assertThat(frames).isEqualTo(transaction.get("frames").longValue());
      pages += frames;
    }
    assertThat(pages).isEqualTo(json.get("frames").longValue());
  }

  @Test
  void textHasTheSameFacts() throws IOException {
    JsonNode json = JSON.readTree(CliRun.of("inspect", "--json", GOLDEN.toString()).out());
    String text = CliRun.of("inspect", GOLDEN.toString()).succeeded().out();
    json.properties()
        .forEach(
            field ->
                assertThat(text.lines())
                    .contains(
                        String.format("%-17s %s", field.getKey(), field.getValue().asText())));
  }

  @Test
  void showsAManifest() throws IOException {
    Path file = dir.resolve("generation.json");
    GenerationManifest manifest =
        new GenerationManifest(
            new UUID(1, 2),
            3,
            new UUID(4, 5),
            Instant.parse("2026-11-21T10:00:00Z"),
            4096,
            "sidewal test",
            Optional.of(new Position(2, 41, 0xabcL)),
            true);
    Files.write(file, manifest.toBytes());
    assertThat(JSON.readTree(CliRun.of("inspect", "--json", file.toString()).succeeded().out()))
        .isEqualTo(
            JSON.readTree(
                """
                {"object": "%s", "kind": "generation",
                 "replicaId": "00000000-0000-0001-0000-000000000002", "generation": 3,
                 "claim": "00000000-0000-0004-0000-000000000005",
                 "created": "2026-11-21T10:00:00.000Z", "pageSize": 4096, "writer": "sidewal test",
                 "takesOver": {"generation": 2, "txid": 41, "checksum": "0000000000000abc"},
                 "continues": true, "firstTxid": 42, "bytes": %d}
                """
                    .formatted(file, Files.size(file))));
    assertThat(CliRun.of("inspect", file.toString()).succeeded().out())
        .contains("takesOver         00000002/41 (checksum 0000000000000abc)\n");
  }

  @Test
  void aDamagedObjectIsNamed() throws IOException {
    byte[] bytes = Files.readAllBytes(GOLDEN);
    bytes[bytes.length / 2] ^= 1;
    Path file = Files.write(dir.resolve("x.segment"), bytes);
    CliRun run = CliRun.of("inspect", "--check", file.toString());
    assertThat(run.failedWith(ExitCode.HISTORY_DAMAGED).err()).contains(file.toString());
  }

  @Test
  void aMissingFileIsWrongUsage() {
    CliRun run = CliRun.of("inspect", dir.resolve("none").toString());
    assertThat(run.failedWith(ExitCode.USAGE).err()).contains("there is no file");
  }
}
