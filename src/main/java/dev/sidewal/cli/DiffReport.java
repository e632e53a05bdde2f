package dev.sidewal.cli;

import dev.sidewal.forensics.DiffSink;
import dev.sidewal.forensics.RowDiff;
import dev.sidewal.forensics.SchemaChange;
import dev.sidewal.forensics.TableDiff;
import dev.sidewal.restore.MomentFile;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What {@code sidewal diff} prints. */
final class DiffReport implements DiffSink {

  private final Output out;
  private final boolean json;
  private final long limit;
  private final Map<String, Long> left = new LinkedHashMap<>();
  private String table = "";
  private long same;
  private boolean tables;
  private boolean anything;

  DiffReport(Output out, boolean json, long limit) {
    this.out = out;
    this.json = json;
    this.limit = limit;
  }

  /** Says which moments are compared. */
  void begin(MomentFile from, MomentFile to) {
    begin(
        from,
        Optional.of(to.transaction().txid()),
        Optional.of(to.transaction().time()),
        Optional.empty());
  }

  /** Says that a moment and a live database are compared. */
  void begin(MomentFile from, Path to) {
    begin(from, Optional.empty(), Optional.empty(), Optional.of(to));
  }

  private void begin(
      MomentFile from, Optional<Long> toTxid, Optional<Instant> toTime, Optional<Path> against) {
    if (json) {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("kind", "moments");
      fields.put("fromTxid", from.transaction().txid());
      fields.put("fromTime", from.transaction().time());
      fields.put("toTxid", toTxid);
      fields.put("toTime", toTime);
      fields.put("against", against);
      out.jsonLine(fields);
      return;
    }
    out.line(
        "from transaction "
            + from.transaction().txid()
            + " of "
            + Texts.time(from.transaction().time())
            + " to "
            + against
                .map(db -> db + " as it is now")
                .orElseGet(
                    () ->
                        "transaction "
                            + toTxid.orElseThrow()
                            + " of "
                            + Texts.time(toTime.orElseThrow())));
  }

  @Override
  public void schema(SchemaChange change) {
    anything = true;
    if (json) {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("kind", "schema");
      fields.put("type", change.type());
      fields.put("name", change.name());
      fields.put("change", change.change());
      fields.put("detail", change.detail());
      out.jsonLine(fields);
    } else {
      out.line(
          change.type()
              + " "
              + change.name()
              + " "
              + change.change()
              + (change.detail().isEmpty() ? "" : ": " + change.detail()));
    }
  }

  @Override
  public void table(TableDiff diff) {
    long changes = diff.inserted() + diff.deleted() + diff.updated();
    left.put(diff.table(), changes);
    if (json) {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("kind", "table");
      fields.put("table", diff.table());
      fields.put("outcome", diff.outcome().name().toLowerCase(Locale.ROOT));
      if (diff.outcome() != TableDiff.Outcome.SAME && diff.outcome() != TableDiff.Outcome.SKIPPED) {
        fields.put("inserted", diff.inserted());
        fields.put("deleted", diff.deleted());
        fields.put("updated", diff.updated());
        fields.put("rowsBefore", diff.rowsBefore());
        fields.put("rowsAfter", diff.rowsAfter());
        fields.put("key", diff.key());
      }
      fields.put("note", diff.note());
      out.jsonLine(fields);
      return;
    }
    if (diff.outcome() == TableDiff.Outcome.SAME) {
      same++;
      return;
    }
    anything = true;
    if (diff.outcome() == TableDiff.Outcome.SKIPPED) {
      out.line("not compared: " + diff.table() + ": " + diff.note());
      return;
    }
    if (!tables) {
      tables = true;
      out.line(row("inserted", "deleted", "updated", "rows before", "after", "table"));
    }
    out.line(
        row(
            Long.toString(diff.inserted()),
            Long.toString(diff.deleted()),
            Long.toString(diff.updated()),
            Long.toString(diff.rowsBefore()),
            Long.toString(diff.rowsAfter()),
            diff.table()
                + switch (diff.outcome()) {
                  case CREATED -> " (created)";
                  case DROPPED -> " (dropped)";
                  default -> "";
                }
                + (diff.note().isEmpty() ? "" : " (" + diff.note() + ")")));
  }

  private static String row(
      String inserted, String deleted, String updated, String before, String after, String table) {
    return String.format(
        Locale.ROOT,
        "%10s %10s %10s %12s %12s  %s",
        inserted,
        deleted,
        updated,
        before,
        after,
        table);
  }

  @Override
  public void row(String name, RowDiff row) {
    left.merge(name, -row.count(), Long::sum);
    if (json) {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("kind", "row");
      fields.put("table", name);
      fields.put("change", row.change().name().toLowerCase(Locale.ROOT));
      fields.put("count", row.count());
      fields.put("key", values(row.key(), v -> v.before().or(v::after)));
      fields.put("before", values(row.values(), RowDiff.Value::before));
      fields.put("after", values(row.values(), RowDiff.Value::after));
      out.jsonLine(fields);
      return;
    }
    if (!name.equals(table)) {
      endOfTable();
      table = name;
      out.line("");
      out.line(name);
    }
    String key =
        row.key().stream()
            .map(v -> v.column() + "=" + v.before().or(v::after).orElse(""))
            .collect(Collectors.joining(" "));
    String values =
        row.values().stream()
            .filter(
                v ->
                    row.key().stream().noneMatch(k -> k.column().equals(v.column()))
                        || row.change() == RowDiff.Change.UPDATED)
            .map(
                v ->
                    row.change() == RowDiff.Change.UPDATED
                        ? v.column() + ": " + v.before().orElse("") + " -> " + v.after().orElse("")
                        : v.column() + "=" + v.before().or(v::after).orElse(""))
            .collect(Collectors.joining(", "));
    out.line(
        "  "
            + switch (row.change()) {
              case INSERTED -> "+";
              case DELETED -> "-";
              case UPDATED -> "~";
            }
            + (key.isEmpty() ? "" : " " + key)
            + (values.isEmpty() ? "" : "  " + values)
            + (row.count() > 1 ? "  (" + row.count() + " times)" : ""));
  }

  private static Map<String, Object> values(
      List<RowDiff.Value> values, Function<RowDiff.Value, Optional<String>> side) {
    Map<String, Object> fields = new LinkedHashMap<>();
    values.forEach(v -> side.apply(v).ifPresent(text -> fields.put(v.column(), text)));
    return fields;
  }

  private void endOfTable() {
    long more = table.isEmpty() ? 0 : left.getOrDefault(table, 0L);
    if (more > 0) {
      out.line("  ... and " + more + " more (--limit is " + limit + ")");
    }
  }

  /** Ends it. */
  void end() {
    if (json) {
      return;
    }
    endOfTable();
    if (!table.isEmpty()) {
      out.line("");
    }
    if (!anything) {
      out.line("nothing differs");
    }
    out.line(Texts.count(same, "table") + (same == 1 ? " is the same" : " are the same"));
  }
}
