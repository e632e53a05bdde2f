package dev.sidewal.backup;

/** How a database is copied. */
public enum BackupMethod {
  /** Page by page: byte-exact as of one moment. */
  PAGES,
  /** By SQLite's {@code VACUUM INTO}: the same content, compacted. */
  VACUUM
}
