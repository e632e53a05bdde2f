package dev.sidewal.retention;

import dev.sidewal.replica.RetiredMark;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What a pass did.
 *
 * @param retired what it tagged or deleted, by reason; immutable
 * @param waiting objects that an earlier pass of this process has tagged and that are still there
 * @param mark the mark that it wrote
 * @param failures what kept it from retiring more, for the operator; immutable
 * @param pruneNeeded whether objects are left that only {@code sidewal prune} can take away,
 *     because the store has no tags
 */
public record RetentionReport(
    Map<RetireReason, Total> retired,
    long waiting,
    Optional<RetiredMark> mark,
    List<String> failures,
    boolean pruneNeeded) {

  /**
   * How many objects, and how large.
   *
   * @param objects their number
   * @param bytes their lengths together
   */
  public record Total(long objects, long bytes) {
    Total plus(Total other) {
      return new Total(objects + other.objects, bytes + other.bytes);
    }
  }

  /** Takes copies of the collections. */
  public RetentionReport {
    Map<RetireReason, Total> copy = new EnumMap<>(RetireReason.class);
    copy.putAll(retired);
    retired = Collections.unmodifiableMap(copy);
    Objects.requireNonNull(mark, "mark");
    failures = List.copyOf(failures);
  }

  /** Returns everything that was retired. */
  public Total total() {
    return retired.values().stream().reduce(new Total(0, 0), Total::plus);
  }
}
