package dev.sidewal.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sidewal.error.ExitCode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What the commands share that have the running agent do something for one database. */
abstract class AgentCommand extends SidewalCommand {

  @Parameters(paramLabel = "DB", arity = "1", description = "The database that is replicated.")
  private Path database;

  @Mixin private final AgentClient agent = new AgentClient();

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  AgentCommand(CliContext context) {
    super(context);
  }

  @Override
  final Set<ExitCode> exitCodes() {
    return EnumSet.of(
        ExitCode.DONE,
        ExitCode.UNEXPECTED,
        ExitCode.USAGE,
        ExitCode.STORE,
        ExitCode.SUPERSEDED,
        ExitCode.DATABASE);
  }

  /** Returns the path of the endpoint that is asked. */
  abstract String path();

  /** Returns how long to wait until it is done; empty for not at all. */
  abstract Optional<Duration> patience();

  /**
   * Returns what is said when it is done.
   *
   * @param txid the transaction that the store has then; empty if nobody waited
   */
  abstract String line(Optional<Long> txid);

  @Override
  final int run() {
    JsonNode done = agent.ask(path(), database, patience());
    Optional<Long> txid = patience().map(waited -> done.path("txid").asLong());
    if (json) {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("database", done.path("database").asText());
      fields.put("txid", txid);
      context().out().document(fields);
    } else {
      context().out().line(line(txid));
    }
    return ExitCode.DONE.code();
  }
}
