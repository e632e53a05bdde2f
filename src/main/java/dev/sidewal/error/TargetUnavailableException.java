package dev.sidewal.error;

/** The asked transaction or time lies outside what the replica can restore. */
public final class TargetUnavailableException extends SidewalException {

  private static final long serialVersionUID = 1L;

  /** Creates a failure with a message for the operator. */
  public TargetUnavailableException(String message) {
    super(ExitCode.TARGET_UNAVAILABLE, message, null);
  }

  /** Creates a failure with a message for the operator and what caused it. */
  public TargetUnavailableException(String message, Throwable cause) {
    super(ExitCode.TARGET_UNAVAILABLE, message, cause);
  }
}
