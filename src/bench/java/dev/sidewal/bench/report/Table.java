package dev.sidewal.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The table that people read: a line for each figure, a column for each contender. */
public final class Table {

  private final List<Column> columns;

  /** Makes a table with these contenders. */
  public Table(List<Column> columns) {
    this.columns = List.copyOf(columns);
  }

  /** Returns the lines of some sheets, aligned with one another. */
  public List<String> lines(List<Sheet> sheets) {
    List<List<String>> cells = new ArrayList<>();
    cells.add(head());
    for (Sheet sheet : sheets) {
      cells.add(List.of("[" + sheet.name() + "] " + sheet.title()));
      sheet.rows().forEach(row -> cells.add(cells(sheet, row)));
    }
    int[] widths = new int[columns.size() + 3];
    for (List<String> line : cells) {
      for (int i = 0; line.size() > 1 && i < line.size(); i++) {
        widths[i] = Math.max(widths[i], line.get(i).length());
      }
    }
    List<String> lines = new ArrayList<>();
    cells.forEach(line -> lines.add(padded(line, widths)));
    for (Sheet sheet : sheets) {
      for (Column column : columns) {
        sheet
            .runs()
            .failure(column.name())
            .ifPresent(why -> lines.add(sheet.name() + ", " + column.name() + ": failed: " + why));
      }
    }
    return lines;
  }

  private List<String> head() {
    List<String> head = new ArrayList<>();
    head.add("what");
    columns.forEach(column -> head.add(column.name()));
    head.add("target");
    head.add("met");
    return head;
  }

  private List<String> cells(Sheet sheet, Row row) {
    List<String> line = new ArrayList<>();
    line.add("  " + row.what());
    for (Column column : columns) {
      line.add(cell(sheet, row, column));
    }
    line.add(row.target().map(Target::text).orElse(""));
    line.add(verdict(sheet, row));
    return line;
  }

  private static String cell(Sheet sheet, Row row, Column column) {
    if (row.ratio() && column.name().equals(Runs.BASE)) {
      return "1";
    }
    return row.of(sheet.runs(), column.name())
        .map(spread -> spread.text(Spread.Precision.significant()))
        .orElse(sheet.runs().failure(column.name()).isPresent() ? "failed" : "–");
  }

  private String verdict(Sheet sheet, Row row) {
    return columns.stream()
        .flatMap(column -> sheet.met(row, column).stream())
        .map(met -> met ? "met" : "missed")
        .collect(Collectors.joining("/"));
  }

  private static String padded(List<String> line, int[] widths) {
    if (line.size() == 1) {
      return line.get(0);
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < line.size(); i++) {
      text.append(line.get(i)).append(" ".repeat(widths[i] - line.get(i).length() + 2));
    }
    return text.toString().stripTrailing();
  }
}
