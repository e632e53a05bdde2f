package dev.sidewal.restore;

/** What is verified of a restored file before it gets its name. */
public enum RestoreCheck {
  /** Nothing beyond the checksums of what was read. */
  NONE,
  /** The database checksum over every page as it was read back from the file. */
  CHECKSUM,
  /** The database checksum, and SQLite's {@code quick_check}. */
  QUICK,
  /** The database checksum, and SQLite's {@code integrity_check}. */
  FULL
}
