package dev.sidewal.replica;

import java.util.Objects;

/**
 * A history object, and what of it is valid.
 *
 * @param object the object
 * @param base the oldest state that it can be applied to: of a segment or pack usually the one
 *     before its first transaction; of a delta exactly its base; 0 for a snapshot, which needs none
 * @param first the first valid transaction recorded in it; of a snapshot and a delta the same as
 *     {@code last}
 * @param last the last valid transaction recorded in it: before the name's last one if a newer
 *     generation fenced the rest
 */
public record TimelineObject(StoredObject object, long base, long first, long last) {
  /** Checks the ranges. */
  public TimelineObject {
    Objects.requireNonNull(object, "object");
    if (base < 0 || first < 1 || last < first) {
      throw new IllegalArgumentException(object + ": " + base + ", " + first + " to " + last);
    }
  }

  /** Returns whether transactions at its end are fenced. */
  public boolean isCut() {
    return last < object.name().lastTxid();
  }

  /** Returns the object's key below the replica. */
  public String key() {
    return object.key();
  }
}
