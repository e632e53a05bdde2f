package dev.sidewal.store;

/** How the tagging of an object ended. */
public enum TagOutcome {
  /** The object has this tag now, and no other. */
  TAGGED,
  /** There is no object with that key. */
  ABSENT,
  /** The store has no object tags; nothing was changed. */
  UNSUPPORTED
}
