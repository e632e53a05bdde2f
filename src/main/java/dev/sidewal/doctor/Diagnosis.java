package dev.sidewal.doctor;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Everything that was found, worst first.
 *
 * @param findings sorted by severity; in the order of the examinations where that is the same
 */
public record Diagnosis(List<Finding> findings) {

  /** Sorts a copy of the list. */
  public Diagnosis {
    findings =
        findings.stream()
            .sorted(Comparator.comparing(Finding::severity, Comparator.reverseOrder()))
            .toList();
  }

  /** Carries out examinations one after the other. */
  public static Diagnosis of(Stream<Examination> examinations) {
    return new Diagnosis(examinations.flatMap(e -> e.examine().stream()).toList());
  }

  /** Returns the worst severity. */
  public Severity worst() {
    return findings.stream()
        .map(Finding::severity)
        .max(Comparator.naturalOrder())
        .orElse(Severity.OK);
  }

  /** Returns how many findings have a severity. */
  public long count(Severity severity) {
    return findings.stream().filter(f -> f.severity() == severity).count();
  }

  /** Returns the first finding of a kind. */
  public Optional<Finding> first(Kind kind) {
    return findings.stream().filter(f -> f.kind() == kind).findFirst();
  }
}
