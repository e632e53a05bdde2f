package dev.sidewal.doctor;

import java.util.List;

/** What tests look at of findings. */
final class Ids {

  private Ids() {}

  static List<String> of(List<Finding> findings) {
    return findings.stream().map(f -> f.kind().id()).toList();
  }

  /** Those that are worse than a note. */
  static List<String> bad(List<Finding> findings) {
    return of(
        findings.stream().filter(f -> f.severity().compareTo(Severity.WARNING) >= 0).toList());
  }

  /** The text of the only finding of a kind. */
  static String text(List<Finding> findings, Kind kind) {
    List<Finding> all = findings.stream().filter(f -> f.kind() == kind).toList();
    if (all.size() != 1) {
      throw new AssertionError(kind.id() + " was found " + all.size() + " times in " + findings);
    }
    return all.get(0).found();
  }
}
