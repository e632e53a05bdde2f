package dev.sidewal.cli;

import dev.sidewal.agent.Version;
import dev.sidewal.backup.Backup;
import dev.sidewal.backup.BackupCheck;
import dev.sidewal.backup.BackupDestination;
import dev.sidewal.backup.BackupMethod;
import dev.sidewal.backup.BackupRequest;
import dev.sidewal.backup.BackupResult;
import dev.sidewal.backup.Compression;
import dev.sidewal.backup.KeepRule;
import dev.sidewal.error.ExitCode;
import dev.sidewal.error.UsageException;
import dev.sidewal.restore.RestoreProgress;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ObjectStores;
import dev.sidewal.store.ReplicaUrl;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sidewal backup}: one safe copy of a live database, without an agent. */
@Command(
    name = "backup",
    description = {
      "Makes one consistent copy of a live database; no agent is needed, and writers go on.",
      "The copy gets its name only when it is complete, checked and durable.",
    },
    footer = {
      "",
      "Examples:",
      "  sidewal backup app.db /backup/app.db",
      "  sidewal backup app.db /backup/ --compress zstd --keep 7d --keep-last 3",
      "  sidewal backup app.db - --compress gzip | ssh host 'cat > app.db.gz'",
      "  sidewal backup app.db s3://bucket/app"
    })
final class BackupCommand extends SidewalCommand {

  private static final String STDOUT = "-";

  @Parameters(index = "0", paramLabel = "DB", description = "The database file.")
  private Path database = Path.of("");

  @Parameters(
      index = "1",
      paramLabel = "DEST",
      description = {
        "A file; a directory (there already, or with a / at its end), in which the name has the",
        "time; a replica URL, whose history gets a snapshot; or - for standard output.",
      })
  private String destination = "";

  @Option(
      names = "--method",
      paramLabel = "METHOD",
      defaultValue = "pages",
      description = {
        "pages: byte for byte as of one moment. vacuum: the same content, compacted by SQLite's",
        "VACUUM INTO. Default: ${DEFAULT-VALUE}.",
      })
  private BackupMethod method = BackupMethod.PAGES;

  @Option(
      names = "--check",
      paramLabel = "CHECK",
      defaultValue = "quick",
      description = {
        "What SQLite checks of the copy before it is put in place: none, quick (quick_check) or",
        "full (integrity_check). Default: ${DEFAULT-VALUE}.",
      })
  private BackupCheck check = BackupCheck.QUICK;

  @Option(
      names = "--compress",
      paramLabel = "HOW",
      defaultValue = "none",
      description = "none, zstd or gzip; not for a replica. Default: ${DEFAULT-VALUE}.")
  private Compression compression = Compression.NONE;

  @Option(
      names = "--level",
      paramLabel = "N",
      description = "The level of --compress: zstd 1 to 19 (default 3), gzip 1 to 9 (default 6).")
  private Optional<Integer> level = Optional.empty();

  @Option(names = "--force", description = "Replace an older backup FILE, only after success.")
  private boolean force;

  @Option(
      names = "--keep",
      paramLabel = "TIME",
      converter = Quantities.DurationConverter.class,
      description = {
        "With a directory: after success, remove backups of this database that are older, such as",
        "7d. What --keep-last keeps stays as well.",
      })
  private Optional<Duration> keep = Optional.empty();

  @Option(
      names = "--keep-last",
      paramLabel = "N",
      description = "With a directory: keep the last N backups, the new one counted.")
  private Optional<Integer> keepLast = Optional.empty();

  @Option(
      names = "--take-over",
      description = {
        "With a replica: write even if an agent has its history. A running agent is superseded and",
        "stops (9).",
      })
  private boolean takeOver;

  @Option(
      names = "--copy-retries",
      paramLabel = "N",
      defaultValue = "" + BackupRequest.DEFAULT_COPY_RETRIES,
      description = {
        "Where SQLite cannot open the database here (read-only, or held by another program), its",
        "files are copied and must not change meanwhile: how often that is tried again.",
        "Default: ${DEFAULT-VALUE}.",
      })
  private int copyRetries = BackupRequest.DEFAULT_COPY_RETRIES;

  @Option(
      names = "--journal-mode",
      paramLabel = "MODE",
      description = {
        "delete: write into the copy's header that it has a rollback journal, so that programs can",
        "open it on read-only media. Changes 2 bytes of the copy.",
      })
  private Optional<CopyJournal> journalMode = Optional.empty();

