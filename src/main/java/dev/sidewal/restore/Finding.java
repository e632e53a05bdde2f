package dev.sidewal.restore;

import java.util.Objects;
import java.util.Optional;

/**
 * One thing that a verification found.
 *
 * @param kind what kind of thing
 * @param key the object that it was found in or that it is about; empty if it is about no single
 *     one
 * @param message what is so, what it means for the data, and what to do
 */
public record Finding(Kind kind, Optional<String> key, String message) {

  /** Checks for absent values. */
  public Finding {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(message, "message");
  }

  /** What was found. */
  public enum Kind {
    /** Recorded transactions that no chain of objects leads to. */
    UNREACHABLE(Severity.DAMAGE),
    /**
     * An object whose bytes are not what was written, or that is another one than its name says.
     */
    DAMAGED(Severity.DAMAGE),
    /** An object that is listed and cannot be read. */
    MISSING(Severity.DAMAGE),
    /** Two objects that record different states after the same transaction. */
    CONTRADICTION(Severity.DAMAGE),
    /** The restore did not come to its end. */
    NOT_RESTORED(Severity.DAMAGE),
    /** The restored database is not what was recorded, or SQLite finds fault with it. */
    WRONG_DATABASE(Severity.WRONG),
    /** Rows that refer to rows that are not there. */
    FOREIGN_KEYS(Severity.WRONG),
    /** The live database is another one than the replica's. */
    DIFFERS(Severity.WRONG),
    /** The live database has commits that the replica does not have yet. */
    AHEAD(Severity.NOTE),
    /** Objects that lead nowhere and harm nobody. */
    UNUSED(Severity.NOTE);

    private final Severity severity;

    Kind(Severity severity) {
      this.severity = severity;
    }

    /** Returns how bad it is. */
    public Severity severity() {
      return severity;
    }
  }

  /** How bad a finding is. */
  public enum Severity {
    /** Nothing is wrong. */
    NOTE,
    /** The history is complete, but what comes out is not right. */
    WRONG,
    /** The history is damaged or incomplete. */
    DAMAGE
  }

  static Finding about(Kind kind, String key, String message) {
    return new Finding(kind, Optional.of(key), message);
  }

  static Finding of(Kind kind, String message) {
    return new Finding(kind, Optional.empty(), message);
  }
}
