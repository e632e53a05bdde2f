package dev.sidewal.error;

/** The database is missing, locked or not usable. */
public sealed class DatabaseException extends SidewalException permits NoRoomException {

  private static final long serialVersionUID = 1L;

  /** Creates a failure with a message for the operator. */
  public DatabaseException(String message) {
    super(ExitCode.DATABASE, message, null);
  }

  /** Creates a failure with a message for the operator and what caused it. */
  public DatabaseException(String message, Throwable cause) {
    super(ExitCode.DATABASE, message, cause);
  }
}
