package dev.sidewal.segment;

import dev.sidewal.error.HistoryDamagedException;
import dev.sidewal.error.UnsupportedFormatException;

/** Words the failures of one object. */
final class Damage {

  private Damage() {}

  /** Returns the failure of an object whose bytes are wrong. */
  static HistoryDamagedException damaged(String object, String detail) {
    return new HistoryDamagedException(text(object, detail));
  }

  /** Returns the failure of an object whose bytes are wrong, as another component found. */
  static HistoryDamagedException damaged(String object, String detail, Throwable cause) {
    return new HistoryDamagedException(text(object, detail), cause);
  }

  /** Returns the failure of an object that this version cannot read. */
  static UnsupportedFormatException unsupported(String object, String detail) {
    return new UnsupportedFormatException(
        object
            + " has "
            + detail
            + ", which this version of Sidewal does not know: a newer Sidewal wrote it. Nothing is"
            + " wrong with the object; upgrade Sidewal on this machine and try again.");
  }

  private static String text(String object, String detail) {
    return object
        + " is damaged: "
        + detail
        + ". Nothing that depends on it can be restored; `sidewal inspect --check` tells of any other"
        + " object whether it is whole.";
  }
}
