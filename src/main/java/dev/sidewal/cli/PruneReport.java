package dev.sidewal.cli;

import dev.sidewal.replica.RetiredMark;
import dev.sidewal.retention.RetentionPass;
import dev.sidewal.retention.RetentionPlan;
import dev.sidewal.retention.RetentionPolicy;
import dev.sidewal.retention.RetireReason;
import dev.sidewal.retention.RetiredObject;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/** What {@code sidewal prune} prints. */
final class PruneReport {

  private final RetentionPass.Prepared prepared;
  private final RetentionPlan plan;
  private final boolean deleted;
  private final Instant windowStart;

  /**
   * Creates a report.
   *
   * @param deleted whether what was planned was deleted
   */
  PruneReport(
      RetentionPass.Prepared prepared, boolean deleted, Instant now, RetentionPolicy policy) {
    this.prepared = prepared;
    this.plan = prepared.plan();
    this.deleted = deleted;
    this.windowStart = now.minus(policy.window());
  }

  /** Returns the fields of the JSON document. */
  Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("replica", prepared.timeline().listing().location());
    fields.put("deleted", deleted);
    fields.put("windowStart", windowStart);
    fields.put("objects", plan.objects().size());
    fields.put("bytes", plan.bytes());
    fields.put("mark", plan.mark().map(RetiredMark::key));
    fields.put("retired", plan.objects().stream().map(PruneReport::object).toList());
    fields.put("failures", prepared.failures());
    return fields;
  }

  private static Map<String, Object> object(RetiredObject object) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("key", object.key());
    fields.put("kind", name(object.kind()));
    fields.put("reason", name(object.reason()));
    fields.put("bytes", object.bytes());
    return fields;
  }

  private static String name(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Hands over the lines for people. */
  void lines(Consumer<String> out) {
    List<RetiredObject> objects = plan.objects();
    if (objects.isEmpty()) {
      out.accept(
          "nothing to prune: everything in "
              + prepared.timeline().listing().location()
              + " is still needed");
      return;
    }
    for (RetiredObject o : objects) {
      out.accept(
          String.format(
              Locale.ROOT,
              "%-9s %10s  %-12s  %s",
              name(o.kind()),
              Texts.bytes(o.bytes()),
              name(o.reason()),
              o.key()));
    }
    out.accept("");
    for (RetireReason reason : RetireReason.values()) {
      long count = objects.stream().filter(o -> o.reason() == reason).count();
      if (count > 0) {
        out.accept(
            String.format(
                Locale.ROOT,
                "%-12s %5d  %10s  %s",
                name(reason),
                count,
                Texts.bytes(
                    objects.stream()
                        .filter(o -> o.reason() == reason)
                        .mapToLong(RetiredObject::bytes)
                        .sum()),
                reason.text()));
      }
    }
    out.accept(
        (deleted ? "deleted " : "would delete ")
            + Texts.count(objects.size(), "object")
            + " ("
            + Texts.bytes(plan.bytes())
            + "); every transaction since "
            + Texts.time(windowStart)
            + " stays restorable"
            + (deleted ? "" : ". Nothing was changed: delete with --confirm"));
  }
}
