package dev.sidewal.replica;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Arithmetic of txid ranges. */
public final class TxidRanges {

  private TxidRanges() {}

  /** Returns the union as disjoint, non-adjacent ranges in ascending order. */
  public static List<TxidRange> union(List<TxidRange> ranges) {
    List<TxidRange> sorted = new ArrayList<>(ranges);
    sorted.sort(Comparator.comparingLong(TxidRange::first));
    List<TxidRange> union = new ArrayList<>();
    for (TxidRange r : sorted) {
      int end = union.size() - 1;
      if (end >= 0 && r.first() - 1 <= union.get(end).last()) {
        TxidRange open = union.get(end);
        union.set(end, new TxidRange(open.first(), Math.max(open.last(), r.last())));
      } else {
        union.add(r);
      }
    }
    return List.copyOf(union);
  }

  /** Returns what lies within {@code whole} and in none of {@code union}. */
  public static List<TxidRange> without(TxidRange whole, List<TxidRange> union) {
    List<TxidRange> rest = new ArrayList<>();
    long next = whole.first();
    for (TxidRange r : union) {
      if (r.first() > whole.last()) {
        break;
      }
      if (r.first() > next) {
        rest.add(new TxidRange(next, r.first() - 1));
      }
      next = Math.max(next, r.last() + 1);
    }
    if (next <= whole.last()) {
      rest.add(new TxidRange(next, whole.last()));
    }
    return List.copyOf(rest);
  }
}
