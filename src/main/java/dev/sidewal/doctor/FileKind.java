package dev.sidewal.doctor;

/** What can be found out about the database file and what lies beside it. */
public enum FileKind implements Kind {
  /** database-missing. */
  DATABASE_MISSING(
      "database-missing",
      Severity.ERROR,
      "There is nothing to replicate; Sidewal waits and never makes a database.",
      "Check the path. If the database was lost: sidewal restore URL -o FILE"),
  /** database-unreadable. */
  DATABASE_UNREADABLE(
      "database-unreadable",
      Severity.ERROR,
      "Nothing of it can be copied as this user.",
      "Run as the application's user, or see permission findings."),
  /** database-empty. */
  DATABASE_EMPTY(
      "database-empty",
      Severity.NOTE,
      "A file of zero bytes is a database without any table; there is nothing to replicate yet.",
      "If it had data: stop the application, then restore to this path."),
  /** not-a-database. */
  NOT_A_DATABASE(
      "not-a-database",
      Severity.ERROR,
      "It does not begin as SQLite databases do: another file, an encrypted one (SQLCipher, SEE), or one that was overwritten.",
      "Sidewal needs plain SQLite. If it was plain SQLite before: stop the application and restore."),
  /** database-facts. */
  DATABASE_FACTS("database-facts", Severity.OK, "A plain SQLite database.", ""),
  /** journal-mode-not-wal. */
  JOURNAL_MODE_NOT_WAL(
      "journal-mode-not-wal",
      Severity.WARNING,
      "Sidewal replicates databases in WAL mode only; backup and check work in any mode.",
      "Let the application run PRAGMA journal_mode=WAL once, or start the agent with --enable-wal."),
  /** hot-journal. */
  HOT_JOURNAL(
      "hot-journal",
      Severity.WARNING,
      "A transaction is being written just now, or a writer died in the middle of one: then SQLite undoes it at the next open, with this journal. Without it the database is damaged.",
      "Never delete the journal. If no process has the database open: open it once with the application."),
  /** log-without-database. */
  LOG_WITHOUT_DATABASE(
      "log-without-database",
      Severity.ERROR,
      "A -wal without its database may hold commits that are nowhere else.",
      "Keep it, away from this path. A database restored here would not fit it."),
  /** log-left-behind. */
  LOG_LEFT_BEHIND(
      "log-left-behind",
      Severity.NOTE,
      "Nobody has the database open, and the log holds commits that are not in the database file. SQLite finds them at the next open.",
      "Never copy or move the database without its -wal."),
  /** several-names. */
  SEVERAL_NAMES(
      "several-names",
      Severity.WARNING,
      "The file has more than one name (hard links). SQLite makes -wal and -shm by name: two names, two logs, a damaged database.",
      "Use one name everywhere and remove the other one. https://www.sqlite.org/howtocorrupt.html#_multiple_links_to_the_same_file"),
  /** opened-by-symlink. */
  OPENED_BY_SYMLINK(
      "opened-by-symlink",
      Severity.NOTE,
      "The path is a symbolic link. SQLite follows it and puts -wal and -shm beside the real file.",
      "Nothing; look for -wal and -shm, and for room, at the real path."),
  /** another-backup-tool. */
  ANOTHER_BACKUP_TOOL(
      "another-backup-tool",
      Severity.WARNING,
      "A second tool that takes checkpoints of its own (Litestream) is or was here. Two such tools take the log away from each other: gaps, new snapshots, commits never shipped.",
      "Run one of them only. What an old one left may be removed when it no longer runs: docs/migration.md"),
  /** unfinished-files. */
  UNFINISHED_FILES(
      "unfinished-files",
      Severity.NOTE,
      "Files that a restore or a backup which was killed left behind. They hold no data that is needed.",
      "Remove them when no restore is running."),
  /** sqlite-wal-reset-bug-last-writer. */
  SQLITE_WAL_RESET_BUG_LAST_WRITER(
      "sqlite-wal-reset-bug-last-writer",
      Severity.WARNING,
      "The program that wrote last has a SQLite in which a checkpoint that meets a commit at the wrong instant can skip pages: a damaged database, rarely (WAL-reset bug, 3.7.0 to 3.51.2). A build of a distribution may be patched; the file does not tell.",
      "Update the application's SQLite to 3.51.3 or newer (or 3.50.7, 3.44.6). https://sqlite.org/wal.html#walresetbug"),
  /** sqlite-wal-reset-bug-loaded. */
  SQLITE_WAL_RESET_BUG_LOADED(
      "sqlite-wal-reset-bug-loaded",
      Severity.WARNING,
      "A program that has the database open uses a SQLite with the WAL-reset bug (3.7.0 to 3.51.2), by which a checkpoint can skip pages in rare cases: a damaged database. A distribution may have patched it without a new number; that cannot be told from here.",
      "Update that program's SQLite to 3.51.3 or newer (or 3.50.7, 3.44.6). https://sqlite.org/wal.html#walresetbug"),
  /** sqlite-version-unknown. */
  SQLITE_VERSION_UNKNOWN(
      "sqlite-version-unknown",
      Severity.NOTE,
      "Which SQLite a program uses that has the database open cannot be told, so neither whether it has the WAL-reset bug.",
      "Ask it: SELECT sqlite_version(). https://sqlite.org/wal.html#walresetbug"),
  /** sqlite-version-good. */
  SQLITE_VERSION_GOOD(
      "sqlite-version-good",
      Severity.OK,
      "No SQLite with the WAL-reset bug was seen at this database.",
      "");

  @SuppressWarnings("ImmutableEnumChecker") // A record of strings.
  private final KindText text;

  FileKind(String id, Severity severity, String meaning, String remedy) {
    this.text = new KindText(id, severity, meaning, remedy);
  }

  @Override
  public KindText text() {
    return text;
  }
}
