package dev.sidewal.store;

import java.time.Instant;
import java.util.Objects;

/**
 * What a LIST or HEAD says of one object.
 *
 * @param key the key below the store's prefix, without a leading slash
 * @param size the object's length in bytes, 0 or more
 * @param lastModified when the store says that the object was written
 */
public record ObjectInfo(String key, long size, Instant lastModified) {
  /** Checks the ranges. */
  public ObjectInfo {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(lastModified, "lastModified");
    if (key.isEmpty() || key.startsWith("/")) {
      throw new IllegalArgumentException("not a relative key: '" + key + "'");
    }
    if (size < 0) {
      throw new IllegalArgumentException("negative size of " + key + ": " + size);
    }
  }
}
