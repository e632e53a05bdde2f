package dev.sidewal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sidewal.error.ExitCode;
import dev.sidewal.testing.Programs;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The built jar says when it went wrong, and the program that wrote the database knows. */
class ForensicsIT {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int TRANSACTIONS = Integer.getInteger("sidewal.forensics.transactions", 200);
  private static final int MEGABYTES = Integer.getInteger("sidewal.forensics.megabytes", 1);

  @TempDir Path dir;

  @BeforeAll
  static void needsPython() {
    Programs.assumePython();
  }

  /** What each transaction left, as the writer says. */
  private List<JsonNode> write(Path database, String url, int bad, long seed) throws Exception {
    List<JsonNode> states = new ArrayList<>();
    Process writer =
        new ProcessBuilder(
                "python3",
                "src/test/resources/writers/forensics_writer.py",
                database.toString(),
                Integer.toString(TRANSACTIONS),
                Integer.toString(bad),
                Integer.toString(MEGABYTES),
                Long.toString(seed))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader out =
            new BufferedReader(
                new InputStreamReader(writer.getInputStream(), StandardCharsets.UTF_8));
        OutputStream in = writer.getOutputStream()) {
      assertThat(out.readLine()).isEqualTo("ready");
      try (SidewalProcess agent = SidewalProcess.start("replicate", database.toString(), url)) {
        agent.awaitFollowing();
        in.write('\n');
        in.flush();
        for (int i = 0; i < TRANSACTIONS; i++) {
          states.add(JSON.readTree(out.readLine()));
        }
        agent.terminate().succeeded();
      }
    } finally {
      writer.destroyForcibly().onExit().join();
    }
    return states;
  }

  private static List<JsonNode> lines(SidewalProcess.Outcome outcome) throws Exception {
    assertThat(outcome.code()).as(outcome.err()).isZero();
    List<JsonNode> lines = new ArrayList<>();
    for (String line : outcome.out().lines().toList()) {
      lines.add(JSON.readTree(line));
    }
    return lines;
  }

  @Test
  void theCommandsSayWhatTheWriterDid() throws Exception {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("ForensicsIT: seed " + seed);
    int bad = 2 + new Random(seed).nextInt(TRANSACTIONS - 2);
    Path database = dir.resolve("it's app.db");
    String url = "file://" + dir.resolve("replica");
    List<JsonNode> states = write(database, url, bad, seed);
    String scratch = "--scratch=" + dir.resolve("scratch");

    List<JsonNode> log = lines(SidewalProcess.run("log", "--json", url));
    long before = log.get(log.size() - 1).get("txid").asLong() - TRANSACTIONS;
    assertThat(log.stream().filter(line -> line.get("gap").asBoolean())).isEmpty();

    long begin = System.nanoTime();
    SidewalProcess.Outcome found =
        SidewalProcess.run(
            "bisect", "--json", scratch, url, "--query=SELECT count(*) FROM users", "--good=> 0");
    figure("bisect", begin, found);
    assertThat(found.code()).as(found.err()).isZero();
    JsonNode bisect = JSON.readTree(found.out());
    assertThat(bisect.get("lastGood").get("txid").asLong()).isEqualTo(before + bad - 1);
    assertThat(bisect.get("lastGood").get("value").asText())
        .isEqualTo(states.get(bad - 2).get("users").asText());
    assertThat(bisect.get("firstBad").get("txid").asLong()).isEqualTo(before + bad);
    assertThat(bisect.get("firstBad").get("value").asText()).isEqualTo("0");
    System.out.println(
        "asked "
            + bisect.get("asked")
            + " of "
            + bisect.get("states")
            + ", restores "
            + bisect.get("restores")
            + ", bytes "
            + bisect.get("bytesRead"));

    begin = System.nanoTime();
    SidewalProcess.Outcome told =
        SidewalProcess.run(
            "log", "--tables", "--json", scratch, "--limit=" + (TRANSACTIONS - 1), url);
    figure("log --tables", begin, told);
    List<JsonNode> tables = lines(told);
    assertThat(tables).hasSize(TRANSACTIONS - 1);
    for (int n = 2; n <= TRANSACTIONS; n++) {
      JsonNode line = tables.get(n - 2);
      assertThat(line.get("txid").asLong()).isEqualTo(before + n);
      for (String table : List.of("users", "orders", "ballast")) {
        long rows = 0;
        for (JsonNode touched : line.get("tables")) {
          rows += touched.get("name").asText().equals(table) ? touched.get("rows").asLong() : 0;
        }
        assertThat(rows)
            .as("%s of transaction %s", table, n)
            .isEqualTo(
                states.get(n - 1).get(table).asLong() - states.get(n - 2).get(table).asLong());
      }
    }

    // The command that is printed works as it is, whatever the names.
    SidewalProcess.Outcome only =
        SidewalProcess.run("log", "--table", "users", "--from=-1d", scratch, url);
    assertThat(only.out()).contains("users -" + states.get(bad - 2).get("users").asText() + " row");
    assertThat(
            SidewalProcess.run("bisect", url, scratch, "--query=SELECT 1 FROM nobody", "--good=> 0")
                .code())
        .isEqualTo(ExitCode.TARGET_UNAVAILABLE.code());
    assertThat(SidewalProcess.run("bisect", url, scratch, "--check=quick").out())
        .contains("holds at both ends");
    assertThat(dir.resolve("scratch")).isEmptyDirectory();
  }

  private static void figure(String what, long begin, SidewalProcess.Outcome outcome) {
    System.out.println(
        what
            + ": "
            + (System.nanoTime() - begin) / 1_000_000
            + " ms, peak "
            + (outcome.peakBytes() >> 20)
            + " MiB");
  }
}
