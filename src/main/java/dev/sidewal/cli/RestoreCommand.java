package dev.sidewal.cli;

import dev.sidewal.agent.Sidewal;
import dev.sidewal.error.ExitCode;
import dev.sidewal.error.NoBackupException;
import dev.sidewal.error.UsageException;
import dev.sidewal.restore.CoarseMoment;
import dev.sidewal.restore.RestoreCheck;
import dev.sidewal.restore.RestorePlan;
import dev.sidewal.restore.RestorePlanner;
import dev.sidewal.restore.RestoreProgress;
import dev.sidewal.restore.RestoreRequest;
import dev.sidewal.restore.RestoreResult;
import dev.sidewal.restore.RestoreTarget;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ObjectStores;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sidewal restore}: makes a database file as of any recorded transaction. */
@Command(
    name = "restore",
    description = {
      "Restores a database to a file: the latest state, that of a time, or that of a transaction.",
      "The file is either untouched or complete, verified and durable; never half there.",
      "Or brings single tables back into a live database, in one transaction of it (--table).",
    },
    footer = {
      "",
      "Examples:",
      "  sidewal restore s3://bucket/app -o app.db",
      "  sidewal restore s3://bucket/app -o yesterday.db --timestamp -1d",
      "  sidewal restore --if-not-exists --if-replica-exists -o app.db s3://bucket/app",
      "  sidewal restore s3://bucket/app --timestamp -1h --table users --into app.db"
    })
final class RestoreCommand extends SidewalCommand {

  @Mixin private final ReplicaArgument replica = new ReplicaArgument();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "The file to make. Required, except with --dry-run and --into.")
  private Optional<Path> output = Optional.empty();

  @Mixin private final MomentOptions moment = new MomentOptions();

  @Option(
      names = "--exact",
      description = {
        "With --timestamp: refuse (6) where retention keeps only images, instead of taking the",
        "last image at or before T.",
      })
  private boolean exact;

  @Option(names = "--if-not-exists", description = "Do nothing and exit with 0 if FILE exists.")
  private boolean ifNotExists;

  @Option(
      names = "--if-replica-exists",
      description = {
        "Exit with 0 if there is provably no backup. A store that cannot be asked is still a",
        "failure (4).",
      })
  private boolean ifReplicaExists;

  @Option(names = "--force", description = "Replace FILE, atomically, only after success.")
  private boolean force;

  @Option(
      names = "--check",
      paramLabel = "CHECK",
      defaultValue = "checksum",
      description = {
        "What is verified before the file gets its name: none, checksum (the database checksum",
        "over every page), quick or full (also SQLite's quick_check or integrity_check).",
        "Default: ${DEFAULT-VALUE}.",
      })
  private RestoreCheck check = RestoreCheck.CHECKSUM;

  @Option(names = "--dry-run", description = "Print the plan; read no more than it takes.")
  private boolean dryRun;

  @Mixin private final ParallelismOption parallelism = new ParallelismOption();

  @Option(
      names = "--owner",
      paramLabel = "U:G",
      description = {
        "The file's owner: user, user:group or :group, by name or number. Default: as of the",
        "file that is replaced, else the process's own.",
      })
  private Optional<String> owner = Optional.empty();

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      converter = FileMode.Converter.class,
      description = {
        "The file's permissions in octal, such as 0640. Default: as of the file that is replaced,",
        "else what new files get.",
      })
  private Optional<FileMode> mode = Optional.empty();

  @Mixin private final TableOptions tables = new TableOptions();

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  RestoreCommand(CliContext context) {
    super(context);
  }

  @Override
  Set<ExitCode> exitCodes() {
    return EnumSet.complementOf(EnumSet.of(ExitCode.SUPERSEDED));
  }

  @Override
  int run() {
    checkOptions();
    if (ifNotExists && exists()) {
      return nothingDone(output.orElseThrow() + " exists");
    }
    try {
      if (tables.areGiven()) {
        tables.restore(replica.url(), target(), parallelism, dryRun, json, context());
      } else if (dryRun) {
        plan();
      } else {
        restore();
      }
      return ExitCode.DONE.code();
    } catch (NoBackupException e) {
      if (ifReplicaExists) {
        return nothingDone("there is no backup at " + replica.url());
      }
      throw e;
    }
  }

  private void checkOptions() {
    tables.check();
    if (tables.areGiven()) {
      checkForTables();
    } else if (output.isEmpty() && !dryRun) {
      throw new UsageException("--output FILE (-o) is missing");
    }
    output.map(Path::toString).ifPresent(PathArguments::refuseOption);
    if (force && ifNotExists) {
      throw new UsageException("--force and --if-not-exists contradict each other");
    }
    parallelism.check();
    moment.check();
    if (exact && !moment.isTime()) {
      throw new UsageException("--exact says how --timestamp is meant; give both");
    }
  }

  private void checkForTables() {
    if (output.isPresent()) {
      throw new UsageException(
          "--output makes a file, --into changes a live one; give one of them");
    }
    if (force
        || ifNotExists
        || ifReplicaExists
        || check != RestoreCheck.CHECKSUM
        || owner.isPresent()
        || mode.isPresent()) {
      throw new UsageException(
          "--force, --if-not-exists, --if-replica-exists, --check, --owner and --mode are for a file"
              + " that is made (-o), not for --into");
    }
  }

  private boolean exists() {
    return output.isPresent() && Files.exists(output.get(), LinkOption.NOFOLLOW_LINKS);
  }

  private RestoreTarget target() {
    return moment.target(context().clock(), exact);
  }

  private void plan() {
    try (ObjectStore store = ObjectStores.open(replica.url())) {
      RestorePlan plan = new RestorePlanner(store).plan(target());
      tell(context(), plan.coarse());
      report().plan(plan, output);
    }
  }

  private void restore() {
    RestoreResult result;
    try (ProgressLine progress = new ProgressLine(context().err(), System::nanoTime)) {
      result =
          Sidewal.restore(
              replica.url().toString(),
              output.orElseThrow(),
              request -> configure(request, progress));
    }
    tell(context(), result.coarse());
    result.warnings().forEach(warning -> context().err().line("warning: " + warning));
    report().result(replica.url().toString(), check, result);
  }

  /** Says which moment stands for the time that was asked for, and why. */
  static void tell(CliContext context, Optional<CoarseMoment> coarse) {
    coarse.ifPresent(
        c -> context.err().line("note: " + c.reason() + ". The former was taken; see --exact."));
  }

  private void configure(RestoreRequest.Builder request, ProgressLine progress) {
    request.target(target()).force(force).check(check);
    if (!json) {
      request.progress((phase, done, total) -> progress.update(verb(phase), done, total));
    }
    request.parallelism(parallelism.value());
    owner.ifPresent(request::owner);
    mode.ifPresent(m -> request.mode(m.permissions()));
  }

  static String verb(RestoreProgress.Phase phase) {
    return switch (phase) {
      case RESTORING -> "restoring";
      case VERIFYING -> "verifying";
      case READING -> "reading";
      case CHECKING -> "checking with SQLite";
    };
  }

  private int nothingDone(String reason) {
    report().nothingDone(replica.url().toString(), output, reason);
    return ExitCode.DONE.code();
  }

  private RestoreReport report() {
    return new RestoreReport(context().out(), json);
  }
}
