package dev.sidewal.store;

/** Whether a bucket keeps what was deleted. */
public enum BucketVersioning {
  /** What is deleted is gone. */
  OFF,
  /** Versioning is on, or was: a deleted object may stay as a noncurrent version. */
  ON,
  /** The store does not say, or not to these credentials. */
  UNKNOWN
}
