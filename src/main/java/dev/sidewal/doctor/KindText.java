package dev.sidewal.doctor;

import java.util.Objects;

/**
 * What is the same each time that something is found.
 *
 * @param id the stable id, in kebab-case
 * @param severity how bad it is
 * @param meaning what it means for the data
 * @param remedy what to do; empty if nothing
 */
public record KindText(String id, Severity severity, String meaning, String remedy) {
  /** Checks for null. */
  public KindText {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(severity, "severity");
    Objects.requireNonNull(meaning, "meaning");
    Objects.requireNonNull(remedy, "remedy");
  }
}
