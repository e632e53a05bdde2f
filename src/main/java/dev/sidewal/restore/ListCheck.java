package dev.sidewal.restore;

import dev.sidewal.replica.Moment;
import dev.sidewal.replica.Timeline;
import dev.sidewal.replica.TimelineObject;
import dev.sidewal.replica.TxidRange;
import dev.sidewal.replica.TxidRanges;
import dev.sidewal.replica.Unusable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Looks for recorded transactions that no chain of names leads to. Reads no object. */
final class ListCheck {

  private ListCheck() {}

  /**
   * Returns the transactions that must be restorable one by one: from the mark of retention on, or
   * else from the first one that anything in the listing holds. Empty if there is none.
   */
  static Optional<TxidRange> window(Timeline timeline) {
    if (timeline.latest().isEmpty()) {
      return Optional.empty();
    }
    long latest = timeline.latest().getAsLong();
    long first =
        timeline
            .mark()
            .map(Moment::txid)
            .orElseGet(
                () ->
                    timeline.objects().stream()
                        .mapToLong(TimelineObject::first)
                        .min()
                        .orElse(latest));
    return Optional.of(new TxidRange(Math.min(first, latest), latest));
  }

  /** Returns the transactions of the window that cannot be restored, ascending. */
  static List<TxidRange> unreachable(Timeline timeline) {
    return window(timeline)
        .map(window -> TxidRanges.without(window, timeline.restorable()))
        .orElse(List.of());
  }

  static List<Finding> check(Timeline timeline) {
    List<Finding> findings = new ArrayList<>();
    if (timeline.restorable().isEmpty()) {
      findings.add(Finding.of(Finding.Kind.UNREACHABLE, Damage.noSnapshot(timeline).getMessage()));
    } else {
      for (TxidRange range : unreachable(timeline)) {
        findings.add(Finding.of(Finding.Kind.UNREACHABLE, Damage.lost(timeline, range)));
      }
    }
    int baseless = Unusable.baseless(timeline).size();
    if (baseless > 0) {
      findings.add(
          Finding.of(
              Finding.Kind.UNUSED,
              baseless
                  + " deltas have no snapshot to be applied to. Nothing needs them: the transactions"
                  + " that cannot be restored are named by themselves. sidewal prune removes them."));
    }
    List<String> unknown = timeline.listing().unknownKeys();
    if (!unknown.isEmpty()) {
      findings.add(
          Finding.of(
              Finding.Kind.UNUSED,
              unknown.size()
                  + " names are unknown to this version of Sidewal and were not looked at, such as "
                  + unknown.get(0)
                  + ". If a newer version writes this replica, verify with that one."));
    }
    return findings;
  }
}
