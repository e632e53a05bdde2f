package dev.sidewal.cli;

import dev.sidewal.error.ExitCode;
import dev.sidewal.error.TargetUnavailableException;
import dev.sidewal.error.UsageException;
import dev.sidewal.forensics.Bisect;
import dev.sidewal.forensics.BisectReport;
import dev.sidewal.forensics.BisectRequest;
import dev.sidewal.forensics.Condition;
import dev.sidewal.forensics.Probe;
import dev.sidewal.restore.MomentFile;
import dev.sidewal.restore.RestoreProgress;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ObjectStores;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sidewal bisect}: the last transaction at which a condition held. */
@Command(
    name = "bisect",
    description = {
      "Finds by binary search the last transaction at which a condition held and the first at which",
      "it did not, and prints the restore command for the good one. Restores to a temporary file",
      "once, then moves it from transaction to transaction.",
    },
    footer = {
      "",
      "Examples:",
      "  sidewal bisect s3://bucket/app --query \"SELECT count(*) FROM users\" --good \"> 0\"",
      "  sidewal bisect s3://bucket/app --check quick --from -2d",
    })
final class BisectCommand extends SidewalCommand {

  private static final String OUTPUT = "last-good.db";

  /** What SQLite is asked to check. */
  enum Check {
    QUICK("PRAGMA quick_check(1)"),
    INTEGRITY("PRAGMA integrity_check(1)");

    private final String query;

    Check(String query) {
      this.query = query;
    }
  }

  @Mixin private final ReplicaArgument replica = new ReplicaArgument();

  @Option(
      names = "--query",
      paramLabel = "SQL",
      description = {
        "What is asked at each moment: one statement that only reads. The answer is the first",
        "column of the first row; no row is NULL.",
      })
  private Optional<String> query = Optional.empty();

  @Option(
      names = "--good",
      paramLabel = "CONDITION",
      description = {
        "Which answers are good: an operator and a value as in SQL, such as \"> 0\", \"= 'x'\",",
        "\"is not null\", \"like 'a%%'\"; or ok for = 'ok'. A query that fails is never good.",
      })
  private Optional<String> good = Optional.empty();

  @Option(
      names = "--check",
      paramLabel = "CHECK",
      description = {
        "In place of --query and --good: quick or integrity, good as long as SQLite's check of",
        "that name finds nothing. Finds the last undamaged transaction.",
      })
  private Optional<Check> check = Optional.empty();

  @Option(
      names = "--from",
      paramLabel = "T",
      converter = TimeArgument.Converter.class,
      description = {
        "Search from the state at T on: RFC 3339 with a zone, now, or an age such as -90m.",
        "Default: the earliest that can be restored.",
      })
  private Optional<TimeArgument> from = Optional.empty();

  @Option(
      names = "--to",
      paramLabel = "T",
      converter = TimeArgument.Converter.class,
      description = "Search up to the state at T. Default: the latest that can be restored.")
  private Optional<TimeArgument> to = Optional.empty();

  @Option(
      names = "--scan",
      description = {
        "Ask every transaction, one after the other, and list every change. A binary search takes",
        "for granted that there is one.",
      })
  private boolean scan;

  @Mixin private final ScratchOption scratch = new ScratchOption();

  @Mixin private final ParallelismOption parallelism = new ParallelismOption();

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  BisectCommand(CliContext context) {
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
    BisectRequest request = request();
    BisectReport report;
    try (ObjectStore store = ObjectStores.open(replica.url());
        ProgressLine progress = new ProgressLine(context().err(), System::nanoTime)) {
      report =
          Bisect.run(
              new MomentFile.Source(
                  store,
                  scratch.directories(),
                  parallelism.value(),
                  json ? RestoreProgress.NONE : (phase, d, t) -> progress.update("restoring", d, t),
                  new SecureRandom()),
              request,
              this::step);
    }
    context().err().clearProgress();
    if (report.outcome() == BisectReport.Outcome.NOT_AT_FIRST && report.changes().isEmpty()) {
      throw notAtFirst(request.condition(), report);
    }
    if (json) {
      context().out().document(fields(request.condition(), report));
    } else {
      lines(request.condition(), report).forEach(context().out()::line);
    }
    return ExitCode.DONE.code();
  }

  private BisectRequest request() {
    parallelism.check();
    if (check.isPresent() && (query.isPresent() || good.isPresent())) {
      throw new UsageException("--check stands in place of --query and --good; give one of them");
    }
    if (check.isEmpty() && (query.isEmpty() || good.isEmpty())) {
      throw new UsageException("say what is good: --query SQL with --good CONDITION, or --check");
    }
    Condition condition =
        check
            .map(c -> new Condition(c.query, "ok"))
            .orElseGet(() -> new Condition(query.orElseThrow(), good.orElseThrow()));
    BisectRequest request =
        new BisectRequest(
            condition,
            from.map(time -> time.resolve(context().clock())),
            to.map(time -> time.resolve(context().clock())),
            scan);
    if (request.from().isPresent()
        && request.to().isPresent()
        && request.from().get().isAfter(request.to().get())) {
      throw new UsageException("--from " + from.get() + " is later than --to " + to.get());
    }
    return request;
  }

