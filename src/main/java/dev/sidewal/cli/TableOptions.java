package dev.sidewal.cli;

import dev.sidewal.error.UsageException;
import dev.sidewal.restore.MomentFile;
import dev.sidewal.restore.RestoreProgress;
import dev.sidewal.restore.RestoreTarget;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ObjectStores;
import dev.sidewal.store.ReplicaUrl;
import dev.sidewal.tables.TableRestore;
import dev.sidewal.tables.TableRestoreRequest;
import dev.sidewal.tables.TableRestoreResult;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code restore --table}: single tables instead of a whole database. */
final class TableOptions {

  @Option(
      names = "--table",
      paramLabel = "TABLE",
      description = {
        "With --into: bring this table back, with its indexes and triggers. May be given several",
        "times: they come in one transaction.",
      })
  private List<String> tables = List.of();

  @Option(
      names = "--into",
      paramLabel = "DB",
      description = {
        "With --table: the live database that gets the tables. The application may go on using it.",
        "A table that is there gets _restored behind its name; one that is gone comes back.",
      })
  private Optional<Path> into = Optional.empty();

  @Option(
      names = "--replace",
      description = "With --into: put the tables in the place of those that are there.")
  private boolean replace;

  @Option(
      names = "--as",
      paramLabel = "NAME",
      description = "With --into and one --table: the table's new name.")
  private Optional<String> as = Optional.empty();

  @Option(
      names = "--no-foreign-keys",
      description = {
        "With --into: do not look whether rows refer to rows that are not there. Otherwise nothing",
        "is changed (8) if --replace, or a table that comes back, makes such rows.",
      })
  private boolean noForeignKeys;

  @Option(
      names = "--busy-timeout",
      paramLabel = "TIME",
      defaultValue = "10s",
      converter = Quantities.DurationConverter.class,
      description =
          "With --into: how long to wait for the live database's writers"
              + " (default ${DEFAULT-VALUE}).")
  private Duration busyTimeout;

  @Mixin private final ScratchOption scratch = new ScratchOption();

  /** Returns whether tables are meant and not a whole database. */
  boolean areGiven() {
    return into.isPresent() || !tables.isEmpty();
  }

  /** Refuses what contradicts itself. */
  void check() {
    if (areGiven()) {
      if (into.isEmpty()) {
        throw new UsageException("--table needs --into DB: the live database that gets the table");
      }
      if (tables.isEmpty()) {
        throw new UsageException("--into needs --table TABLE: what is to be brought back");
      }
      if (as.isPresent() && (tables.size() > 1 || replace)) {
        throw new UsageException(
            "--as names the copy of one table; not with a second, or --replace");
      }
      if (as.isPresent()
          && (as.get().isBlank()
              || as.get().regionMatches(true, 0, "sqlite_", 0, "sqlite_".length()))) {
        throw new UsageException("--as '" + as.get() + "' can be no table's name");
      }
    } else if (replace || as.isPresent() || noForeignKeys) {
      throw new UsageException(
          "--replace, --as and --no-foreign-keys say how --table is brought back --into DB");
    }
  }

  /** Brings the tables back and tells it. */
  void restore(
      ReplicaUrl url,
      RestoreTarget target,
      ParallelismOption parallelism,
      boolean dryRun,
      boolean json,
      CliContext context) {
    TableRestoreRequest request =
        new TableRestoreRequest(
            tables, into.orElseThrow(), replace, as, !noForeignKeys, busyTimeout, dryRun);
    TableRestore restore = TableRestore.into(request);
    try (ObjectStore store = ObjectStores.open(url);
        MomentFile moment = moment(store, target, parallelism, json, context)) {
      TableRestoreResult result = restore.run(moment);
      RestoreCommand.tell(context, moment.coarse());
      new TableRestoreReport(context.out(), json).print(url, moment, request, result);
    }
  }

  private MomentFile moment(
      ObjectStore store,
      RestoreTarget target,
      ParallelismOption parallelism,
      boolean json,
      CliContext context) {
    try (ProgressLine progress = new ProgressLine(context.err(), System::nanoTime)) {
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
