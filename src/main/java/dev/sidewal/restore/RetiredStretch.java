package dev.sidewal.restore;

import dev.sidewal.error.TargetUnavailableException;
import dev.sidewal.replica.HistoryObject;
import dev.sidewal.replica.Moment;
import dev.sidewal.replica.Timeline;
import dev.sidewal.replica.TimelineObject;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The transactions up to the mark of retention, of which only images are kept. That another one is
 * not there is no damage: it is outside of what can be restored.
 */
final class RetiredStretch {

  private final Timeline timeline;
  private final long mark;
  private final Instant markTime;

  /** The images that can be restored, the one at the mark included. */
  private final TreeMap<Long, Moment> images = new TreeMap<>();

  RetiredStretch(Timeline timeline) {
    this.timeline = timeline;
    this.mark = timeline.mark().map(Moment::txid).orElse(0L);
    this.markTime = timeline.mark().map(Moment::time).orElse(Instant.MIN);
    for (TimelineObject o : timeline.objects()) {
      if (o.last() <= mark
          && o.object().name().kind().isImage()
          && timeline.isRestorable(o.last())) {
        images.put(o.last(), new Moment(o.last(), o.object().name().lastTime()));
      }
    }
  }

  /** Returns whether a transaction is one of those that only images may be kept of. */
  boolean contains(long txid) {
    return txid < mark;
  }

  /** Returns the first transaction that was certainly recorded at or before a time; 0 if none. */
  long knownAt(Instant time) {
    return time.isBefore(markTime) ? 0 : mark;
  }

  /**
   * Returns the image that stands for a time; empty if the time lies behind the mark, or before
   * every image.
   */
  Optional<Moment> at(Instant time) {
    if (!time.isBefore(markTime) || isBehind(time)) {
      return Optional.empty();
    }
    return images.values().stream().filter(m -> !m.time().isAfter(time)).reduce((a, b) -> b);
  }

  /** Returns what is inexact about an image that stands for a time; empty if nothing is. */
  Optional<CoarseMoment> coarse(Moment taken, Instant time) {
    Optional<Moment> next =
        Optional.ofNullable(images.higherEntry(taken.txid())).map(Map.Entry::getValue);
    return next.filter(n -> n.txid() == taken.txid() + 1).isPresent()
        ? Optional.empty()
        : Optional.of(new CoarseMoment(time, taken, next));
  }

  /** Returns whether a name behind the mark says that a time is. */
  private boolean isBehind(Instant time) {
    return timeline.objects().stream()
        .filter(o -> o.last() > mark)
        .anyMatch(
            o -> {
              HistoryObject name = o.object().name();
              return (!o.isCut() && !name.lastTime().isAfter(time))
                  || (o.first() > mark
                      && name.firstTxid() == o.first()
                      && !name.firstTime().isAfter(time));
            });
  }

  /** Makes the refusal of a time that only an inexact moment could stand for. */
  TargetUnavailableException inexact(CoarseMoment coarse) {
    return new TargetUnavailableException(
        "The last transaction at or before "
            + coarse.requested()
            + " is not kept in "
            + timeline.listing().location()
            + ". "
            + coarse.reason()
            + ". Ask for one of these by --txid, or without --exact for the earlier one.");
  }

  /** Makes the refusal of a transaction that is not kept. */
  TargetUnavailableException notKept(long txid) {
    Optional<Moment> before = Optional.ofNullable(images.lowerEntry(txid)).map(Map.Entry::getValue);
    Optional<Moment> after = Optional.ofNullable(images.higherEntry(txid)).map(Map.Entry::getValue);
    return new TargetUnavailableException(
        "Transaction "
            + txid
            + " is not kept in "
            + timeline.listing().location()
            + ": up to transaction "
            + mark
            + " retention keeps images only. The nearest that can be restored: before it "
            + before.map(Moment::toString).orElse("none")
            + ", after it "
            + after.map(Moment::toString).orElse("none")
            + ".");
  }
}
