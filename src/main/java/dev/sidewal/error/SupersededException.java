package dev.sidewal.error;

/** Another agent has claimed a newer generation of the replica; this one must stop shipping. */
public final class SupersededException extends SidewalException {

  private static final long serialVersionUID = 1L;

  /** Creates a failure with a message for the operator. */
  public SupersededException(String message) {
    super(ExitCode.SUPERSEDED, message, null);
  }

  /** Creates a failure with a message for the operator and what caused it. */
  public SupersededException(String message, Throwable cause) {
    super(ExitCode.SUPERSEDED, message, cause);
  }
}
