package dev.sidewal.torture;

import dev.sidewal.replica.HistoryObject;
import dev.sidewal.replica.Moment;
import dev.sidewal.replica.TimelineObject;
import dev.sidewal.segment.ObjectKind;
import dev.sidewal.testing.ReplicaInvariants;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What agents have said that the store has. An object that an agent shipped while it was the only
 * one is valid for ever, to its last transaction; what it shipped beside another one must be there,
 * but may be fenced. A segment is also there when packs have all its transactions. Not thread-safe.
 */
final class Promises {

  private final Set<String> valid = new HashSet<>();
  private final Set<String> there = new HashSet<>();
  private final Map<Long, Long> states = new TreeMap<>();

  /** Notes what an agent said that has ended. */
  void add(List<String> keys, boolean alone) {
    there.addAll(keys);
    if (alone) {
      valid.addAll(keys);
    }
  }

  /** Notes that at a transaction everything up to the writers' {@code seq} is in the store. */
  void add(long txid, long seq) {
    states.merge(txid, seq, Math::max);
  }

  /** Returns transactions, with the writers' seq that each must at least have. */
  Map<Long, Long> states() {
    return states;
  }

  /** Returns how many objects were acknowledged. */
  int size() {
    return there.size();
  }

  /** What a pack has, of one generation. */
  private record Packed(long generation, long first, long last) {}

  /** Returns whether packs together have all of a segment. */
  private static boolean isPacked(String key, List<Packed> packs) {
    HistoryObject segment = HistoryObject.parse(key).orElseThrow();
    if (segment.kind() != ObjectKind.SEGMENT) {
      return false;
    }
    long next = segment.firstTxid();
    boolean more = true;
    while (more && next <= segment.lastTxid()) {
      long from = next;
      next =
          packs.stream()
              .filter(p -> p.generation() == segment.generation())
              .filter(p -> p.first() <= from && from <= p.last())
              .mapToLong(p -> p.last() + 1)
              .max()
              .orElse(from);
      more = next > from;
    }
    return next > segment.lastTxid();
  }

  /**
   * Checks that a replica holds what was promised.
   *
   * @param pruned whether retention may have removed something
   */
  void check(ReplicaInvariants.Report report, boolean pruned) {
    List<String> broken = new ArrayList<>();
    Map<String, TimelineObject> objects =
        report.timeline().objects().stream()
            .collect(Collectors.toMap(TimelineObject::key, Function.identity()));
    Set<String> listed =
        report.timeline().listing().generations().stream()
            .flatMap(g -> g.objects().stream())
            .map(o -> o.key())
            .collect(Collectors.toSet());
    List<Packed> packs =
        listed.stream()
            .flatMap(key -> HistoryObject.parse(key).stream())
            .filter(o -> o.kind() == ObjectKind.PACK)
            .map(o -> new Packed(o.generation(), o.firstTxid(), o.lastTxid()))
            .toList();
    List<Packed> validPacks =
        objects.values().stream()
            .filter(o -> o.object().name().kind() == ObjectKind.PACK)
            .map(o -> new Packed(o.object().name().generation(), o.first(), o.last()))
            .toList();
    long mark = report.timeline().mark().map(Moment::txid).orElse(0L);
    for (String key : there) {
      if (!pruned && !listed.contains(key) && !isPacked(key, packs)) {
        broken.add(key + " was acknowledged and is not there");
      }
    }
    for (String key : valid) {
      if (HistoryObject.parse(key).orElseThrow().lastTxid() <= mark) {
        continue;
      }
      TimelineObject object = objects.get(key);
      if (object == null && pruned && HistoryObject.parse(key).orElseThrow().kind().isImage()) {
        // Thinned out; the log from the mark on has its transaction.
        if (!report.timeline().isRestorable(HistoryObject.parse(key).orElseThrow().lastTxid())) {
          broken.add(key + " was acknowledged and pruned, and cannot be restored");
        }
      } else if (object == null && isPacked(key, validPacks)) {
        long last = HistoryObject.parse(key).orElseThrow().lastTxid();
        if (!report.timeline().isRestorable(last)) {
          broken.add(key + " was acknowledged and packed, and cannot be restored");
        }
      } else if (object == null || object.isCut()) {
        broken.add(
            key
                + " was acknowledged while no other agent was there, and is "
                + (object == null ? "fenced" : "valid only to transaction " + object.last()));
      } else if (!report.timeline().isRestorable(object.last())) {
        broken.add(key + " was acknowledged, and cannot be restored");
      }
    }
    for (long txid : states.keySet()) {
      if (txid > mark && !report.line().containsKey(txid)) {
        broken.add("an agent stopped at transaction " + txid + ", which is not there");
      }
    }
    if (!broken.isEmpty()) {
      throw new AssertionError(
          "Promises were broken:\n- "
              + broken.stream().sorted().collect(Collectors.joining("\n- ")));
    }
  }
}
