package dev.sidewal.cli;

import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code sidewal snapshot}: has the running agent take a snapshot. */
@Command(
    name = "snapshot",
    description = {
      "Has the running agent take a snapshot of what is committed now, and waits until the store has",
      "it. If nothing was committed since the last snapshot, none is taken.",
    },
    footer = {"", "Example:", "  sidewal snapshot /var/lib/app/app.db"})
final class SnapshotCommand extends AgentCommand {

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      defaultValue = "24h",
      converter = Quantities.DurationConverter.class,
      description = "How long to wait for it (default ${DEFAULT-VALUE}).")
  private Duration timeout;

  SnapshotCommand(CliContext context) {
    super(context);
  }

  @Override
  String path() {
    return "/snapshot";
  }

  @Override
  Optional<Duration> patience() {
    return Optional.of(timeout);
  }

  @Override
  String line(Optional<Long> txid) {
    return "the store has a snapshot of transaction " + txid.orElseThrow();
  }
}
