package dev.sidewal.error;

/** A verification failed: content was produced, but it is not what was recorded. */
public final class VerificationFailedException extends SidewalException {

  private static final long serialVersionUID = 1L;

  /** Creates a failure with a message for the operator. */
  public VerificationFailedException(String message) {
    super(ExitCode.VERIFICATION_FAILED, message, null);
  }

  /** Creates a failure with a message for the operator and what caused it. */
  public VerificationFailedException(String message, Throwable cause) {
    super(ExitCode.VERIFICATION_FAILED, message, cause);
  }
}
