package dev.sidewal.replica;

import java.util.Objects;

/**
 * A mark of retention as a LIST shows it.
 *
 * @param mark what its key says
 * @param bytes its length in bytes
 */
public record StoredMark(RetiredMark mark, long bytes) {
  /** Checks for an absent value. */
  public StoredMark {
    Objects.requireNonNull(mark, "mark");
  }

  /** Returns the object's key below the replica. */
  public String key() {
    return mark.key();
  }
}