  private void step(long done, long left) {
    if (!json) {
      context()
          .err()
          .progress("asked " + Texts.count(done, "moment") + ", at most " + left + " to go");
    }
  }

  private static TargetUnavailableException notAtFirst(Condition condition, BisectReport report) {
    return new TargetUnavailableException(
        "The condition did not hold when the search began, at transaction "
            + report.first().txid()
            + " of "
            + Texts.time(report.first().time())
            + ": "
            + said(report.first())
            + ", good is "
            + condition.good()
            + ". "
            + (report.last().good()
                ? "It holds at the last one, transaction "
                    + report.last().txid()
                    + ": begin later (--from), at a moment when it held, or see every change with"
                    + " --scan."
                : "Nor does it hold at the last one, transaction "
                    + report.last().txid()
                    + " ("
                    + said(report.last())
                    + "). If it held between the two, begin there (--from), or see every change"
                    + " with --scan; else it never held, or the query does not ask what is"
                    + " meant."));
  }

  private static String said(Probe probe) {
    return (probe.answer().failed() ? "the query failed: " : "the query gave ")
        + probe.answer().value()
        + (probe.answer().looksLikeNumber() ? " (a text)" : "");
  }

  private List<String> lines(Condition condition, BisectReport report) {
    List<String> lines = new java.util.ArrayList<>();
    for (BisectReport.Change change : report.changes()) {
      lines.add(line(change.before()));
      lines.add(line(change.after()));
      if (change.unknown() > 0) {
        lines.add(
            "note: "
                + Texts.count(change.unknown(), "transaction")
                + " between the two cannot be restored: retention keeps only images of that time,"
                + " or objects are missing (see sidewal info). It changed at one of them, or at "
                + change.after().txid());
      }
      if (change.after().gap()) {
        lines.add(
            "note: transaction "
                + change.after().txid()
                + " stands for all that was committed since "
                + change.before().txid()
                + " while nobody recorded it (a gap); which of it changed the answer is not known");
      }
      if (change.before().good()) {
        lines.add("restore it: " + restore(change.before()));
      }
    }
    if (report.changes().isEmpty()) {
      lines.add(line(report.first()));
      lines.add(line(report.last()));
      lines.add(
          "the condition ("
              + condition.good()
              + ") holds at both ends"
              + (scan
                  ? " and at each of the " + report.states() + " moments between"
                  : ": nothing went wrong, or it was mended; give an earlier --to, or --scan to"
                      + " ask every transaction"));
    }
    if (texts(report)) {
      lines.add(
          "note: the query gave texts that look like numbers. To SQLite every text is greater than"
              + " every number and equal to none: compare with a text (\"= '5'\"), or ask for"
              + " CAST(... AS INTEGER)");
    }
    lines.add(
        "asked "
            + report.asked()
            + " of "
            + Texts.count(report.states(), "moment")
            + ", restored "
            + report.restores()
            + ", read about "
            + Texts.bytes(report.bytesRead()));
    return lines;
  }

  private static String line(Probe probe) {
    return (probe.good() ? "good  " : "bad   ")
        + "transaction "
        + probe.txid()
        + " of "
        + Texts.time(probe.time())
        + ": "
        + said(probe);
  }

  private static boolean texts(BisectReport report) {
    return Stream.concat(
            Stream.of(report.first(), report.last()),
            report.changes().stream().flatMap(c -> Stream.of(c.before(), c.after())))
        .anyMatch(probe -> probe.answer().looksLikeNumber());
  }

  private String restore(Probe probe) {
    return "sidewal restore "
        + ShellWord.of(replica.url().toString())
        + " -o "
        + OUTPUT
        + " --txid "
        + probe.txid();
  }

  private Map<String, Object> fields(Condition condition, BisectReport report) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put(
        "outcome",
        switch (report.outcome()) {
          case FOUND -> "found";
          case HOLDS_AT_END -> "holds-at-end";
          case NOT_AT_FIRST -> "not-at-first";
        });
    fields.put("query", condition.query());
    fields.put("good", condition.good());
    report.changes().stream()
        .filter(change -> change.before().good())
        .findFirst()
        .ifPresent(
            change -> {
              fields.put("lastGood", fields(change.before()));
              fields.put("firstBad", fields(change.after()));
              fields.put("unknownBetween", change.unknown());
              fields.put("restore", restore(change.before()));
            });
    fields.put("first", fields(report.first()));
    fields.put("last", fields(report.last()));
    if (scan) {
      fields.put("changes", report.changes().stream().map(c -> fields(c.after())).toList());
    }
    fields.put("states", report.states());
    fields.put("asked", report.asked());
    fields.put("restores", report.restores());
    fields.put("bytesRead", report.bytesRead());
    return fields;
  }

  private static Map<String, Object> fields(Probe probe) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("txid", probe.txid());
    fields.put("time", probe.time());
    fields.put("good", probe.good());
    fields.put("value", probe.answer().value());
    fields.put("type", probe.answer().type());
    fields.put("failed", probe.answer().failed());
    fields.put("gap", probe.gap());
    return fields;
  }
}
