package dev.sidewal.restore;

import dev.sidewal.replica.Timeline;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What a verification came to.
 *
 * @param level how much was verified
 * @param timeline what the replica holds, as it was last listed
 * @param findings all that was found, in the order of the checks; immutable
 * @param objects how many objects were read to the last byte
 * @param bytes how many bytes they have
 * @param restored what was restored; empty if nothing was
 * @param live how it compares with the live database; empty if it was not compared
 * @param duration how long it took
 */
public record VerifyReport(
    VerifyLevel level,
    Timeline timeline,
    List<Finding> findings,
    int objects,
    long bytes,
    Optional<RestorePlan> restored,
    Optional<LiveVerdict> live,
    Duration duration) {

  /** Takes a copy of the list. */
  public VerifyReport {
    Objects.requireNonNull(level, "level");
    Objects.requireNonNull(timeline, "timeline");
    Objects.requireNonNull(restored, "restored");
    Objects.requireNonNull(live, "live");
    findings = List.copyOf(findings);
  }

  /** Returns whether nothing is wrong; notes may be there. */
  public boolean passed() {
    return worst() == Finding.Severity.NOTE;
  }

  /** Returns how bad the worst finding is; a note if there is none. */
  public Finding.Severity worst() {
    return findings.stream()
        .map(f -> f.kind().severity())
        .max(Finding.Severity::compareTo)
        .orElse(Finding.Severity.NOTE);
  }
}
