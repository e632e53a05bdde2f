package dev.sidewal.retention;

/**
 * How objects that are not needed any more are made to go. Segments that a pack covers are deleted,
 * or tagged where deleting is denied, in every mode but {@link #NONE}.
 */
public enum RetireMode {
  /** By tag where the store has tags; otherwise it is left to {@code sidewal prune}. */
  AUTO,
  /** By tag; it is a failure if the store has none. */
  TAG,
  /** By deleting. */
  DELETE,
  /** Not at all. */
  NONE
}
