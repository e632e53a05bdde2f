package dev.sidewal.doctor;

import dev.sidewal.error.StoreException;
import dev.sidewal.retention.BucketRules;
import dev.sidewal.retention.LifecycleFinding;
import dev.sidewal.store.BucketVersioning;
import dev.sidewal.store.ReplicaUrl;
import dev.sidewal.store.S3Trial;
import java.util.ArrayList;
import java.util.List;

/** The rules of the bucket, as {@code lifecycle check} judges them. */
record RulesExamination(ReplicaUrl.S3 url, S3Trial trial) implements Examination {

  @Override
  public List<Finding> examine() {
    List<Finding> findings = new ArrayList<>();
    try {
      BucketRules.Report report = BucketRules.check(url);
      for (LifecycleFinding finding : report.verdict().findings()) {
        boolean danger = report.verdict().dangers().contains(finding);
        if (danger) {
          findings.add(new Finding(StoreKind.LIFECYCLE_ENDANGERS_HISTORY, finding.message()));
        } else if (finding.severity().compareTo(LifecycleFinding.Severity.WARNING) >= 0) {
          findings.add(new Finding(StoreKind.LIFECYCLE_INCOMPLETE, finding.message()));
        }
      }
      if (findings.isEmpty()) {
        findings.add(
            new Finding(
                StoreKind.LIFECYCLE_FINE,
                "The bucket has " + report.rules() + " rules; none is about live history."));
      }
      if (report.versioning() == BucketVersioning.ON) {
        findings.add(new Finding(StoreKind.BUCKET_VERSIONED, "Versioning is on, or was."));
      }
    } catch (StoreException e) {
      findings.add(new Finding(StoreKind.LIFECYCLE_UNREADABLE, e.getMessage()));
    }
    if (trial.hasObjectLock()) {
      findings.add(new Finding(StoreKind.BUCKET_OBJECT_LOCK, "Object Lock is enabled."));
    }
    return findings;
  }
}
