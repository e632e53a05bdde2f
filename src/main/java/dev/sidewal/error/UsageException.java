package dev.sidewal.error;

/** Wrong usage or configuration: an option, a URL or a value that cannot be meant. */
public final class UsageException extends SidewalException {

  private static final long serialVersionUID = 1L;

  /** Creates a failure with a message for the operator. */
  public UsageException(String message) {
    super(ExitCode.USAGE, message, null);
  }

  /** Creates a failure with a message for the operator and what caused it. */
  public UsageException(String message, Throwable cause) {
    super(ExitCode.USAGE, message, cause);
  }
}
