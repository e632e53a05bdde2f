package dev.sidewal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sidewal.error.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class InfoCommandTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path dir;
  private TestReplica replica;

  @BeforeEach
  void write() throws IOException, SQLException {
    replica = TestReplica.write(dir, 4);
  }

  @Test
  void jsonHasEveryFact() throws IOException {
    String segments =
        """
        {"objects": 3, "bytes": %d}"""
            .formatted(
                Files.size(replica.object(2))
                    + Files.size(replica.object(3))
                    + Files.size(replica.object(4)));
    long history = replica.bytes() - manifestBytes();
    assertThat(JSON.readTree(CliRun.of("info", "--json", replica.url()).succeeded().out()))
        .isEqualTo(
            JSON.readTree(
                """
                {"replica": "%s", "replicaId": "00000000-0000-1234-0000-000000005678",
                 "pageSize": 4096,
                 "earliest": {"txid": 1, "time": "2026-11-21T10:00:00.250Z"},
                 "latest": {"txid": 4, "time": "2026-11-21T10:30:00.250Z"},
                 "latestRecorded": 4, "restorable": [{"first": 1, "last": 4}],
                 "grains": [{"grain": "transaction",
                   "from": {"txid": 1, "time": "2026-11-21T10:00:00.250Z"},
                   "to": {"txid": 4, "time": "2026-11-21T10:30:00.250Z"}, "moments": 4}],
                 "gaps": [],
                 "generations": [
                   {"generation": 1, "parent": null, "continues": false,
                    "created": "2026-11-21T09:59:59.250Z", "first": 1, "last": 4, "lastValid": 4,
                    "fenced": [], "state": "active", "objects": 4, "bytes": %d}],
                 "snapshots": [
                   {"generation": 1, "txid": 1, "time": "2026-11-21T10:00:00.250Z", "bytes": %d,
                    "valid": true,
                    "key": "generations/00000001/snapshots/0000000000000001-1795255200250.snapshot"}],
                 "segments": %s, "packs": {"objects": 0, "bytes": 0},
                 "deltas": {"objects": 0, "bytes": 0},
                 "objects": 5, "bytes": %d, "unknownKeys": []}
                """
                    .formatted(
                        replica.url(),
                        history,
                        Files.size(replica.object(1)),
                        segments,
                        replica.bytes())));
  }

  @Test
  void textIsForPeople() throws IOException {
    assertThat(CliRun.of("info", replica.url()).succeeded().out())
        .isEqualTo(
            """
            replica      %s
            page size    4096 bytes
            earliest     transaction 1, 2026-11-21T10:00:00.250Z (1h 59m ago)
            latest       transaction 4, 2026-11-21T10:30:00.250Z (1h 29m ago)
            every        transaction from 2026-11-21T10:00:00.250Z to 2026-11-21T10:30:00.250Z (4)
            gaps         none
            objects      5, %s: 3 segments (%s), 1 snapshot (%s)

            generation  parent    claimed                   first                 last                  state             size
            00000001    -         2026-11-21T09:59:59.250Z  1                     4                     active      %10s

            snapshot              time                      generation        size
            1                     2026-11-21T10:00:00.250Z  00000001    %10s
            """
                .formatted(
                    replica.url(),
                    Texts.bytes(replica.bytes()),
                    Texts.bytes(replica.bytes() - manifestBytes() - Files.size(replica.object(1))),
                    Texts.bytes(Files.size(replica.object(1))),
                    Texts.bytes(replica.bytes() - manifestBytes()),
                    Texts.bytes(Files.size(replica.object(1)))));
  }

  @Test
  void aHoleIsShown() throws IOException {
    Files.delete(replica.object(3));
    assertThat(CliRun.of("info", replica.url()).succeeded().out())
        .contains("\nlatest       transaction 2, ")
        .contains("\nDAMAGED      transactions up to 4 were recorded, but 2 is the last ")
        .contains("\ngaps         transaction 3\n");
    assertThat(
            JSON.readTree(CliRun.of("info", "--json", replica.url()).succeeded().out()).get("gaps"))
        .isEqualTo(
            JSON.readTree(
                """
                [{"first": 3, "last": 3, "kind": "missing"}]"""));
  }

  @Test
  void anEmptyPlaceHasNoBackup() {
    CliRun run = CliRun.of("info", "--json", "file://" + dir.resolve("nothing"));
    assertThat(run.failedWith(ExitCode.NO_BACKUP).err()).contains("There is no backup at");
  }

  @Test
  void aMissingManifestIsDamage() throws IOException {
    Files.delete(manifest());
    CliRun run = CliRun.of("info", replica.url());
    assertThat(run.failedWith(ExitCode.HISTORY_DAMAGED).err()).contains("generation.json");
  }

  private Path manifest() {
    return replica.dir().resolve("generations/00000001/generation.json");
  }

  private long manifestBytes() throws IOException {
    return Files.size(manifest());
  }
}
