package dev.sidewal.restore;

import dev.sidewal.error.HistoryDamagedException;
import dev.sidewal.replica.Timeline;
import dev.sidewal.replica.TxidRange;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Words damage: what is lost, and the last transaction that can still be restored. */
final class Damage {

  private Damage() {}

  /** The target was recorded, but no complete chain leads to it. */
  static HistoryDamagedException unreachable(Timeline timeline, long txid, String target) {
    return new HistoryDamagedException(
        "The history in "
            + timeline.listing().location()
            + " is incomplete: "
            + hole(timeline, txid)
            + ". So "
            + target
            + (target.endsWith(" " + txid) ? "" : " (transaction " + txid + ")")
            + " cannot be restored. "
            + lastRestorable(timeline, txid)
            + " Bring the missing objects back from a copy or an older version of them, or ask for a"
            + " transaction that can be restored by --txid.");
  }

  /** Recorded transactions that no complete chain leads to. */
  static String lost(Timeline timeline, TxidRange range) {
    List<String> holes =
        timeline.holes().stream()
            .filter(h -> h.first() <= range.last() && h.last() >= range.first())
            .map(TxidRange::toString)
            .toList();
    boolean begin = timeline.earliest().filter(e -> e.txid() > range.last()).isPresent();
    String what = range.toString();
    return Character.toUpperCase(what.charAt(0))
        + what.substring(1)
        + " cannot be restored: "
        + (!holes.isEmpty()
            ? "no object holds " + String.join("; ", holes)
            : begin
                ? "the snapshot that they build on is not there"
                : "no image that is there leads to them")
        + ". "
        + lastRestorable(timeline, range.first())
        + " Bring the missing objects back from a copy or an older version of them. What is committed"
        + " from now on becomes restorable by a new snapshot: sidewal snapshot.";
  }

  /** A hole may hide the last transaction at or before a time. */
  static HistoryDamagedException unknownAt(Timeline timeline, long txid, Instant time) {
    return new HistoryDamagedException(
        "The history in "
            + timeline.listing().location()
            + " is incomplete: "
            + hole(timeline, txid)
            + ". So the last transaction at or before "
            + time
            + " is not known. "
            + lastRestorable(timeline, txid)
            + " Bring the missing objects back from a copy or an older version of them, or ask for a"
            + " transaction that can be restored by --txid.");
  }

  /**
   * Times never run backwards in a history, so the name of an object is wrong: a transaction that
   * is said to be at or before a time is not older than one that is said to be after it.
   */
  static HistoryDamagedException timesContradict(
      Timeline timeline, long before, long after, Instant time) {
    return new HistoryDamagedException(
        "The times in "
            + timeline.listing().location()
            + " contradict each other: transaction "
            + before
            + " was at or before "
            + time
            + (before == after ? ", but also" : ", but transaction " + after)
            + " after it. One of these was renamed or copied, or is none of Sidewal's: "
            + String.join(
                ", ",
                timeline.objects().stream()
                    .filter(
                        o ->
                            o.first() == before
                                || o.last() == before
                                || o.first() == after
                                || o.last() == after)
                    .map(o -> o.key())
                    .toList())
            + ". So the last transaction at that time is not known. Move the wrong one away, or"
            + " restore by --txid.");
  }

  /** There are objects, but none that a restore could begin with. */
  static HistoryDamagedException noSnapshot(Timeline timeline) {
    List<String> unknown = timeline.listing().unknownKeys();
    return new HistoryDamagedException(
        "Nothing can be restored from "
            + timeline.listing().location()
            + ": "
            + timeline.listing().objects()
            + " objects are there, but no valid snapshot, which every restore begins with"
            + (timeline.latest().isPresent()
                ? "; transactions up to " + timeline.latest().getAsLong() + " were recorded"
                : "")
            + (unknown.isEmpty()
                ? ""
                : "; names that this version does not know, such as " + unknown.get(0))
            + ". No transaction is restorable. Bring the missing snapshot back from a copy or an"
            + " older version of it. If the agent is running, ask it for a new one: sidewal"
            + " snapshot.");
  }

  /** Adds what an object's damage means for a target. */
  static HistoryDamagedException withAdvice(
      Timeline timeline, String key, long txid, HistoryDamagedException damage) {
    Timeline without = Timeline.of(timeline.listing(), o -> !o.key().equals(key));
    String advice =
        without.isRestorable(txid)
            ? "The last restorable transaction without this object is "
                + txid
                + ", the target itself: other objects lead there too. Move "
                + key
                + " away and restore again."
            : lastRestorable(without, txid)
                + " Bring the object back from a copy or an older version of it.";
    return new HistoryDamagedException(damage.getMessage() + " " + advice, damage);
  }

  private static String hole(Timeline timeline, long txid) {
    long reached = timeline.lastRestorable(txid).orElse(0);
    Optional<TxidRange> hole =
        timeline.holes().stream().filter(h -> h.last() > reached && h.first() <= txid).findFirst();
    return hole.map(h -> "no object holds " + h)
        .orElse("no object leads from transaction " + reached + " to the next one");
  }

  private static String lastRestorable(Timeline timeline, long txid) {
    OptionalLong last = timeline.lastRestorable(txid);
    if (last.isEmpty()) {
      return "No transaction before it is restorable.";
    }
    return "The last restorable transaction before that is "
        + last.getAsLong()
        + timeline.nameTime(last.getAsLong()).map(m -> " (of " + m.time() + ")").orElse("")
        + ".";
  }
}
