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
import dev.sidewal.store.ReplicaUrl;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sidewal restore}: makes a database file as of any recorded transaction. */
@Command(
    name = "restore",
    description = {
      "Restores a database to a file: the latest state, that of a time, or that of a transaction.",
      "The file is either untouched or complete, verified and durable; never half there.",
    },
    footer = {
      "",
      "Examples:",
      "  sidewal restore s3://bucket/app -o app.db",
      "  sidewal restore s3://bucket/app -o yesterday.db --timestamp -1d",
      "  sidewal restore --if-not-exists --if-replica-exists -o app.db s3://bucket/app"
    })
final class RestoreCommand extends SidewalCommand {

  @Parameters(
      paramLabel = "URL",
      arity = "1",
      converter = ReplicaUrlConverter.class,
      description = "The replica: s3://bucket/prefix or file:///dir.")
  private ReplicaUrl url;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "The file to make. Required, except with --dry-run.")
  private Optional<Path> output = Optional.empty();

  @Option(
      names = "--timestamp",
      paramLabel = "T",
      converter = TimeArgument.Converter.class,
      description = {
        "The last transaction at or before T: RFC 3339 with a zone, now, or an age such as -90m,",
        "-2h, -1d12h (w, d, h, m, s). Not together with --txid.",
      })
  private Optional<TimeArgument> timestamp = Optional.empty();

  @Option(
      names = "--exact",
      description = {
        "With --timestamp: refuse (6) where retention keeps only images, instead of taking the",
        "last image at or before T.",
      })
  private boolean exact;

  @Option(
      names = "--txid",
      paramLabel = "N",
      description = "Transaction N (decimal). Default: the latest.")
  private Optional<Long> txid = Optional.empty();

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

  @Option(
      names = "--parallelism",
      paramLabel = "N",
      description = "How many threads fetch and decode, 1 to 64. Default: the cores, at most 4.")
  private Optional<Integer> parallelism = Optional.empty();

  @Option(
      names = "--owner",
      paramLabel = "U:G",
      description = "The file's owner: user, user:group or :group, by name or number.")
  private Optional<String> owner = Optional.empty();

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      converter = FileMode.Converter.class,
      description = "The file's permissions in octal, such as 0640.")
  private Optional<FileMode> mode = Optional.empty();

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
      if (dryRun) {
        plan();
      } else {
        restore();
      }
      return ExitCode.DONE.code();
    } catch (NoBackupException e) {
      if (ifReplicaExists) {
        return nothingDone("there is no backup at " + url);
      }
      throw e;
    }
  }

  private void checkOptions() {
    if (output.isEmpty() && !dryRun) {
      throw new UsageException("--output FILE (-o) is missing");
    }
    if (output.isPresent() && output.get().toString().startsWith("-")) {
      throw new UsageException(
          "'"
              + output.get()
              + "' looks like an option; write ./"
              + output.get()
              + " if it is meant");
    }
    if (force && ifNotExists) {
      throw new UsageException("--force and --if-not-exists contradict each other");
    }
    if (parallelism.isPresent()
        && (parallelism.get() < 1 || parallelism.get() > RestoreRequest.MAX_PARALLELISM)) {
      throw new UsageException(
          "--parallelism is "
              + parallelism.get()
              + "; give 1 to "
              + RestoreRequest.MAX_PARALLELISM);
    }
    if (txid.isPresent() && timestamp.isPresent()) {
      throw new UsageException("--timestamp and --txid contradict each other; give one of them");
    }
    if (exact && timestamp.isEmpty()) {
      throw new UsageException("--exact says how --timestamp is meant; give both");
    }
    if (txid.isPresent() && txid.get() < 1) {
      throw new UsageException("--txid is " + txid.get() + "; transactions count from 1");
    }
  }

  private boolean exists() {
    return output.isPresent() && Files.exists(output.get(), LinkOption.NOFOLLOW_LINKS);
  }

  private RestoreTarget target() {
    if (txid.isPresent()) {
      return RestoreTarget.txid(txid.get());
    }
    return timestamp
        .map(time -> time.resolve(context().clock()))
        .map(time -> exact ? RestoreTarget.exactlyAt(time) : RestoreTarget.at(time))
        .orElse(RestoreTarget.latest());
  }

  private void plan() {
    try (ObjectStore store = ObjectStores.open(url)) {
      RestorePlan plan = new RestorePlanner(store).plan(target());
      tell(plan.coarse());
      report().plan(plan, output);
    }
  }

  private void restore() {
    RestoreResult result;
    try (ProgressLine progress = new ProgressLine(context().err(), System::nanoTime)) {
      result =
          Sidewal.restore(
              url.toString(), output.orElseThrow(), request -> configure(request, progress));
    }
    tell(result.coarse());
    report().result(url.toString(), check, result);
  }

  /** Says which moment stands for the time that was asked for, and why. */
  private void tell(Optional<CoarseMoment> coarse) {
    coarse.ifPresent(
        c -> context().err().line("note: " + c.reason() + ". The former was taken; see --exact."));
  }

  private void configure(RestoreRequest.Builder request, ProgressLine progress) {
    request.target(target()).force(force).check(check);
    if (!json) {
      request.progress((phase, done, total) -> progress.update(verb(phase), done, total));
    }
    parallelism.ifPresent(request::parallelism);
    owner.ifPresent(request::owner);
    mode.ifPresent(m -> request.mode(m.permissions()));
  }

  private static String verb(RestoreProgress.Phase phase) {
    return switch (phase) {
      case RESTORING -> "restoring";
      case VERIFYING -> "verifying";
      case READING -> "reading";
      case CHECKING -> "checking with SQLite";
    };
  }

  private int nothingDone(String reason) {
    report().nothingDone(url.toString(), output, reason);
    return ExitCode.DONE.code();
  }

  private RestoreReport report() {
    return new RestoreReport(context().out(), json);
  }
}
