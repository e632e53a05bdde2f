package dev.sidewal.error;

/**
 * The store answered, and it holds no backup at the given place. Never thrown when the store could
 * not be asked: that is a {@link StoreException}.
 */
public final class NoBackupException extends SidewalException {

  private static final long serialVersionUID = 1L;

  /** Creates a failure with a message for the operator. */
  public NoBackupException(String message) {
    super(ExitCode.NO_BACKUP, message, null);
  }

  /** Creates a failure with a message for the operator and what caused it. */
  public NoBackupException(String message, Throwable cause) {
    super(ExitCode.NO_BACKUP, message, cause);
  }
}
