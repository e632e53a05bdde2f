package dev.sidewal.cli;

import dev.sidewal.error.ExitCode;
import dev.sidewal.error.UsageException;
import dev.sidewal.restore.RestoreProgress;
import dev.sidewal.restore.Verification;
import dev.sidewal.restore.VerifyLevel;
import dev.sidewal.restore.VerifyReport;
import dev.sidewal.restore.VerifyRequest;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ObjectStores;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sidewal verify}: proves that a replica can be restored. */
@Command(
    name = "verify",
    description = {
      "Verifies a replica: its names, every byte of its objects, or a real restore to a temporary",
      "file that SQLite checks. Tells everything that is wrong, not only the first thing.",
    },
    footer = {
      "",
      "Examples:",
      "  sidewal verify s3://bucket/app",
      "  sidewal verify s3://bucket/app --level objects",
      "  sidewal verify s3://bucket/app --against /var/lib/app/app.db"
    })
final class VerifyCommand extends SidewalCommand {

  @Mixin private final ReplicaArgument replica = new ReplicaArgument();

  @Option(
      names = "--level",
      paramLabel = "LEVEL",
      defaultValue = "restore",
      description = {
        "How much: list (the names lead to every transaction), objects (also every byte of every",
        "object that a restore may use), restore (the names, and a restore that is checked by its",
        "database checksum, integrity_check and foreign_key_check). Default: ${DEFAULT-VALUE}.",
      })
  private VerifyLevel level = VerifyLevel.RESTORE;

  @Mixin private final MomentOptions moment = new MomentOptions();

  @Option(
      names = "--against",
      paramLabel = "DB",
      description = {
        "Compare with the live database DB, which may be written meanwhile and is only read: the",
        "transaction that it was at one moment is restored and compared, page by page.",
      })
  private Optional<Path> against = Optional.empty();

  @Option(
      names = "--rows",
      description = {
        "With --against: count the rows of every table, in what was restored and in DB. That DB has",
        "got more or fewer meanwhile is no failure.",
      })
  private boolean rows;

  @Option(
      names = "--patience",
      paramLabel = "TIME",
      defaultValue = "10s",
      converter = Quantities.DurationConverter.class,
      description =
          "With --against: how long the replica may take to get what the live database has"
              + " (default ${DEFAULT-VALUE}).")
  private Duration patience;

  @Mixin private final ScratchOption scratch = new ScratchOption();

  @Option(
      names = "--no-foreign-keys",
      description = "Rows that refer to rows that are not there are no failure, only told.")
  private boolean noForeignKeys;

  @Mixin private final ParallelismOption parallelism = new ParallelismOption();

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  VerifyCommand(CliContext context) {
    super(context);
  }

  @Override
  Set<ExitCode> exitCodes() {
    return EnumSet.complementOf(EnumSet.of(ExitCode.SUPERSEDED, ExitCode.WOULD_OVERWRITE));
  }

  @Override
  int run() {
    checkOptions();
    VerifyReport report;
    try (ObjectStore store = ObjectStores.open(replica.url());
        ProgressLine progress = new ProgressLine(context().err(), System::nanoTime)) {
      report =
          new Verification(context().clock(), new SecureRandom()).verify(request(store, progress));
    }
    VerifyText text = new VerifyText(report);
    if (json) {
      context().out().document(text.fields());
    } else {
      text.lines(context().out()::line);
    }
    if (!report.passed()) {
      context().err().line("error: " + text.summary());
    }
    return text.exitCode().code();
  }

  private void checkOptions() {
    moment.check();
    parallelism.check();
    if (moment.isGiven() && against.isPresent()) {
      throw new UsageException(
          "--against looks for the moment itself; give it without --timestamp and --txid");
    }
    if (rows && against.isEmpty()) {
      throw new UsageException("--rows compares with the live database of --against; give both");
    }
    if (moment.isGiven() && level != VerifyLevel.RESTORE) {
      throw new UsageException("--timestamp and --txid say what --level restore restores");
    }
  }

  private VerifyRequest request(ObjectStore store, ProgressLine progress) {
    VerifyRequest.Builder request =
        VerifyRequest.builder(store, scratch.directories().get(0))
            .level(level)
            .target(moment.target(context().clock()))
            .scratch(scratch.directories())
            .parallelism(parallelism.value())
            .patience(patience)
            .foreignKeys(!noForeignKeys)
            .rows(rows);
    against.ifPresent(request::against);
    if (!json) {
      request.progress((phase, done, total) -> progress.update(verb(phase), done, total));
    }
    return request.build();
  }

  private static String verb(RestoreProgress.Phase phase) {
    return switch (phase) {
      case READING -> "reading every object";
      case RESTORING -> "restoring";
      case VERIFYING -> "verifying";
      case CHECKING -> "checking with SQLite";
    };
  }
}
