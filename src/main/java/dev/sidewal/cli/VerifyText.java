package dev.sidewal.cli;

import dev.sidewal.error.ExitCode;
import dev.sidewal.replica.Moment;
import dev.sidewal.replica.Timeline;
import dev.sidewal.replica.TxidRange;
import dev.sidewal.replica.Unusable;
import dev.sidewal.restore.Finding;
import dev.sidewal.restore.LiveVerdict;
import dev.sidewal.restore.RestorePlan;
import dev.sidewal.restore.VerifyReport;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/** What {@code sidewal verify} prints. */
final class VerifyText {

  private final VerifyReport report;
  private final Timeline timeline;

  VerifyText(VerifyReport report) {
    this.report = report;
    this.timeline = report.timeline();
  }

  /** Returns the code to exit with: damage comes before what follows from it. */
  ExitCode exitCode() {
    return switch (report.worst()) {
      case NOTE -> ExitCode.DONE;
      case WRONG -> ExitCode.VERIFICATION_FAILED;
      case DAMAGE -> ExitCode.HISTORY_DAMAGED;
    };
  }

  /** Returns one sentence for standard error. */
  String summary() {
    long wrong =
        report.findings().stream()
            .filter(f -> f.kind().severity() != Finding.Severity.NOTE)
            .count();
    return timeline.listing().location()
        + " did not pass: "
        + Texts.count(wrong, "finding")
        + (report.worst() == Finding.Severity.DAMAGE
            ? "; its history is damaged or incomplete."
            : "; its history is complete, but what comes out is not right.");
  }

