package dev.sidewal.forensics;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/** Adds up what a transaction did to each b-tree, and says it by table. */
final class RowLedger {

  private static final class Entry {
    private long pages;
    private long rows;
    private boolean unknown;
  }

  private final Map<Integer, Entry> entries = new HashMap<>();

  private Entry entry(int tree) {
    return entries.computeIfAbsent(tree, t -> new Entry());
  }

  /** Counts a changed page. */
  void page(int tree) {
    entry(tree).pages++;
  }

  /** Adds rows, or takes them away. */
  void rows(int tree, long rows) {
    if (rows != 0) {
      entry(tree).rows += rows;
    }
  }

  /** Notes that the rows of a b-tree cannot be told. */
  void unknown(int tree) {
    entry(tree).unknown = true;
  }

  /** Returns all tables, by name; the later of two schemas names what both have. */
  List<TransactionTables.Touched> tables(Map<Integer, Tree> before, Map<Integer, Tree> after) {
    Map<String, Entry> byTable = new TreeMap<>();
    Map<String, Optional<String>> of = new HashMap<>();
    for (Map.Entry<Integer, Entry> e : entries.entrySet()) {
      Tree tree = after.getOrDefault(e.getKey(), before.get(e.getKey()));
      if (tree == null) {
        continue;
      }
      Entry sum = byTable.computeIfAbsent(tree.table(), t -> new Entry());
      of.putIfAbsent(tree.table(), tree.of());
      sum.pages += e.getValue().pages;
      if (tree.isTable()) {
        sum.rows += e.getValue().rows;
        sum.unknown |= e.getValue().unknown;
      }
    }
    // Pages that were written as they were, or only the header of the first page.
    byTable.values().removeIf(sum -> sum.pages == 0 && sum.rows == 0 && !sum.unknown);
    List<TransactionTables.Touched> tables = new ArrayList<>();
    byTable.forEach(
        (name, sum) ->
            tables.add(
                new TransactionTables.Touched(
                    name,
                    sum.pages,
                    sum.unknown ? OptionalLong.empty() : OptionalLong.of(sum.rows),
                    of.get(name))));
    return tables;
  }
}
