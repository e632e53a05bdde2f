package dev.sidewal.sqlite;

/**
 * The log can no longer be followed without a doubt: it is damaged, or it is not the successor of
 * what was copied. Nothing doubtful was handed on. The remedy is to attach again.
 */
public final class ContinuityLostException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Creates the exception with a message that says what was seen. */
  public ContinuityLostException(String message) {
    super(message);
  }

  /** Creates the exception with a message that says what was seen, and what caused it. */
  public ContinuityLostException(String message, Throwable cause) {
    super(message, cause);
  }
}
