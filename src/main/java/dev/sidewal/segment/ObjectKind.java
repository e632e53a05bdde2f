package dev.sidewal.segment;

import java.util.Optional;

/** The kinds of history objects; all have the same format. */
public enum ObjectKind {
  /** Every page of every transaction in a contiguous txid range, as it was shipped. */
  SEGMENT(1),
  /** A longer segment merged from shipped ones. */
  PACK(2),
  /** Every page of the database as of one txid. */
  SNAPSHOT(3),
  /** Each page changed since a snapshot, once. */
  DELTA(4);

  private final int code;

  ObjectKind(int code) {
    this.code = code;
  }

  /** Returns the number that stands for the kind in the format. */
  public int code() {
    return code;
  }

  /**
   * Returns whether an object of this kind holds exactly one transaction: a state, not a history.
   */
  public boolean isImage() {
    return this == SNAPSHOT || this == DELTA;
  }

  /** Returns the kind with the given number, or nothing if this version knows none. */
  public static Optional<ObjectKind> ofCode(int code) {
    for (ObjectKind kind : values()) {
      if (kind.code == code) {
        return Optional.of(kind);
      }
    }
    return Optional.empty();
  }
}