  @Option(
      names = "--owner",
      paramLabel = "U:G",
      description = "The file's owner: user, user:group or :group, by name or number.")
  private Optional<String> owner = Optional.empty();

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      converter = FileMode.Converter.class,
      description = "The file's permissions in octal, such as 0640. Default: the database's.")
  private Optional<FileMode> mode = Optional.empty();

  @Mixin private final ScratchOption scratch = new ScratchOption();

  @Option(names = "--dry-run", description = "Say what would be made and removed; write nothing.")
  private boolean dryRun;

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  /** What the header of a copy can be made to say. */
  enum CopyJournal {
    DELETE
  }

  BackupCommand(CliContext context) {
    super(context);
  }

  @Override
  Set<ExitCode> exitCodes() {
    return EnumSet.complementOf(EnumSet.of(ExitCode.NO_BACKUP, ExitCode.TARGET_UNAVAILABLE));
  }

  @Override
  int run() {
    if (ReplicaUrl.isUrl(destination)) {
      checkFor("a replica", false, false, true);
      if (compression != Compression.NONE || owner.isPresent() || mode.isPresent()) {
        throw new UsageException(
            "--compress, --owner and --mode are for files; a replica has its own format");
      }
      try (ObjectStore store = ObjectStores.open(ReplicaUrl.parse(destination))) {
        backUp(new BackupDestination.ToReplica(store, takeOver, Version.number()), false);
      }
    } else if (destination.equals(STDOUT)) {
      checkFor("standard output", false, false, false);
      checkStream();
      try (OutputStream out = context().out().bytes()) {
        backUp(new BackupDestination.ToStream(out), true);
      } catch (java.io.IOException e) {
        throw new OutputException(e);
      }
    } else if (destination.endsWith("/") || Files.isDirectory(path())) {
      checkFor("a directory", false, true, false);
      backUp(new BackupDestination.ToDirectory(path(), rule()), false);
    } else {
      checkFor("a file", true, false, false);
      backUp(new BackupDestination.ToFile(path(), force), false);
    }
    return ExitCode.DONE.code();
  }

  private Path path() {
    PathArguments.refuseOption(destination);
    try {
      return Path.of(destination);
    } catch (InvalidPathException e) {
      throw new UsageException("'" + destination + "' is no path on this system", e);
    }
  }

  private KeepRule rule() {
    return new KeepRule(
        keep, keepLast.isPresent() ? OptionalInt.of(keepLast.get()) : OptionalInt.empty());
  }

  private void checkFor(String what, boolean forced, boolean kept, boolean takenOver) {
    if (force && !forced) {
      throw new UsageException("--force replaces a file; DEST is " + what);
    }
    if ((keep.isPresent() || keepLast.isPresent()) && !kept) {
      throw new UsageException(
          "--keep and --keep-last remove old backups from a directory; DEST is " + what);
    }
    if (takeOver && !takenOver) {
      throw new UsageException("--take-over is for a replica; DEST is " + what);
    }
    if (keepLast.isPresent() && keepLast.get() < 1) {
      throw new UsageException("--keep-last is " + keepLast.get() + "; give 1 or more");
    }
    if (copyRetries < 0) {
      throw new UsageException("--copy-retries is " + copyRetries + "; give 0 or more");
    }
    if (level.isPresent()
        && (level.get() < compression.lowestLevel()
            || level.get() > compression.highestLevel()
            || compression == Compression.NONE)) {
      throw new UsageException(
          "--level is "
              + level.get()
              + "; with --compress zstd give 1 to 19, with gzip 1 to 9, else none");
    }
  }

  private void checkStream() {
    if (owner.isPresent() || mode.isPresent()) {
      throw new UsageException("--owner and --mode are for files; DEST is standard output");
    }
    if (json) {
      throw new UsageException("--json and the bytes of the copy both go to standard output");
    }
    if (Terminals.stdout()) {
      throw new UsageException(
          "the bytes of a database are nothing for a terminal; redirect standard output");
    }
  }

  private void backUp(BackupDestination to, boolean streamed) {
    BackupResult result;
    try (ProgressLine progress = new ProgressLine(context().err(), System::nanoTime)) {
      BackupRequest.Builder request =
          BackupRequest.builder(database, to, scratch.directories())
              .method(method)
              .check(check)
              .compression(
                  compression,
                  level.isPresent() ? OptionalInt.of(level.get()) : OptionalInt.empty())
              .copyRetries(copyRetries)
              .rollbackJournal(journalMode.isPresent())
              .dryRun(dryRun);
      owner.ifPresent(request::owner);
      mode.ifPresent(m -> request.mode(m.permissions()));
      if (!json) {
        request.progress(
            (pages, of, pageSize) ->
                progress.update(
                    "copying", pages * pageSize, of * pageSize, pages + " of " + of + " pages"),
            (phase, done, total) -> progress.update(verb(phase, to), done, total));
      }
      result = new Backup(context().clock(), new SecureRandom()).run(request.build());
    }
    BackupReport report = new BackupReport(result, destination, method, check, dryRun);
    if (json) {
      context().out().document(report.fields());
    } else if (streamed) {
      report.lines(context().err()::line);
    } else {
      report.lines(context().out()::line);
    }
  }

  private static String verb(RestoreProgress.Phase phase, BackupDestination to) {
    return switch (phase) {
      case READING, VERIFYING -> "reading back";
      case CHECKING -> "checking with SQLite";
      case RESTORING -> to instanceof BackupDestination.ToReplica ? "sending" : "writing";
    };
  }
}
