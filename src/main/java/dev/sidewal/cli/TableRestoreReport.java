package dev.sidewal.cli;

import dev.sidewal.restore.CoarseMoment;
import dev.sidewal.restore.MomentFile;
import dev.sidewal.store.ReplicaUrl;
import dev.sidewal.tables.RestoredTable;
import dev.sidewal.tables.TableRestoreRequest;
import dev.sidewal.tables.TableRestoreResult;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What {@code sidewal restore --table} prints. */
final class TableRestoreReport {

  private final Output out;
  private final boolean json;

  TableRestoreReport(Output out, boolean json) {
    this.out = out;
    this.json = json;
  }

  /** Prints what was done, or would be. */
  void print(
      ReplicaUrl url, MomentFile moment, TableRestoreRequest request, TableRestoreResult result) {
    if (json) {
      out.document(fields(url, moment, request, result));
      return;
    }
    out.line(
        String.format(
            Locale.ROOT,
            "%s of transaction %d of %s into %s",
            request.dryRun() ? "would bring tables" : "brought tables",
            moment.transaction().txid(),
            Texts.time(moment.transaction().time()),
            request.into()));
    for (RestoredTable table : result.tables()) {
      out.line("  " + line(table));
    }
    result.notes().forEach(note -> out.line("note: " + note));
    if (request.dryRun()) {
      out.line("nothing was changed; foreign keys were not looked at");
    } else {
      out.line(
          "in one transaction; nobody else could write for " + result.locked().toMillis() + " ms");
    }
  }

  private static String line(RestoredTable table) {
    StringBuilder line = new StringBuilder();
    line.append(
        switch (table.action()) {
          case COPIED -> table.table() + " as " + table.name();
          case REPLACED -> table.name() + " in its place";
          case RETURNED -> table.name() + ", which was gone";
        });
    line.append(": ").append(Texts.count(table.rows(), "row"));
    if (table.liveRows().isPresent()) {
      line.append(
          table.action() == RestoredTable.Action.REPLACED ? " (it had " : " (the live one has ");
      line.append(table.liveRows().getAsLong()).append(')');
    }
    if (!table.indexes().isEmpty()) {
      line.append("; indexes ").append(String.join(", ", table.indexes()));
    }
    if (!table.triggers().isEmpty()) {
      line.append("; triggers ").append(String.join(", ", table.triggers()));
    }
    return line.toString();
  }

  private static Map<String, Object> fields(
      ReplicaUrl url, MomentFile moment, TableRestoreRequest request, TableRestoreResult result) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("restored", !request.dryRun());
    fields.put("dryRun", request.dryRun());
    fields.put("replica", url.toString());
    fields.put("txid", moment.transaction().txid());
    fields.put("time", moment.transaction().time());
    fields.put("exact", moment.coarse().isEmpty());
    fields.put("requestedTime", moment.coarse().map(CoarseMoment::requested));
    fields.put("into", request.into());
    List<Object> tables = new ArrayList<>();
    for (RestoredTable table : result.tables()) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("table", table.table());
      one.put("name", table.name());
      one.put("action", table.action().name().toLowerCase(Locale.ROOT));
      one.put("rows", table.rows());
      one.put(
          "liveRows",
          table.liveRows().isPresent()
              ? Optional.of(table.liveRows().getAsLong())
              : Optional.empty());
      one.put("indexes", table.indexes());
      one.put("triggers", table.triggers());
      tables.add(one);
    }
    fields.put("tables", tables);
    fields.put("notes", result.notes());
    fields.put("lockedMillis", result.locked().toMillis());
    return fields;
  }
}
