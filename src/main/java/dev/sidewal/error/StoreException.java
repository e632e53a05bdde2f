package dev.sidewal.error;

/**
 * The store is unreachable or refused. Says whether trying again can help: a refused credential or
 * a missing bucket stays so until somebody acts, a timeout or a 503 does not.
 */
public sealed class StoreException extends SidewalException permits StoreDeniedException {

  private static final long serialVersionUID = 1L;

  private final boolean retriable;

  /**
   * Creates a failure.
   *
   * @param message what failed, on which object or store, and what to do
   * @param retriable whether the same call may succeed later without anybody acting
   * @param cause what the store or its client reported
   */
  public StoreException(String message, boolean retriable, Throwable cause) {
    super(ExitCode.STORE, message, cause);
    this.retriable = retriable;
  }

  /** Returns whether the same call may succeed later without anybody acting. */
  public final boolean retriable() {
    return retriable;
  }
}
