package dev.sidewal.torture;

import dev.sidewal.replica.TimelineObject;
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
 * but may be fenced. Not thread-safe.
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

  /** Checks that a replica holds what was promised. */
  void check(ReplicaInvariants.Report report) {
    List<String> broken = new ArrayList<>();
    Map<String, TimelineObject> objects =
        report.timeline().objects().stream()
            .collect(Collectors.toMap(TimelineObject::key, Function.identity()));
    Set<String> listed =
        report.timeline().listing().generations().stream()
            .flatMap(g -> g.objects().stream())
            .map(o -> o.key())
            .collect(Collectors.toSet());
    for (String key : there) {
      if (!listed.contains(key)) {
        broken.add(key + " was acknowledged and is not there");
      }
    }
    for (String key : valid) {
      TimelineObject object = objects.get(key);
      if (object == null || object.isCut()) {
        broken.add(
            key
                + " was acknowledged while no other agent was there, and is "
                + (object == null ? "fenced" : "valid only to transaction " + object.last()));
      } else if (!report.timeline().isRestorable(object.last())) {
        broken.add(key + " was acknowledged, and cannot be restored");
      }
    }
    for (long txid : states.keySet()) {
      if (!report.line().containsKey(txid)) {
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
