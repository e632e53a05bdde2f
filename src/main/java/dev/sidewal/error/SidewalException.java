package dev.sidewal.error;

/**
 * The root of all failures that Sidewal reports on purpose. The tree is sealed and maps one to one
 * to the exit codes of the command line; any other exception that reaches the top is a bug and ends
 * with {@link ExitCode#UNEXPECTED}.
 */
public abstract sealed class SidewalException extends RuntimeException
    permits UsageException,
        NoBackupException,
        StoreException,
        HistoryDamagedException,
        TargetUnavailableException,
        WouldOverwriteException,
        VerificationFailedException,
        SupersededException,
        DatabaseException {

  private static final long serialVersionUID = 1L;

  private final ExitCode exitCode;

  SidewalException(ExitCode exitCode, String message, Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  /** Returns the exit code that this failure ends the process with. */
  public final ExitCode exitCode() {
    return exitCode;
  }
}
