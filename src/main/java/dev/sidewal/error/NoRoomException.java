package dev.sidewal.error;

/** A file system does not have the room that a file takes. */
public final class NoRoomException extends DatabaseException {

  private static final long serialVersionUID = 1L;

  /** Creates a failure with a message for the operator. */
  public NoRoomException(String message) {
    super(message);
  }

  /** Creates a failure with a message for the operator and what caused it. */
  public NoRoomException(String message, Throwable cause) {
    super(message, cause);
  }
}
