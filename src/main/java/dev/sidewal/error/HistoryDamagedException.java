package dev.sidewal.error;

/**
 * An object of the history is damaged, missing or contradicts another. The message names the object
 * and the last transaction that can still be restored.
 */
public sealed class HistoryDamagedException extends SidewalException
    permits UnsupportedFormatException {

  private static final long serialVersionUID = 1L;

  /** Creates a failure with a message for the operator. */
  public HistoryDamagedException(String message) {
    super(ExitCode.HISTORY_DAMAGED, message, null);
  }

  /** Creates a failure with a message for the operator and what caused it. */
  public HistoryDamagedException(String message, Throwable cause) {
    super(ExitCode.HISTORY_DAMAGED, message, cause);
  }
}
