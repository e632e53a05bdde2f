package dev.sidewal.agent;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * How often a replication began anew, and why, since it was started. Immutable.
 *
 * @param snapshots full snapshots by reason
 * @param gaps gap transactions by reason
 * @param continued how often it went on without either
 */
public record ReplicationCounts(
    Map<BeginReason, Long> snapshots, Map<BeginReason, Long> gaps, long continued) {

  /** Nothing yet. */
  public static final ReplicationCounts NONE = new ReplicationCounts(Map.of(), Map.of(), 0);

  /** Copies the maps. */
  public ReplicationCounts {
    snapshots = Map.copyOf(snapshots);
    gaps = Map.copyOf(gaps);
  }

  ReplicationCounts withSnapshot(BeginReason reason) {
    return new ReplicationCounts(plusOne(snapshots, reason), gaps, continued);
  }

  ReplicationCounts withGap(BeginReason reason) {
    return new ReplicationCounts(snapshots, plusOne(gaps, reason), continued);
  }

  ReplicationCounts withContinued() {
    return new ReplicationCounts(snapshots, gaps, continued + 1);
  }

  private static Map<BeginReason, Long> plusOne(Map<BeginReason, Long> counts, BeginReason reason) {
    Map<BeginReason, Long> more = new EnumMap<>(BeginReason.class);
    more.putAll(counts);
    more.put(reason, Optional.ofNullable(counts.get(reason)).orElse(0L) + 1);
    return more;
  }
}
