package dev.sidewal.error;

/** The documented exit codes of the command line. Their numbers never change. */
public enum ExitCode {
  /** Done. */
  DONE(0),
  /** An unexpected failure: a bug, or an environment that nobody thought of. */
  UNEXPECTED(1),
  /** Wrong usage or configuration. */
  USAGE(2),
  /** The store answered, and there is provably no backup there. */
  NO_BACKUP(3),
  /** The store is unreachable or refused. */
  STORE(4),
  /** The history is damaged or incomplete. */
  HISTORY_DAMAGED(5),
  /** The target lies outside what can be restored. */
  TARGET_UNAVAILABLE(6),
  /** The command would overwrite something. */
  WOULD_OVERWRITE(7),
  /** A verification failed. */
  VERIFICATION_FAILED(8),
  /** Another agent has taken over the replica. */
  SUPERSEDED(9),
  /** The database is missing, locked or not usable. */
  DATABASE(10);

  private final int code;

  ExitCode(int code) {
    this.code = code;
  }

  /** Returns the process exit code, 0 … 10. */
  public int code() {
    return code;
  }
}
