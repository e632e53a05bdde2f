package dev.sidewal.cli;

import dev.sidewal.error.ExitCode;
import dev.sidewal.error.UsageException;
import dev.sidewal.restore.RestoreProgress;
import dev.sidewal.restore.RestoreRequest;
import dev.sidewal.restore.RestoreTarget;
import dev.sidewal.restore.Verification;
import dev.sidewal.restore.VerifyLevel;
import dev.sidewal.restore.VerifyReport;
import dev.sidewal.restore.VerifyRequest;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ObjectStores;
import dev.sidewal.store.ReplicaUrl;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

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

  @Parameters(
      paramLabel = "URL",
      arity = "1",
      converter = ReplicaUrlConverter.class,
      description = "The replica: s3://bucket/prefix or file:///dir.")
  private ReplicaUrl url;

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

  @Option(
      names = "--timestamp",
      paramLabel = "T",
      converter = TimeArgument.Converter.class,
      description = "Restore the last transaction at or before T. Not together with --txid.")
  private Optional<TimeArgument> timestamp = Optional.empty();

  @Option(
      names = "--txid",
      paramLabel = "N",
      description = "Restore transaction N (decimal). Default: the latest.")
  private Optional<Long> txid = Optional.empty();

  @Option(
      names = "--against",
      paramLabel = "DB",
      description = {
        "Compare with the live database DB, which may be written meanwhile and is only read: the",
        "transaction that it was at one moment is restored and compared, page by page.",
      })
  private Optional<Path> against = Optional.empty();

  @Option(
      names = "--patience",
      paramLabel = "TIME",
      defaultValue = "10s",
      converter = Quantities.DurationConverter.class,
      description =
          "With --against: how long the replica may take to get what the live database has"
              + " (default ${DEFAULT-VALUE}).")
  private Duration patience;

  @Option(
      names = "--scratch",
      paramLabel = "DIR",
      description = {
        "Where the temporary file is made; it needs the room of the database. Default: the first of",
        "the system's temporary directory, /var/tmp and the working directory that has it.",
      })
  private Optional<Path> scratch = Optional.empty();

  @Option(
      names = "--no-foreign-keys",
      description = "Rows that refer to rows that are not there are no failure, only told.")
  private boolean noForeignKeys;

  @Option(
      names = "--parallelism",
      paramLabel = "N",
      description = "How many threads fetch and decode, 1 to 64. Default: the cores, at most 4.")
  private Optional<Integer> parallelism = Optional.empty();

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
    try (ObjectStore store = ObjectStores.open(url);
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
    if (txid.isPresent() && timestamp.isPresent()) {
      throw new UsageException("--timestamp and --txid contradict each other; give one of them");
    }
    boolean moment = txid.isPresent() || timestamp.isPresent();
    if (moment && against.isPresent()) {
      throw new UsageException(
          "--against looks for the moment itself; give it without --timestamp and --txid");
    }
    if (moment && level != VerifyLevel.RESTORE) {
      throw new UsageException("--timestamp and --txid say what --level restore restores");
    }
    if (txid.isPresent() && txid.get() < 1) {
      throw new UsageException("--txid is " + txid.get() + "; transactions count from 1");
    }
    if (parallelism.isPresent()
        && (parallelism.get() < 1 || parallelism.get() > RestoreRequest.MAX_PARALLELISM)) {
      throw new UsageException(
          "--parallelism is "
              + parallelism.get()
              + "; give 1 to "
              + RestoreRequest.MAX_PARALLELISM);
    }
  }

  private VerifyRequest request(ObjectStore store, ProgressLine progress) {
    Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
    VerifyRequest.Builder request =
        VerifyRequest.builder(store, temporary)
            .level(level)
            .scratch(
                scratch
                    .map(List::of)
                    .orElse(List.of(temporary, Path.of("/var/tmp"), Path.of("").toAbsolutePath())))
            .patience(patience)
            .foreignKeys(!noForeignKeys);
    if (txid.isPresent()) {
      request.target(RestoreTarget.txid(txid.get()));
    } else {
      timestamp.ifPresent(t -> request.target(RestoreTarget.at(t.resolve(context().clock()))));
    }
    against.ifPresent(request::against);
    parallelism.ifPresent(request::parallelism);
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
