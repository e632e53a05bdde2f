package dev.sidewal.doctor;

import dev.sidewal.error.StoreException;
import dev.sidewal.error.UsageException;
import dev.sidewal.store.ReplicaUrl;
import dev.sidewal.store.S3Trial;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** A bucket: whether it answers, and if so, everything else about it. */
record BucketExamination(ReplicaUrl.S3 url, boolean writes, Clock clock) implements Examination {

  private static final Duration SLOW = Duration.ofSeconds(1);
  private static final Duration OFF = Duration.ofSeconds(30);

  /** S3 refuses what is further off. */
  private static final Duration FAR_OFF = Duration.ofMinutes(15);

  @Override
  public List<Finding> examine() {
    List<Finding> findings = new ArrayList<>();
    try (S3Trial trial = S3Trial.open(url)) {
      if (credentials(trial, findings) && answers(trial, findings)) {
        findings.addAll(new PermissionTrial(url, trial, writes).examine());
        findings.addAll(new RulesExamination(url, trial).examine());
        findings.addAll(new HistoryExamination(url, clock).examine());
      }
    } catch (UsageException e) {
      findings.add(new Finding(StoreKind.REGION_UNKNOWN, e.getMessage()));
    }
    return findings;
  }

  private boolean credentials(S3Trial trial, List<Finding> findings) {
    try {
      findings.add(
          new Finding(
              StoreKind.CREDENTIALS_FOUND,
              "From "
                  + trial.credentials()
                  + "; requests are signed for region "
                  + trial.region()
                  + ", endpoint "
                  + url.endpoint().map(Object::toString).orElse("of AWS")
                  + "."));
      return true;
    } catch (StoreException e) {
      findings.add(new Finding(StoreKind.CREDENTIALS_MISSING, e.getMessage()));
      return false;
    }
  }

  private boolean answers(S3Trial trial, List<Finding> findings) {
    try {
      S3Trial.Answer answer = trial.answer();
      boolean slow = answer.roundTrip().compareTo(SLOW) > 0;
      findings.add(
          new Finding(
              slow ? StoreKind.STORE_SLOW : StoreKind.STORE_REACHABLE,
              "The quickest of three small requests to "
                  + url
                  + " took "
                  + answer.roundTrip().toMillis()
                  + " ms."));
      answer.time().ifPresent(time -> findings.add(clock(time)));
      return true;
    } catch (StoreException e) {
      findings.add(new Finding(StoreKind.STORE_UNREACHABLE, e.getMessage()));
      return false;
    }
  }

  private Finding clock(Instant theirs) {
    Instant ours = clock.instant();
    Duration ahead = Duration.between(theirs, ours);
    Duration off = ahead.abs();
    String text =
        "The store's clock says "
            + theirs
            + "; this machine's is "
            + Figures.duration(off)
            + (ahead.isNegative() ? " behind." : " ahead.");
    return off.compareTo(FAR_OFF) > 0
        ? new Finding(StoreKind.CLOCK_FAR_OFF, text)
        : off.compareTo(OFF) > 0
            ? new Finding(StoreKind.CLOCK_OFF, text)
            : new Finding(StoreKind.CLOCK_FINE, "They agree within " + OFF.toSeconds() + " s.");
  }
}
