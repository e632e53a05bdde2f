package dev.sidewal.cli;

import dev.sidewal.forensics.TransactionTables;
import dev.sidewal.forensics.TransactionTables.Touched;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How the tables that a transaction touched look. */
final class TouchedTables {

  private TouchedTables() {}

  /** Returns them for people, such as {@code users +1 row (2 pages); schema}. */
  static String text(TransactionTables touched) {
    List<String> parts = new ArrayList<>();
    for (Touched table : touched.tables()) {
      parts.add(
          table.name()
              + table.of().map(of -> " (of " + of + ")").orElse("")
              + " "
              + (table.rows().isPresent() ? rows(table.rows().getAsLong()) : "? rows")
              + " ("
              + Texts.count(table.pages(), "page")
              + ")");
    }
    if (touched.schema()) {
      parts.add("schema changed");
    }
    touched.note().ifPresent(note -> parts.add("note: " + note));
    return parts.isEmpty() ? "no table" : String.join("; ", parts);
  }

  private static String rows(long rows) {
    return (rows > 0 ? "+" : "") + rows + (Math.abs(rows) == 1 ? " row" : " rows");
  }

  /** Adds them to what JSON says of a transaction. */
  static void fields(TransactionTables touched, Map<String, Object> fields) {
    fields.put("tables", touched.tables().stream().map(TouchedTables::fields).toList());
    fields.put("schema", touched.schema());
    touched.note().ifPresent(note -> fields.put("note", note));
  }

  private static Map<String, Object> fields(Touched table) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("name", table.name());
    fields.put("pages", table.pages());
    table.rows().ifPresent(rows -> fields.put("rows", rows));
    table.of().ifPresent(of -> fields.put("of", of));
    return fields;
  }
}
