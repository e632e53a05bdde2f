package dev.sidewal.error;

/** The command would overwrite something and was not told to. */
public final class WouldOverwriteException extends SidewalException {

  private static final long serialVersionUID = 1L;

  /** Creates a failure with a message for the operator. */
  public WouldOverwriteException(String message) {
    super(ExitCode.WOULD_OVERWRITE, message, null);
  }

  /** Creates a failure with a message for the operator and what caused it. */
  public WouldOverwriteException(String message, Throwable cause) {
    super(ExitCode.WOULD_OVERWRITE, message, cause);
  }
}
