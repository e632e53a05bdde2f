package dev.sidewal.error;

/**
 * An object of the history is whole, but of a format version or kind that this version does not
 * know: a newer Sidewal wrote it. Nothing is lost; the message says to upgrade.
 */
public final class UnsupportedFormatException extends HistoryDamagedException {

  private static final long serialVersionUID = 1L;

  /** Creates a failure with a message for the operator. */
  public UnsupportedFormatException(String message) {
    super(message);
  }
}
