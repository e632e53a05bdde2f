package dev.sidewal.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sidewal.error.ExitCode;
import dev.sidewal.error.UsageException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sidewal status}: what the running agent is doing. */
@Command(
    name = "status",
    description = "Shows what the running agent is doing, with all of its databases or one.",
    footer = {"", "Example:", "  sidewal status"})
final class StatusCommand extends SidewalCommand {

  private static final ObjectMapper JSON = new ObjectMapper();

  @Parameters(paramLabel = "DB", arity = "0..1", description = "One database only.")
  private Optional<Path> database = Optional.empty();

  @Mixin private final AgentClient agent = new AgentClient();

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  StatusCommand(CliContext context) {
    super(context);
  }

  @Override
  Set<ExitCode> exitCodes() {
    return EnumSet.of(ExitCode.DONE, ExitCode.UNEXPECTED, ExitCode.USAGE, ExitCode.DATABASE);
  }

  @Override
  int run() {
    List<JsonNode> all = new ArrayList<>();
    for (JsonNode node : agent.status().path("databases")) {
      boolean wanted =
          database
              .map(
                  d ->
                      Path.of(node.path("database").asText())
                          .equals(d.toAbsolutePath().normalize()))
              .orElse(true);
      if (wanted) {
        all.add(node);
      }
    }
    if (all.isEmpty()) {
      throw new UsageException(
          "this agent does not replicate " + database.map(Path::toString).orElse("anything"));
    }
    if (json) {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("databases", all.stream().map(StatusCommand::fields).toList());
      context().out().document(fields);
    } else {
      all.forEach(this::line);
    }
    return ExitCode.DONE.code();
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> fields(JsonNode node) {
    return JSON.convertValue(node, LinkedHashMap.class);
  }

  private void line(JsonNode node) {
    String trouble = node.path("trouble").asText();
    context()
        .out()
        .line(
            String.format(
                Locale.ROOT,
                "%s: %s, generation %d; copied up to transaction %d, the store has %d (lag %.1f s, %d"
                    + " bytes wait); %d snapshots, %d deltas, %d packs%s",
                node.path("database").asText(),
                node.path("state").asText(),
                node.path("generation").asLong(),
                node.path("lastTxid").asLong(),
                node.path("shippedTxid").asLong(),
                node.path("lagSeconds").asDouble(),
                node.path("spoolBytes").asLong(),
                node.path("snapshots").asLong(),
                node.path("deltas").asLong(),
                node.path("packs").asLong(),
                trouble.isEmpty() ? "" : "; " + trouble));
  }
}
