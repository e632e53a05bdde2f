package dev.sidewal.cli;

import dev.sidewal.restore.CoarseMoment;
import dev.sidewal.restore.PlannedObject;
import dev.sidewal.restore.RestoreCheck;
import dev.sidewal.restore.RestorePlan;
import dev.sidewal.restore.RestoreResult;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What {@code sidewal restore} prints: a plan, a result, or that there was nothing to do. */
final class RestoreReport {

  private final Output out;
  private final boolean json;

  RestoreReport(Output out, boolean json) {
    this.out = out;
    this.json = json;
  }

  /** Prints what was restored. */
  void result(String replica, RestoreCheck check, RestoreResult result) {
    if (json) {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("restored", true);
      fields.put("replica", replica);
      fields.put("txid", result.txid());
      fields.put("time", result.time());
      exactness(fields, result.coarse());
      fields.put("pages", result.pages());
      fields.put("pageSize", result.pageSize());
      fields.put("bytes", result.bytes());
      fields.put("checksum", Texts.checksum(result.checksum()));
      fields.put("check", name(check));
      fields.put("objects", result.objects());
      fields.put("objectBytes", result.objectBytes());
      fields.put("durationMillis", result.duration().toMillis());
      fields.put("output", result.output());
      fields.put("warnings", result.warnings());
      fields.put("unseen", result.unseen());
      out.document(fields);
    } else {
      out.line(
          String.format(
              Locale.ROOT,
              "restored transaction %d of %s to %s",
              result.txid(),
              Texts.time(result.time()),
              result.output()));
      out.line(
          String.format(
              Locale.ROOT,
              "%s of %d bytes (%s) from %s (%s) in %s; database checksum %s, check: %s",
              Texts.count(result.pages(), "page"),
              result.pageSize(),
              Texts.bytes(result.bytes()),
              Texts.count(result.objects(), "object"),
              Texts.bytes(result.objectBytes()),
              seconds(result.duration()),
              Texts.checksum(result.checksum()),
              name(check)));
    }
  }

  /** Prints what would be restored, and from what. */
  void plan(RestorePlan plan, Optional<Path> output) {
    if (json) {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("restored", false);
      fields.put("dryRun", true);
      fields.put("replica", plan.location());
      fields.put("txid", plan.target().txid());
      fields.put("time", plan.target().time());
      exactness(fields, plan.coarse());
      fields.put("pages", plan.target().databasePages());
      fields.put("pageSize", plan.pageSize());
      fields.put("bytes", plan.databaseBytes());
      fields.put("checksum", Texts.checksum(plan.target().checksum()));
      fields.put("objectBytes", plan.totalBytes());
      List<Object> objects = new ArrayList<>();
      for (PlannedObject object : plan.objects()) {
        objects.add(step(object));
      }
      fields.put("objects", objects);
      fields.put("output", output);
      out.document(fields);
    } else {
      out.line(
          String.format(
              Locale.ROOT,
              "would restore transaction %d of %s: %s of %d bytes (%s)",
              plan.target().txid(),
              Texts.time(plan.target().time()),
              Texts.count(plan.target().databasePages(), "page"),
              plan.pageSize(),
              Texts.bytes(plan.databaseBytes())));
      out.line(
          String.format(
              Locale.ROOT,
              "from %s (%s) in %s:",
              Texts.count(plan.objects().size(), "object"),
              Texts.bytes(plan.totalBytes()),
              plan.location()));
      for (PlannedObject object : plan.objects()) {
        out.line(
            String.format(
                Locale.ROOT,
                "  %-10s to transaction %-12d %10s  %s",
                kind(object),
                object.toTxid(),
                Texts.bytes(object.bytes()),
                object.key()));
      }
    }
  }

  /** Prints why there was nothing to do. */
  void nothingDone(String replica, Optional<Path> output, String reason) {
    if (json) {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("restored", false);
      fields.put("reason", reason);
      fields.put("replica", replica);
      fields.put("output", output);
      out.document(fields);
    } else {
      out.line("nothing restored: " + reason);
    }
  }

  private static void exactness(Map<String, Object> fields, Optional<CoarseMoment> coarse) {
    fields.put("exact", coarse.isEmpty());
    fields.put("requestedTime", coarse.map(CoarseMoment::requested));
  }

  private static Map<String, Object> step(PlannedObject object) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("key", object.key());
    fields.put("kind", kind(object));
    fields.put("from", object.fromTxid());
    fields.put("to", object.toTxid());
    fields.put("bytes", object.bytes());
    return fields;
  }

  private static String kind(PlannedObject object) {
    return object.object().name().kind().name().toLowerCase(Locale.ROOT);
  }

  private static String name(RestoreCheck check) {
    return check.name().toLowerCase(Locale.ROOT);
  }

  private static String seconds(Duration duration) {
    return String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1000.0);
  }
}
