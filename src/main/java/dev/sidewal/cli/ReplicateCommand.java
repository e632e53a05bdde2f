package dev.sidewal.cli;

import dev.sidewal.agent.Agent;
import dev.sidewal.agent.DatabaseSource;
import dev.sidewal.agent.ReplicationObserver;
import dev.sidewal.agent.metrics.PrometheusMetrics;
import dev.sidewal.error.ExitCode;
import dev.sidewal.error.UsageException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

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
      "  sidewal replicate --config /etc/sidewal.yaml",
      "  sidewal replicate --exec 'java -jar app.jar' app.db file:///mnt/backup/app"
    })
final class ReplicateCommand extends SidewalCommand {

  private static final Logger LOG = LoggerFactory.getLogger(ReplicateCommand.class);

  @Parameters(index = "0", arity = "0..1", paramLabel = "DB", description = "The database file.")
  private Optional<Path> database = Optional.empty();

  @Parameters(index = "1", arity = "0..1", paramLabel = "URL", description = "The replica.")
  private Optional<String> url = Optional.empty();

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
      names = "--config",
      paramLabel = "FILE",
      description = "Read settings and databases from a YAML file. What is given here beats it.")
  private Optional<Path> config = Optional.empty();

  @Option(
      names = "--print-config",
      description = "Print all settings as such a file, as they would be with these arguments.")
  private boolean printConfig;

  /** Declares the options; {@link Settings} works out what counts beside what is given here. */
  @SuppressWarnings("UnusedVariable")
  @Mixin
  private final AgentFlags flags = new AgentFlags();

  @Spec private CommandSpec spec;

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
    AtomicReference<Supplier<List<Agent.Replicated>>> running = new AtomicReference<>(List::of);
    PrometheusMetrics metrics = new PrometheusMetrics(() -> running.get().get());
    AgentPlan plan = plan(metrics.observer());
    plan.values().common().applyGiven(context().logs(), defaultLogLevel());
    plan.warnings().forEach(LOG::warn);
    if (printConfig) {
      context().out().text(ConfigPrinter.print(plan));
      return ExitCode.DONE.code();
    }
    if (plan.databases().isEmpty()) {
      throw new UsageException(
          "say what to replicate: DB and URL, or --config with a file that has 'databases'");
    }
    NativeLibraries.load();
    AgentFlags settings = plan.values().agent();
    EndpointFlags.Endpoint endpoint = settings.endpoint().endpoint();
    List<DatabaseSource> sources = plan.sources();
    Replicating replicating =
        sources.size() == 1 && sources.get(0).place() instanceof DatabaseSource.File file
            ? new OneDatabase(file.path().toAbsolutePath(), sources.get(0))
            : new ManyDatabases(Agent.start(sources, settings.scanInterval()));
    running.set(replicating::databases);
    ReplicateRun run =
        new ReplicateRun(replicating, settings, endpoint, metrics, new Failures(context().err()));
    if (exec.isPresent()) {
      return run.beside(exec.get());
    }
    return once ? run.once() : run.untilSignal();
  }

  private AgentPlan plan(ReplicationObserver observer) {
    Map<String, String> environment = context().environment();
    Optional<Path> file =
        config.isPresent() || database.isPresent()
            ? config
            : Settings.configOf(environment).map(Path::of);
    if (database.isPresent() && url.isEmpty()) {
      throw new UsageException("Missing required parameter: 'URL'");
    }
    Settings settings = Settings.of(spec.commandLine().getParseResult(), environment);
    AgentPlan.Task task = new AgentPlan.Task(file, database, url, once, Optional.of(observer));
    return AgentPlan.of(task, settings, environment);
  }
}
