package dev.sidewal.restore;

import dev.sidewal.replica.StoredObject;
import java.util.Objects;

/**
 * One step of a restore.
 *
 * @param object the object to read
 * @param fromTxid the state that the steps before it have reached; 0 for a snapshot
 * @param toTxid the state that it leads to; transactions after it are not used
 */
public record PlannedObject(StoredObject object, long fromTxid, long toTxid) {
  /** Checks the ranges. */
  public PlannedObject {
    Objects.requireNonNull(object, "object");
    if (fromTxid < 0 || toTxid <= fromTxid) {
      throw new IllegalArgumentException(object + " from " + fromTxid + " to " + toTxid);
    }
  }

  /** Returns the object's key below the replica. */
  public String key() {
    return object.key();
  }

  /** Returns the object's length in bytes. */
  public long bytes() {
    return object.bytes();
  }
}
