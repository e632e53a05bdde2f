package dev.sidewal.doctor;

/** What can be found out about locks and the log. */
public enum UseKind implements Kind {
  /** database-locked. */
  DATABASE_LOCKED(
      "database-locked",
      Severity.ERROR,
      "Not even a reader gets in, so nothing can be replicated or backed up, and other programs see \"database is locked\".",
      "End the lock at its holder: finish the write, or give up PRAGMA locking_mode=EXCLUSIVE."),
  /** exclusive-lock. */
  EXCLUSIVE_LOCK(
      "exclusive-lock",
      Severity.ERROR,
      "One process keeps everybody else out (PRAGMA locking_mode=EXCLUSIVE, or a long write in rollback-journal mode): \"database is locked\" for all others, and no replication.",
      "Set locking_mode=NORMAL in that process, or wait for its write to end."),
  /** write-lock-held. */
  WRITE_LOCK_HELD(
      "write-lock-held",
      Severity.WARNING,
      "One write transaction has been open all the time and committed nothing: every other writer gets \"database is locked\" when its busy timeout is over.",
      "Look at what that process does between BEGIN and COMMIT; end it if it hangs. Give writers PRAGMA busy_timeout=5000."),
  /** lock-holders-unseen. */
  LOCK_HOLDERS_UNSEEN(
      "lock-holders-unseen",
      Severity.NOTE,
      "Not everybody who may hold a lock or have the file open can be seen from here: other users, containers or hosts.",
      "Run doctor as root on the host, or in the application's container (kubectl exec, docker exec)."),
  /** locks-free. */
  LOCKS_FREE("locks-free", Severity.OK, "Nobody kept a lock that stands in the way of others.", ""),
  /** long-reader. */
  LONG_READER(
      "long-reader",
      Severity.WARNING,
      "A read transaction stays open, so the log cannot be reset and grows with every commit until it ends.",
      "End that query or forgotten shell. Applications: close cursors, finish read transactions."),
  /** reader-stays. */
  READER_STAYS(
      "reader-stays",
      Severity.NOTE,
      "A read transaction stays open. The log is small yet; it cannot be reset while that lasts.",
      "Nothing, if it ends soon."),
  /** reader-is-sidewal. */
  READER_IS_SIDEWAL(
      "reader-is-sidewal",
      Severity.OK,
      "The agent holds one read transaction after the other: that is how it loses no commit. It turns them over, so that the log can be reset.",
      ""),
  /** log-large. */
  LOG_LARGE(
      "log-large",
      Severity.WARNING,
      "The -wal file takes this room on the disk, and reads get slower the more of it is in use. SQLite never makes the file smaller by itself.",
      "Find the reader that keeps it (above), then PRAGMA wal_checkpoint(TRUNCATE), or set PRAGMA journal_size_limit."),
  /** log-not-copied-back. */
  LOG_NOT_COPIED_BACK(
      "log-not-copied-back",
      Severity.WARNING,
      "Checkpoints do not keep up: commits wait in the log, which grows, and a crash means a longer start.",
      "End the long reader if one is reported. Else see checkpoints-off."),
  /** checkpoints-off. */
  CHECKPOINTS_OFF(
      "checkpoints-off",
      Severity.WARNING,
      "Nobody is in the way, and still many commits wait in the log: auto-checkpoints seem to be off (wal_autocheckpoint=0) or no program has the database open. This is inferred; SQLite does not tell other connections.",
      "Leave wal_autocheckpoint at 1000, or run PRAGMA wal_checkpoint(PASSIVE) regularly; a running agent does it by itself."),
  /** log-fine. */
  LOG_FINE(
      "log-fine",
      Severity.OK,
      "The log is short, and what is in it has been or will soon be copied back.",
      ""),
  /** log-unknown. */
  LOG_UNKNOWN(
      "log-unknown",
      Severity.NOTE,
      "How much of the log waits could not be asked: SQLite was too busy, or nobody is connected.",
      "Run it again while the application runs.");

  @SuppressWarnings("ImmutableEnumChecker") // A record of strings.
  private final KindText text;

  UseKind(String id, Severity severity, String meaning, String remedy) {
    this.text = new KindText(id, severity, meaning, remedy);
  }

  @Override
  public KindText text() {
    return text;
  }
}
