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
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sidewal snapshot}: has the running agent take a snapshot. */
@Command(
    name = "snapshot",
    description = {
      "Has the running agent take a snapshot of what is committed now, and waits until the store has",
      "it. If nothing was committed since the last snapshot, none is taken.",
    },
    footer = {"", "Example:", "  sidewal snapshot /var/lib/app/app.db"})
final class SnapshotCommand extends SidewalCommand {

  @Parameters(paramLabel = "DB", arity = "1", description = "The database that is replicated.")
  private Path database;

  @Mixin private final AgentClient agent = new AgentClient();

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      defaultValue = "24h",
      converter = Quantities.DurationConverter.class,
      description = "How long to wait for it (default ${DEFAULT-VALUE}).")
  private Duration timeout;

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  SnapshotCommand(CliContext context) {
    super(context);
  }

  @Override
  Set<ExitCode> exitCodes() {
    return EnumSet.of(
        ExitCode.DONE,
        ExitCode.UNEXPECTED,
        ExitCode.USAGE,
        ExitCode.STORE,
        ExitCode.SUPERSEDED,
        ExitCode.DATABASE);
  }

  @Override
  int run() {
    JsonNode done = agent.ask("/snapshot", database, Optional.of(timeout));
    long txid = done.path("txid").asLong();
    if (json) {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("database", done.path("database").asText());
      fields.put("txid", txid);
      context().out().document(fields);
    } else {
      context().out().line("the store has a snapshot of transaction " + txid);
    }
    return ExitCode.DONE.code();
  }
}
