package dev.sidewal.backup;

/** What SQLite checks of a copy before it is put in place. */
public enum BackupCheck {
  /** Nothing. */
  NONE,
  /** {@code PRAGMA quick_check}. */
  QUICK,
  /** {@code PRAGMA integrity_check}. */
  FULL
}
