package dev.sidewal.cli;

import dev.sidewal.replica.Moment;
import dev.sidewal.replica.Timeline;
import dev.sidewal.replica.TxidRange;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A stretch of history, and how finely it can be restored.
 *
 * @param everyTransaction whether every transaction of it can be; if not, only images are kept
 * @param from its first transaction that can be restored
 * @param fromTime when that was; empty if no name says it
 * @param to its last transaction that can be restored
 * @param toTime when that was; empty if no name says it
 * @param moments how many of its transactions can be restored
 */
record Grain(
    boolean everyTransaction,
    long from,
    Optional<Instant> fromTime,
    long to,
    Optional<Instant> toTime,
    long moments) {

  /** Returns the stretches of a timeline, ascending: images up to the mark, then what follows. */
  static List<Grain> of(Timeline timeline) {
    long mark = timeline.mark().map(Moment::txid).orElse(0L);
    List<TxidRange> images = new ArrayList<>();
    List<TxidRange> whole = new ArrayList<>();
    for (TxidRange range : timeline.restorable()) {
      if (range.first() < mark) {
        images.add(new TxidRange(range.first(), Math.min(range.last(), mark - 1)));
      }
      if (range.last() >= mark) {
        whole.add(new TxidRange(Math.max(range.first(), mark), range.last()));
      }
    }
    List<Grain> grains = new ArrayList<>();
    if (!images.isEmpty()) {
      grains.add(grain(timeline, false, images));
    }
    whole.forEach(range -> grains.add(grain(timeline, true, List.of(range))));
    return grains;
  }

  private static Grain grain(Timeline timeline, boolean every, List<TxidRange> ranges) {
    long from = ranges.get(0).first();
    long to = ranges.get(ranges.size() - 1).last();
    return new Grain(
        every,
        from,
        timeline.nameTime(from).map(Moment::time),
        to,
        timeline.nameTime(to).map(Moment::time),
        ranges.stream().mapToLong(r -> r.last() - r.first() + 1).sum());
  }
}
