package dev.sidewal.cli;

import dev.sidewal.agent.HttpEndpoint;
import dev.sidewal.agent.PackOptions;
import dev.sidewal.agent.Replication;
import dev.sidewal.agent.ReplicationOptions;
import dev.sidewal.agent.Sidewal;
import dev.sidewal.agent.VerificationOptions;
import dev.sidewal.error.ExitCode;
import dev.sidewal.error.StoreException;
import dev.sidewal.error.UsageException;
import dev.sidewal.retention.RetireMode;
import dev.sidewal.sqlite.FollowOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sidewal replicate}: follows a live database and ships what is committed. */
@Command(
    name = "replicate",
    description = {
      "Follows a live SQLite database and ships every committed transaction to a replica, until",
      "SIGTERM or SIGINT; then ships the rest and ends with code 0 if everything was shipped.",
      "Waits for a database that does not exist yet; never creates it, and never writes to it."
    },
    footer = {
      "",
      "Example:",
      "  sidewal replicate /var/lib/app/app.db s3://backups/app",
      "  sidewal replicate --exec 'java -jar app.jar' app.db file:///mnt/backup/app"
    })
final class ReplicateCommand extends SidewalCommand {

  private static final Duration LOOK = Duration.ofMillis(200);

  /** How long a shell may take to notice that what it ran has ended. */
  private static final Duration SETTLE = Duration.ofMillis(500);

  private static final Duration SETTLE_LOOK = Duration.ofMillis(20);
  private static final Duration SHORTEST_STALL = Duration.ofMillis(1);
  private static final Duration EVER = Duration.ofDays(36_500);

  @Parameters(index = "0", paramLabel = "DB", description = "The database file.")
  private Path database;

  @Parameters(index = "1", paramLabel = "URL", description = "The replica.")
  private String url;

  @Option(names = "--once", description = "Ship everything there is, then end.")
  private boolean once;

