package dev.sidewal.cli;

import dev.sidewal.backup.PrivateCopy;
import dev.sidewal.error.ExitCode;
import dev.sidewal.error.UsageException;
import dev.sidewal.forensics.DatabaseDiff;
import dev.sidewal.forensics.DiffRequest;
import dev.sidewal.restore.MomentFile;
import dev.sidewal.restore.RestoreProgress;
import dev.sidewal.restore.RestoreTarget;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ObjectStores;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sidewal diff}: what differs between two moments. */
@Command(
    name = "diff",
    description = {
      "Tells what differs between two moments of a replica: the schema, and by table how many rows",
      "were inserted, deleted and updated; with --rows which. Both moments are restored to",
      "temporary files; nothing is changed.",
    },
    footer = {
      "",
      "Examples:",
      "  sidewal diff s3://bucket/app --from -1h",
      "  sidewal diff s3://bucket/app --from-txid 411 --to-txid 412 --table users --rows",
      "  sidewal diff s3://bucket/app --from -1d --against /var/lib/app/app.db"
    })
final class DiffCommand extends SidewalCommand {

  private static final long DEFAULT_ROWS = 100;

  @Mixin private final ReplicaArgument replica = new ReplicaArgument();

  @Option(
      names = "--from",
      paramLabel = "T",
      converter = TimeArgument.Converter.class,
      description =
          "From the last transaction at or before T: RFC 3339 with a zone, now, or an age.")
  private Optional<TimeArgument> from = Optional.empty();

  @Option(names = "--from-txid", paramLabel = "N", description = "From transaction N.")
  private Optional<Long> fromTxid = Optional.empty();

  @Option(
      names = "--to",
      paramLabel = "T",
      converter = TimeArgument.Converter.class,
      description = "To the last transaction at or before T. Default: the latest.")
  private Optional<TimeArgument> to = Optional.empty();

  @Option(names = "--to-txid", paramLabel = "N", description = "To transaction N.")
  private Optional<Long> toTxid = Optional.empty();

  @Option(
      names = "--against",
      paramLabel = "DB",
      description = "To the live database DB as it is now; it is only read.")
  private Optional<Path> against = Optional.empty();

  @Option(
      names = "--table",
      paramLabel = "TABLE",
      description = "Only this table. May be given several times.")
  private List<String> tables = List.of();

  @Option(names = "--rows", description = "Also tell which rows, and which values of them.")
  private boolean rows;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "With --rows (which it implies): at most N rows a table. Default: 100.")
  private Optional<Long> limit = Optional.empty();

  @Option(
      names = "--exit-code",
      description = "Exit with 8 if anything differs. Otherwise that is a success as well (0).")
  private boolean exitCode;

  @Mixin private final ScratchOption scratch = new ScratchOption();

  @Mixin private final ParallelismOption parallelism = new ParallelismOption();

  @Option(names = "--json", description = "Print one JSON object a line, one a change.")
  private boolean json;

  DiffCommand(CliContext context) {
    super(context);
  }

  @Override
  Set<ExitCode> exitCodes() {
    return EnumSet.complementOf(EnumSet.of(ExitCode.SUPERSEDED, ExitCode.WOULD_OVERWRITE));
  }

  @Override
  int run() {
    checkOptions();
    DiffRequest request =
        new DiffRequest(tables, rows || limit.isPresent() ? limit.orElse(DEFAULT_ROWS) : 0);
    boolean differs;
    try (ObjectStore store = ObjectStores.open(replica.url());
        MomentFile earlier = moment(store, target(from, fromTxid))) {
      RestoreCommand.tell(context(), earlier.coarse());
      DiffReport report = new DiffReport(context().out(), json, request.rows());
      if (against.isPresent()) {
        try (PrivateCopy copy =
            PrivateCopy.of(
                against.get(),
                scratch.directories(),
                (phase, done, total) -> {},
                new SecureRandom())) {
          report.begin(earlier, against.get());
          differs = new DatabaseDiff(earlier.path(), copy.path()).run(request, report);
        }
      } else {
        try (MomentFile later = moment(store, target(to, toTxid))) {
          RestoreCommand.tell(context(), later.coarse());
          report.begin(earlier, later);
          differs = new DatabaseDiff(earlier.path(), later.path()).run(request, report);
        }
      }
      report.end();
    }
    return differs && exitCode ? ExitCode.VERIFICATION_FAILED.code() : ExitCode.DONE.code();
  }

  private void checkOptions() {
    if (from.isEmpty() && fromTxid.isEmpty()) {
      throw new UsageException("say where to begin: --from T or --from-txid N");
    }
    one("--from", from.isPresent(), fromTxid);
    one("--to", to.isPresent(), toTxid);
    if (against.isPresent() && (to.isPresent() || toTxid.isPresent())) {
      throw new UsageException(
          "--against stands for the later moment; give it without --to and --to-txid");
    }
    if (limit.isPresent() && limit.get() < 1) {
      throw new UsageException("--limit is " + limit.get() + "; give 1 or more");
    }
    parallelism.check();
  }

  private static void one(String option, boolean time, Optional<Long> txid) {
    if (time && txid.isPresent()) {
      throw new UsageException(
          option + " and " + option + "-txid contradict each other; give one of them");
    }
    if (txid.isPresent() && txid.get() < 1) {
      throw new UsageException(option + "-txid is " + txid.get() + "; transactions count from 1");
    }
  }

  private RestoreTarget target(Optional<TimeArgument> time, Optional<Long> txid) {
    return txid.map(RestoreTarget::txid)
        .or(() -> time.map(t -> RestoreTarget.at(t.resolve(context().clock()))))
        .orElse(RestoreTarget.latest());
  }

  private MomentFile moment(ObjectStore store, RestoreTarget target) {
    try (ProgressLine progress = new ProgressLine(context().err(), System::nanoTime)) {
      RestoreProgress told =
          (phase, done, total) -> {
            if (!json) {
              progress.update(RestoreCommand.verb(phase), done, total);
            }
          };
      return MomentFile.restore(
          new MomentFile.Source(
              store, scratch.directories(), parallelism.value(), told, new SecureRandom()),
          target);
    }
  }
}
