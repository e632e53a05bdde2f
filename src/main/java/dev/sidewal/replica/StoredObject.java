package dev.sidewal.replica;

import java.time.Instant;
import java.util.Objects;

/**
 * One history object as a LIST shows it.
 *
 * @param name what its key says
 * @param bytes its length in bytes
 * @param written when the store says that it was written
 */
public record StoredObject(HistoryObject name, long bytes, Instant written) {
  /** Checks the ranges. */
  public StoredObject {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(written, "written");
    if (bytes < 0) {
      throw new IllegalArgumentException("negative size of " + name + ": " + bytes);
    }
  }

  /** Returns the object's key below the replica. */
  public String key() {
    return name.key();
  }
}