  @Option(
      names = "--exec",
      paramLabel = "CMD",
      description =
          "Run CMD with the shell, hand SIGTERM and SIGINT on to it, ship the rest when it ends,"
              + " and exit with its code.")
  private Optional<String> exec = Optional.empty();

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
      names = "--shutdown-timeout",
      paramLabel = "TIME",
      defaultValue = "30s",
      converter = Quantities.DurationConverter.class,
      description = "How long the rest may take to ship at the end (default ${DEFAULT-VALUE}).")
  private Duration shutdownTimeout;

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
      description =
          "Never take the write lock: for applications without a busy timeout. How long the log"
              + " gets is then the application's business.")
  private boolean noPauses;

  @Option(
      names = "--enable-wal",
      description = "Switch a database in rollback-journal mode to WAL; it stays so.")
  private boolean enableWal;

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT|off",
      defaultValue = ListenAddress.DEFAULT,
      description =
          "Where the HTTP endpoint listens, a loopback address; off for nowhere (default"
              + " ${DEFAULT-VALUE}, if it is free).")
  private String listen;

  ReplicateCommand(CliContext context) {
    super(context);
  }

  @Override
  LogLevel defaultLogLevel() {
    return LogLevel.INFO;
  }

  @Override
  Set<ExitCode> exitCodes() {
    return EnumSet.of(
        ExitCode.DONE,
        ExitCode.UNEXPECTED,
        ExitCode.USAGE,
        ExitCode.STORE,
        ExitCode.HISTORY_DAMAGED,
        ExitCode.SUPERSEDED,
        ExitCode.DATABASE);
  }

  @Override
  int run() throws IOException, InterruptedException {
    if (once && exec.isPresent()) {
      throw new UsageException("--once and --exec exclude each other");
    }
    NativeLibraries.load();
    ListenAddress address = ListenAddress.of(listen);
    Replication replication = Sidewal.replicate(database.toAbsolutePath(), url, options());
    if (exec.isPresent()) {
      return runBeside(replication, exec.get(), address);
    }
    Thread hook = Shutdown.onSignal(() -> stop(replication), new Failures(context().err()));
    if (once) {
      try {
        syncAll(replication);
      } finally {
        // Also after a failure, which the hook would report a second time.
        Shutdown.cancel(hook);
      }
      return stop(replication);
    }
    Optional<HttpEndpoint> endpoint = address.open(database.toAbsolutePath(), replication);
    try {
      while (!replication.awaitEnd(EVER)) {
        // Until it ends by itself, or a signal ends the process.
      }
    } finally {
      endpoint.ifPresent(HttpEndpoint::close);
    }
    Shutdown.cancel(hook);
    return stop(replication);
  }

  private ReplicationOptions options() {
    FollowOptions follow = FollowOptions.DEFAULT.withPauseBytes(Math.max(1, maxLogBytes));
    ReplicationOptions.Builder options =
        ReplicationOptions.builder()
            .syncInterval(syncInterval)
            .shutdownTimeout(shutdownTimeout)
            .spoolLimit(Math.max(1, spoolLimit))
            .maxHeldLogBytes(Math.max(1, maxHeldLogBytes))
            .stallTimeout(stallTimeout.isZero() ? SHORTEST_STALL : stallTimeout)
            .segmentBytes(Math.max(1, segmentBytes))
            .images(images.options())
            .retention(tiers.policy(retention))
            .retire(retire)
            .pack(new PackOptions(packBytes, packAge))
            .verification(once ? VerificationOptions.OFF : verify.options())
            .enableWal(enableWal)
            .waitForDatabase(!once)
            .follow(noPauses ? follow.withoutPauses() : follow);
    stateDirectory.ifPresent(options::stateDirectory);
    if (once) {
      options.outageLimit(shutdownTimeout);
    }
    return options.build();
  }

  private static void syncAll(Replication replication) throws InterruptedException {
    try {
      replication.sync(EVER);
      // What has become due meanwhile is part of everything.
      while (replication.status().busyBeside() && replication.failure().isEmpty()) {
        replication.awaitEnd(SETTLE_LOOK);
      }
    } catch (TimeoutException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Stops and returns the exit code; throws what replication ended with. */
  private int stop(Replication replication) throws InterruptedException {
    boolean shipped = replication.stop(shutdownTimeout);
    if (replication.failure().isPresent()) {
      throw replication.failure().get();
    }
    if (!shipped) {
      throw new StoreException(
          "Not everything was shipped within --shutdown-timeout ("
              + shutdownTimeout.toSeconds()
              + " s). What is missing is still in the database; the next start ships it.",
          true,
          null);
    }
    return ExitCode.DONE.code();
  }

  private int runBeside(Replication replication, String command, ListenAddress address)
      throws IOException, InterruptedException {
    Process child = new ProcessBuilder("/bin/sh", "-c", command).inheritIO().start();
    Thread hook =
        Shutdown.onSignal(
            () -> childEnded(replication, terminate(child)), new Failures(context().err()));
    Optional<HttpEndpoint> endpoint = address.open(database.toAbsolutePath(), replication);
    try {
      while (!child.waitFor(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
        if (replication.failure().isPresent()) {
          terminate(child);
          throw replication.failure().get();
        }
      }
    } finally {
      endpoint.ifPresent(HttpEndpoint::close);
      Shutdown.cancel(hook);
    }
    return childEnded(replication, child.exitValue());
  }

  /**
   * Ends a command and returns its exit code. What the shell runs is told first, so that a shell
   * that only waits for it ends with its code; a script that goes on after that is told as well.
   */
  private static int terminate(Process shell) throws InterruptedException {
    List<ProcessHandle> running = shell.children().filter(ProcessHandle::destroy).toList();
    for (ProcessHandle process : running) {
      process.onExit().join();
    }
    if (running.isEmpty() || !shell.waitFor(SETTLE.toMillis(), TimeUnit.MILLISECONDS)) {
      shell.destroy();
    }
    return shell.waitFor();
  }

  private int childEnded(Replication replication, int code) throws InterruptedException {
    int stopped = stop(replication);
    return code != 0 ? code : stopped;
  }
}
