package dev.sidewal.doctor;

import java.util.Objects;

/**
 * One thing that was found.
 *
 * @param kind what it is
 * @param found what was seen, with figures; a sentence
 */
public record Finding(Kind kind, String found) {

  /** Checks for nulls. */
  public Finding {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(found, "found");
  }

  /** Returns how bad it is. */
  public Severity severity() {
    return kind.severity();
  }
}
