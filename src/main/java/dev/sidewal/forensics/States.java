package dev.sidewal.forensics;

import dev.sidewal.replica.TxidRange;
import java.util.ArrayList;
import java.util.List;

/** The moments between two that can be restored, numbered from 0. Immutable. */
final class States {

  private final List<TxidRange> ranges = new ArrayList<>();

  States(List<TxidRange> restorable, long first, long last) {
    for (TxidRange range : restorable) {
      long from = Math.max(first, range.first());
      long to = Math.min(last, range.last());
      if (from <= to) {
        ranges.add(new TxidRange(from, to));
      }
    }
  }

  long count() {
    return ranges.stream().mapToLong(r -> r.last() - r.first() + 1).sum();
  }

  long txid(long number) {
    long left = number;
    for (TxidRange range : ranges) {
      long length = range.last() - range.first() + 1;
      if (left < length) {
        return range.first() + left;
      }
      left -= length;
    }
    throw new IndexOutOfBoundsException("state " + number + " of " + count());
  }
}
