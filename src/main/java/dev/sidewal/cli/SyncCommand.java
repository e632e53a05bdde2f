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

/** {@code sidewal sync}: has the running agent ship what is committed. */
@Command(
    name = "sync",
    description = {
      "Has the running agent ship what is committed now; with --wait, ends when the store has it.",
    },
    footer = {"", "Example:", "  sidewal sync --wait --timeout 5s /var/lib/app/app.db"})
final class SyncCommand extends SidewalCommand {

  @Parameters(paramLabel = "DB", arity = "1", description = "The database that is replicated.")
  private Path database;

  @Mixin private final AgentClient agent = new AgentClient();

  @Option(names = "--wait", description = "Wait until the store has it.")
  private boolean wait;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      defaultValue = "30s",
      converter = Quantities.DurationConverter.class,
      description = "How long to wait (default ${DEFAULT-VALUE}).")
  private Duration timeout;

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  SyncCommand(CliContext context) {
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
    JsonNode done = agent.ask("/sync", database, wait ? Optional.of(timeout) : Optional.empty());
    if (json) {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("database", done.path("database").asText());
      fields.put("txid", wait ? Optional.of(done.path("txid").asLong()) : Optional.empty());
      context().out().document(fields);
    } else {
      context()
          .out()
          .line(
              wait
                  ? "the store has everything up to transaction " + done.path("txid").asLong()
                  : "asked for; the store has it soon");
    }
    return ExitCode.DONE.code();
  }
}
