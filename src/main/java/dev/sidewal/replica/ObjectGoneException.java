package dev.sidewal.replica;

import java.io.IOException;

/**
 * An object that was listed is not there any more, or shorter than it was. Retention may have
 * removed it meanwhile: list again.
 */
public final class ObjectGoneException extends IOException {

  private static final long serialVersionUID = 1L;

  private final String key;

  /** Creates a failure for the object with a key. */
  public ObjectGoneException(String key, String message) {
    super(message);
    this.key = key;
  }

  /** Returns the object's key below the replica. */
  public String key() {
    return key;
  }
}
