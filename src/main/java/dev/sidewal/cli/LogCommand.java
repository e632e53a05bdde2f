package dev.sidewal.cli;

import dev.sidewal.error.ExitCode;
import dev.sidewal.error.TargetUnavailableException;
import dev.sidewal.error.UsageException;
import dev.sidewal.forensics.TableLog;
import dev.sidewal.forensics.TransactionTables;
import dev.sidewal.replica.Timeline;
import dev.sidewal.restore.LogRequest;
import dev.sidewal.restore.MomentFile;
import dev.sidewal.restore.RestoreProgress;
import dev.sidewal.restore.TransactionLog;
import dev.sidewal.segment.Transaction;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ObjectStores;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sidewal log}: the transactions of a replica. */
@Command(
    name = "log",
    description = {
      "Lists the transactions of a replica, oldest first: number, time, pages changed, database",
      "size in pages. Of the first one and of others that only a snapshot or delta holds, the",
      "pages are those of the image. With --tables also which tables each of them touched: the",
      "state before the first one is restored to a temporary file, the others are applied to it.",
    },
    footer = {
      "",
      "Examples:",
      "  sidewal log --from -2h --limit 20 s3://bucket/app",
      "  sidewal log --table users --from -1d s3://bucket/app",
    })
final class LogCommand extends SidewalCommand {

  /** How many tables are named when the one that was asked for is not there. */
  private static final int MOST_NAMES = 20;

  @Mixin private final ReplicaArgument replica = new ReplicaArgument();

  @Option(
      names = "--from",
      paramLabel = "T",
      converter = TimeArgument.Converter.class,
      description = "Only from T on: RFC 3339 with a zone, now, or an age such as -90m.")
  private Optional<TimeArgument> from = Optional.empty();

  @Option(
      names = "--to",
      paramLabel = "T",
      converter = TimeArgument.Converter.class,
      description = "Only up to T, T included.")
  private Optional<TimeArgument> to = Optional.empty();

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "Only the newest N of the range; they still come oldest first.")
  private Optional<Long> limit = Optional.empty();

  @Option(
      names = "--tables",
      description = {
        "Name the tables that each transaction touched: changed pages (of the table and of its",
        "indexes) and how many rows more or less it has.",
      })
  private boolean tables;

  @Option(
      names = "--table",
      paramLabel = "NAME",
      description = {
        "Only transactions that touched this table, and those of which it cannot be told; implies",
        "--tables. May be given several times.",
      })
  private List<String> table = List.of();

  @Mixin private final ScratchOption scratch = new ScratchOption();

  @Mixin private final ParallelismOption parallelism = new ParallelismOption();

  @Option(names = "--json", description = "Print one JSON object a line, one a transaction.")
  private boolean json;

  LogCommand(CliContext context) {
    super(context);
  }

  @Override
  Set<ExitCode> exitCodes() {
    return EnumSet.of(
        ExitCode.DONE,
        ExitCode.UNEXPECTED,
        ExitCode.USAGE,
        ExitCode.NO_BACKUP,
        ExitCode.STORE,
        ExitCode.HISTORY_DAMAGED,
        ExitCode.TARGET_UNAVAILABLE,
        ExitCode.DATABASE);
  }

  @Override
  int run() {
    if (limit.isPresent() && limit.get() < 1) {
      throw new UsageException("--limit is " + limit.get() + "; give 1 or more");
    }
    parallelism.check();
    LogRequest request =
        new LogRequest(
            from.map(time -> time.resolve(context().clock())),
            to.map(time -> time.resolve(context().clock())),
            limit.map(OptionalLong::of).orElse(OptionalLong.empty()));
    if (request.from().isPresent()
        && request.to().isPresent()
        && request.from().get().isAfter(request.to().get())) {
      throw new UsageException("--from " + from.get() + " is later than --to " + to.get());
    }
    try (ObjectStore store = ObjectStores.open(replica.url())) {
      Timeline timeline = Timeline.load(store);
      Lines lines = new Lines();
      if (tables || !table.isEmpty()) {
        touched(store, timeline, request, lines);
      } else {
        new TransactionLog(store).read(timeline, request, lines);
      }
    }
    return ExitCode.DONE.code();
  }

  private void touched(ObjectStore store, Timeline timeline, LogRequest request, Lines lines) {
    try (ProgressLine progress = new ProgressLine(context().err(), System::nanoTime)) {
      MomentFile.Source source =
          new MomentFile.Source(
              store,
              scratch.directories(),
              parallelism.value(),
              json ? RestoreProgress.NONE : (phase, d, t) -> progress.update("restoring", d, t),
              new SecureRandom());
      Set<String> names =
          TableLog.read(
              source,
              timeline,
              request,
              touched -> {
                if (table.isEmpty()
                    || touched.note().isPresent()
                    || table.stream()
                        .anyMatch(n -> touched.tables().stream().anyMatch(t -> t.isOf(n)))) {
                  context().err().clearProgress();
                  lines.touched(touched);
                }
              });
      context().err().clearProgress();
      for (String name : table) {
        if (!names.isEmpty() && names.stream().noneMatch(name::equalsIgnoreCase)) {
          throw new TargetUnavailableException(
              "No state that was looked at has a table "
                  + name
                  + ". There are: "
                  + names.stream().limit(MOST_NAMES).collect(Collectors.joining(", "))
                  + (names.size() > MOST_NAMES ? ", and more" : "")
                  + ".");
        }
      }
    }
  }

  /** Prints transactions; the heading only before the first, so that failures print nothing. */
  private final class Lines implements TransactionLog.Sink {
    private boolean begun;

    @Override
    public void transaction(Transaction transaction, boolean image) {
      if (json) {
        context().out().jsonLine(fields(transaction, image));
      } else {
        line(transaction, image, "");
      }
    }

    void touched(TransactionTables touched) {
      if (json) {
        Map<String, Object> fields = fields(touched.transaction(), touched.image());
        TouchedTables.fields(touched, fields);
        context().out().jsonLine(fields);
      } else {
        line(touched.transaction(), touched.image(), "  " + TouchedTables.text(touched));
      }
    }

    private void line(Transaction transaction, boolean image, String more) {
      if (!begun) {
        begun = true;
        context().out().line(row("txid", "time", "pages", "db pages", ""));
      }
      context()
          .out()
          .line(
              row(
                  Long.toString(transaction.txid()),
                  Texts.time(transaction.time()),
                  Long.toString(transaction.pages()),
                  Long.toString(transaction.databasePages()),
                  (image ? "  image" : "") + (transaction.gap() ? "  gap" : "") + more));
    }
  }

  private static String row(String txid, String time, String pages, String all, String notes) {
    return String.format(Locale.ROOT, "%12s  %-24s %10s %10s%s", txid, time, pages, all, notes);
  }

  private static Map<String, Object> fields(Transaction transaction, boolean image) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("txid", transaction.txid());
    fields.put("time", transaction.time());
    fields.put("pages", transaction.pages());
    fields.put("databasePages", transaction.databasePages());
    fields.put("checksum", Texts.checksum(transaction.checksum()));
    fields.put("gap", transaction.gap());
    fields.put("image", image);
    return fields;
  }
}
