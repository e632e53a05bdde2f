package dev.sidewal.cli;

import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code sidewal sync}: has the running agent ship what is committed. */
@Command(
    name = "sync",
    description = {
      "Has the running agent ship what is committed now; with --wait, ends when the store has it.",
    },
    footer = {"", "Example:", "  sidewal sync --wait --timeout 5s /var/lib/app/app.db"})
final class SyncCommand extends AgentCommand {

  @Option(names = "--wait", description = "Wait until the store has it.")
  private boolean wait;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      defaultValue = "30s",
      converter = Quantities.DurationConverter.class,
      description = "How long to wait (default ${DEFAULT-VALUE}).")
  private Duration timeout;

  SyncCommand(CliContext context) {
    super(context);
  }

  @Override
  String path() {
    return "/sync";
  }

  @Override
  Optional<Duration> patience() {
    return wait ? Optional.of(timeout) : Optional.empty();
  }

  @Override
  String line(Optional<Long> txid) {
    return txid.map(t -> "the store has everything up to transaction " + t)
        .orElse("asked for; the store has it soon");
  }
}
