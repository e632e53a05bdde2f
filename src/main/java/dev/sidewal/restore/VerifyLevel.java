package dev.sidewal.restore;

/** How much of a replica is verified. Each level includes what stands before it. */
public enum VerifyLevel {
  /** The names: from a LIST alone every transaction of the window can be planned. */
  LIST,
  /** Every byte of every object that a restore may use, and that the objects fit together. */
  OBJECTS,
  /** The names, and a real restore of one moment to a temporary file, checked by SQLite too. */
  RESTORE
}
