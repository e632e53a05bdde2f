package dev.sidewal.cli;

import dev.sidewal.backup.LiveCheck;
import dev.sidewal.error.ExitCode;
import dev.sidewal.error.UsageException;
import dev.sidewal.restore.RestoreProgress;
import dev.sidewal.sqlite.CheckOptions;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sidewal check}: is a database sound. */
@Command(
    name = "check",
    description = {
      "Checks a database with SQLite, also while it is written: its pages, the rules of its tables,",
      "its foreign keys; with --full its indexes. Says what is wrong, where, and what helps.",
    },
    footer = {"", "Examples:", "  sidewal check app.db", "  sidewal check app.db --full --json"})
final class CheckCommand extends SidewalCommand {

  @Parameters(paramLabel = "DB", arity = "1", description = "The database file.")
  private Path database;

  @Option(
      names = "--full",
      description = "integrity_check: also compare every index with its table. Takes longer.")
  private boolean full;

  @Option(
      names = "--no-foreign-keys",
      description = "Rows that refer to rows that are not there are no failure, only told.")
  private boolean noForeignKeys;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "List so many problems at most. Default: ${DEFAULT-VALUE}.")
  private int limit = CheckOptions.DEFAULT_LIMIT;

  @Option(names = "--copy", description = "Check a private copy, not the database in its place.")
  private boolean copy;

  @Option(
      names = "--live",
      description = {
        "Check it in its place in any case. Without --copy and --live, a copy is checked where",
        "writers would have to wait, or SQLite cannot get at the database.",
      })
  private boolean live;

  @Mixin private final ScratchOption scratch = new ScratchOption();

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  CheckCommand(CliContext context) {
    super(context);
  }

  @Override
  Set<ExitCode> exitCodes() {
    return EnumSet.of(
        ExitCode.DONE,
        ExitCode.UNEXPECTED,
        ExitCode.USAGE,
        ExitCode.VERIFICATION_FAILED,
        ExitCode.DATABASE);
  }

  @Override
  int run() {
    if (limit < 1 || limit > CheckOptions.MAX_LIMIT) {
      throw new UsageException(
          "--limit is " + limit + "; it must be from 1 to " + CheckOptions.MAX_LIMIT);
    }
    if (copy && live) {
      throw new UsageException("--copy and --live contradict each other");
    }
    LiveCheck.Way way = copy ? LiveCheck.Way.COPY : live ? LiveCheck.Way.LIVE : LiveCheck.Way.AUTO;
    LiveCheck.Result result;
    try (ProgressLine line = new ProgressLine(context().err(), System::nanoTime)) {
      ReadBytes read = new ReadBytes(bytes -> line.update("checking with SQLite", bytes, 0));
      RestoreProgress copying =
          json ? RestoreProgress.NONE : (phase, done, total) -> line.update("copying", done, total);
      CheckOptions options =
          CheckOptions.QUICK.withFull(full).withLimit(limit).withStep(json ? () -> {} : read::step);
      result =
          LiveCheck.check(
              database, way, options, scratch.directories(), copying, new SecureRandom());
    }
    CheckText text = new CheckText(database, result, !noForeignKeys);
    if (json) {
      context().out().document(text.fields());
    } else {
      text.lines(context().out()::line);
    }
    if (!text.passed()) {
      context().err().line("error: " + text.summary());
      return ExitCode.VERIFICATION_FAILED.code();
    }
    return ExitCode.DONE.code();
  }
}