  /** Returns the fields of the JSON document. */
  Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("replica", timeline.listing().location());
    fields.put("level", name(report.level()));
    fields.put("passed", report.passed());
    fields.put("earliest", timeline.earliest().map(VerifyText::moment));
    fields.put("latest", timeline.latest().isPresent() ? timeline.latest().getAsLong() : 0L);
    fields.put("restorable", timeline.restorable().stream().map(VerifyText::range).toList());
    fields.put("liveObjects", timeline.objects().size());
    fields.put("fencedObjects", Unusable.fenced(timeline.listing()).size());
    fields.put("retiredObjects", timeline.retiredLog().size());
    fields.put("objectsRead", report.objects());
    fields.put("bytesRead", report.bytes());
    fields.put("restored", report.restored().map(VerifyText::restored));
    fields.put("against", report.live().map(VerifyText::live));
    fields.put("findings", report.findings().stream().map(VerifyText::finding).toList());
    fields.put("durationMillis", report.duration().toMillis());
    return fields;
  }

  private static Map<String, Object> moment(Moment moment) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("txid", moment.txid());
    fields.put("time", moment.time());
    return fields;
  }

  private static Map<String, Object> range(TxidRange range) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("first", range.first());
    fields.put("last", range.last());
    return fields;
  }

  private static Map<String, Object> restored(RestorePlan plan) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("txid", plan.target().txid());
    fields.put("time", plan.target().time());
    fields.put("pages", plan.target().databasePages());
    fields.put("pageSize", plan.pageSize());
    fields.put("bytes", plan.databaseBytes());
    fields.put("checksum", Texts.checksum(plan.target().checksum()));
    fields.put("objects", plan.objects().size());
    fields.put("objectBytes", plan.totalBytes());
    return fields;
  }

  private static Map<String, Object> live(LiveVerdict verdict) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("outcome", name(verdict.outcome()));
    fields.put("txid", verdict.txid());
    fields.put("behind", verdict.behind());
    fields.put("pages", verdict.pages());
    fields.put("firstPages", verdict.firstPages());
    fields.put("freePages", verdict.freePages());
    fields.put("tables", verdict.tables().stream().map(VerifyText::table).toList());
    fields.put("rows", verdict.rows().stream().map(VerifyText::rows).toList());
    return fields;
  }

  private static Map<String, Object> rows(LiveVerdict.Rows rows) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("name", rows.name());
    fields.put("restoredRows", rows.restored());
    fields.put("liveRows", rows.live());
    return fields;
  }

  private static Map<String, Object> table(LiveVerdict.Table table) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("name", table.name());
    fields.put("pages", table.pages());
    fields.put("restoredRows", table.restoredRows());
    fields.put("liveRows", table.liveRows());
    return fields;
  }

  private static Map<String, Object> finding(Finding finding) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("kind", name(finding.kind()));
    fields.put("severity", name(finding.kind().severity()));
    fields.put("key", finding.key());
    fields.put("message", finding.message());
    return fields;
  }

  private static String name(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Hands over the lines for people. */
  void lines(Consumer<String> out) {
    List<TxidRange> restorable = timeline.restorable();
    out.accept(
        "names        "
            + (restorable.isEmpty()
                ? "lead to no transaction"
                : "lead to "
                    + restorable.get(0)
                    + (restorable.size() > 1
                        ? " and on to "
                            + restorable.get(restorable.size() - 1)
                            + " ("
                            + restorable.size()
                            + " stretches)"
                        : "")
                    + ", from "
                    + timeline.earliest().map(m -> Texts.time(m.time())).orElse("?")
                    + " on"));
    out.accept(
        String.format(
            Locale.ROOT,
            "objects      %d that a restore may use, %d fenced, %d retired%s",
            timeline.objects().size(),
            Unusable.fenced(timeline.listing()).size(),
            timeline.retiredLog().size(),
            report.objects() > 0
                ? "; " + report.objects() + " read, " + Texts.bytes(report.bytes())
                : ""));
    report
        .restored()
        .ifPresent(
            p ->
                out.accept(
                    String.format(
                        Locale.ROOT,
                        "restored     transaction %d of %s: %s of %d bytes (%s) from %s (%s); database"
                            + " checksum %s, integrity_check and foreign_key_check done",
                        p.target().txid(),
                        Texts.time(p.target().time()),
                        Texts.count(p.target().databasePages(), "page"),
                        p.pageSize(),
                        Texts.bytes(p.databaseBytes()),
                        Texts.count(p.objects().size(), "object"),
                        Texts.bytes(p.totalBytes()),
                        Texts.checksum(p.target().checksum()))));
    report.live().ifPresent(v -> live(v, out));
    for (Finding f : report.findings()) {
      out.accept(String.format(Locale.ROOT, "%-12s %s", name(f.kind()), f.message()));
    }
    out.accept(
        String.format(
            Locale.ROOT,
            "%s at level %s in %.1f s",
            report.passed() ? "passed" : "DID NOT PASS",
            name(report.level()),
            report.duration().toMillis() / 1000.0));
  }

  private static void live(LiveVerdict v, Consumer<String> out) {
    switch (v.outcome()) {
      case EQUAL ->
          out.accept(
              "against      equal: the live database was transaction "
                  + v.txid()
                  + (v.freePages() == 0
                      ? ", byte for byte"
                      : ", apart from "
                          + Texts.count(v.freePages(), "free page")
                          + ", whose content has no meaning"));
      case AHEAD ->
          out.accept(
              "against      the live database is ahead of transaction "
                  + v.txid()
                  + " by at least "
                  + v.behind());
      case DIFFERS ->
          out.accept(
              "against      differs from transaction "
                  + v.txid()
                  + " in "
                  + Texts.count(v.pages(), "page")
                  + ": "
                  + v.firstPages());
    }
    for (LiveVerdict.Table t : v.tables()) {
      out.accept(
          String.format(
              Locale.ROOT,
              "             in %s: %s%s",
              t.name(),
              Texts.count(t.pages(), "page"),
              t.restoredRows() < 0
                  ? ""
                  : "; " + t.restoredRows() + " rows restored, " + t.liveRows() + " rows live"));
    }
    for (LiveVerdict.Rows r : v.rows()) {
      out.accept(
          "rows         "
              + r.name()
              + ": "
              + number(r.restored())
              + " restored, "
              + (r.live() == r.restored() ? "as many" : number(r.live()))
              + " live now");
    }
  }

  private static String number(long rows) {
    return rows < 0 ? "none could be counted" : Long.toString(rows);
  }
}
