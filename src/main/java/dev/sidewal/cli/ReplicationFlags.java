package dev.sidewal.cli;

import dev.sidewal.agent.PackOptions;
import dev.sidewal.agent.ReplicationOptions;
import dev.sidewal.retention.RetireMode;
import dev.sidewal.sqlite.FollowOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The options that say how a database is replicated. They are also the settings of a configuration
 * file that each database may have for itself, under their names without the dashes.
 */
final class ReplicationFlags {

  private static final Duration SHORTEST_STALL = Duration.ofMillis(1);

  @Option(
      names = "--sync-interval",
      paramLabel = "TIME",
      defaultValue = "1s",
      converter = Quantities.DurationConverter.class,
      description =
          "Ship at most one segment in this time, but the first after a quiet spell at once"
              + " (default ${DEFAULT-VALUE}).")
  private Duration syncInterval;

  @Option(
      names = "--state-dir",
      paramLabel = "DIR",
      description = "Where work files are kept (default: .<name>-sidewal beside the database).")
  private Optional<Path> stateDirectory = Optional.empty();

  @Option(
      names = "--spool-limit",
      paramLabel = "SIZE",
      defaultValue = "1GiB",
      converter = Quantities.SizeConverter.class,
      description =
          "How much may wait on local disk for the store; beyond it the database's log is held"
              + " (default ${DEFAULT-VALUE}).")
  private long spoolLimit;

  @Option(
      names = "--max-held-log",
      paramLabel = "SIZE",
      defaultValue = "1GiB",
      converter = Quantities.SizeConverter.class,
      description =
          "How long the database's log may get while nothing can be copied; then it is let go, and"
              + " what is committed until copying goes on becomes one transaction (default"
              + " ${DEFAULT-VALUE}).")
  private long maxHeldLogBytes;

  @Option(
      names = "--stall-timeout",
      paramLabel = "TIME",
      defaultValue = "60s",
      converter = Quantities.DurationConverter.class,
      description =
          "When following has not moved for so long, the log is let go and following begins anew"
              + " (default ${DEFAULT-VALUE}).")
  private Duration stallTimeout;

  @Option(
      names = "--segment-size",
      paramLabel = "SIZE",
      defaultValue = "8MiB",
      converter = Quantities.SizeConverter.class,
      description = "Ship a segment early at this compressed size (default ${DEFAULT-VALUE}).")
  private long segmentBytes;

  @Option(
      names = "--pack-size",
      paramLabel = "SIZE",
      defaultValue = "8MiB",
      converter = Quantities.SizeConverter.class,
      description =
          "Merge segments that were shipped into one object, a pack, when together they have so"
              + " many bytes; 0: never (default ${DEFAULT-VALUE}).")
  private long packBytes;

  @Option(
      names = "--pack-age",
      paramLabel = "TIME",
      defaultValue = "15m",
      converter = Quantities.DurationConverter.class,
      description =
          "Merge them, however small, when the oldest was shipped so long ago (default"
              + " ${DEFAULT-VALUE}).")
  private Duration packAge;

  @Option(
      names = "--max-log-size",
      paramLabel = "SIZE",
      defaultValue = "16MiB",
      converter = Quantities.SizeConverter.class,
      description =
          "Make a short pause for writers, so that the log can begin anew, when it is this long"
              + " (default ${DEFAULT-VALUE}).")
  private long maxLogBytes;

  @Mixin private final ImageFlags images = new ImageFlags();

  @Option(
      names = "--retention",
      paramLabel = "TIME",
      defaultValue = "7d",
      converter = Quantities.DurationConverter.class,
      description = "How long every transaction stays restorable (default ${DEFAULT-VALUE}).")
  private Duration retention;

  @Mixin private final TierFlags tiers = new TierFlags();

  @Option(
      names = "--retire",
      paramLabel = "MODE",
      defaultValue = "auto",
      description =
          "What is done with what is not needed any more. auto: tag it for a lifecycle rule to"
              + " delete where the store has tags, else leave it to prune; tag; delete; none"
              + " (default ${DEFAULT-VALUE}).")
  private RetireMode retire;

  @Mixin private final VerifyFlags verify = new VerifyFlags();

  @Option(
      names = "--no-pauses",
      arity = "0..1",
      paramLabel = "true|false",
      fallbackValue = "true",
      defaultValue = "false",
      description =
          "Never take the write lock: for applications without a busy timeout. How long the log"
              + " gets is then the application's business.")
  private boolean noPauses;

  @Option(
      names = "--enable-wal",
      arity = "0..1",
      paramLabel = "true|false",
      fallbackValue = "true",
      defaultValue = "false",
      description = "Switch a database in rollback-journal mode to WAL; it stays so.")
  private boolean enableWal;

  /**
   * Returns the options as far as they are given here.
   *
   * @throws dev.sidewal.error.UsageException if a value is out of range
   */
  ReplicationOptions.Builder builder() {
    FollowOptions follow = FollowOptions.DEFAULT.withPauseBytes(Math.max(1, maxLogBytes));
    ReplicationOptions.Builder options =
        ReplicationOptions.builder()
            .syncInterval(syncInterval)
            .spoolLimit(Math.max(1, spoolLimit))
            .maxHeldLogBytes(Math.max(1, maxHeldLogBytes))
            .stallTimeout(stallTimeout.isZero() ? SHORTEST_STALL : stallTimeout)
            .segmentBytes(Math.max(1, segmentBytes))
            .images(images.options())
            .retention(tiers.policy(retention))
            .retire(retire)
            .pack(new PackOptions(packBytes, packAge))
            .verification(verify.options())
            .enableWal(enableWal)
            .follow(noPauses ? follow.withoutPauses() : follow);
    stateDirectory.ifPresent(options::stateDirectory);
    return options;
  }
}
