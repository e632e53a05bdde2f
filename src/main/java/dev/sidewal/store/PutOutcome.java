package dev.sidewal.store;

/** How a conditional write ended. */
public enum PutOutcome {
  /** The object was written by this call. */
  CREATED,
  /**
   * An object with that key is there already and was left alone. It may be this caller's own: a
   * reply can be lost after the write succeeded.
   */
  ALREADY_EXISTS
}
