package dev.sidewal.error;

/**
 * The store answered that it does not allow this operation to these credentials or this user. Other
 * operations may well be allowed, so callers can do without where the operation is optional.
 */
public final class StoreDeniedException extends StoreException {

  private static final long serialVersionUID = 1L;

  /**
   * Creates a failure; trying again does not help until somebody acts.
   *
   * @param message what was denied, on which object or store, and which permission is missing
   * @param cause what the store or its client reported
   */
  public StoreDeniedException(String message, Throwable cause) {
    super(message, false, cause);
  }
}
