package dev.sidewal.cli;

import dev.sidewal.agent.VerificationOptions;
import dev.sidewal.restore.VerifyLevel;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options that say whether and how the agent verifies its own replica. */
final class VerifyFlags {

  @Option(
      names = "--verify-interval",
      paramLabel = "TIME|off",
      defaultValue = "off",
      converter = Quantities.IntervalConverter.class,
      description =
          "Verify the replica so often: restore it to a temporary file and check that; 24h is a"
              + " good choice (default ${DEFAULT-VALUE}). Not with --once.")
  private Quantities.Interval interval = new Quantities.Interval(Optional.empty());

  @Option(
      names = "--verify-level",
      paramLabel = "LEVEL",
      defaultValue = "restore",
      description = "How much: list, objects or restore, as of verify (default ${DEFAULT-VALUE}).")
  private VerifyLevel level = VerifyLevel.RESTORE;

  @Option(
      names = "--verify-directory",
      paramLabel = "DIR",
      description =
          "Where the temporary file is made; it needs the room of the database (default: the"
              + " database's state directory).")
  private Optional<Path> directory = Optional.empty();

  @Option(
      names = "--verify-bandwidth",
      paramLabel = "SIZE",
      defaultValue = "16MiB",
      converter = Quantities.SizeConverter.class,
      description =
          "How many bytes a second are read from the store for it (default ${DEFAULT-VALUE}).")
  private long bandwidth = VerificationOptions.BYTES_PER_SECOND;

  VerificationOptions options() {
    return new VerificationOptions(interval.time(), level, directory, Math.max(1, bandwidth));
  }
}
