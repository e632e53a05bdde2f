package dev.sidewal.doctor;

import dev.sidewal.error.HistoryDamagedException;
import dev.sidewal.error.StoreException;
import dev.sidewal.replica.GenerationListing;
import dev.sidewal.replica.StoredObject;
import dev.sidewal.replica.Timeline;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ObjectStores;
import dev.sidewal.store.ReplicaUrl;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The history that is there, by its names and claims alone. */
record HistoryExamination(ReplicaUrl url, Clock clock) implements Examination {

  private static final Duration OLD = Duration.ofDays(1);

  @Override
  public List<Finding> examine() {
    List<Finding> findings = new ArrayList<>();
    try (ObjectStore store = ObjectStores.open(url)) {
      Timeline timeline = Timeline.load(store);
      if (timeline.isEmpty()) {
        findings.add(new Finding(StoreKind.HISTORY_NONE, "There is no backup at " + url + "."));
        return findings;
      }
      judge(timeline, findings);
    } catch (HistoryDamagedException e) {
      findings.add(new Finding(StoreKind.HISTORY_OTHER_REPLICA, e.getMessage()));
    } catch (StoreException e) {
      findings.add(new Finding(StoreKind.PERMISSION_FAILED, e.getMessage()));
    }
    return findings;
  }

  private void judge(Timeline timeline, List<Finding> findings) {
    long latest = timeline.latest().orElse(0);
    boolean whole = timeline.isWhole();
    if (!whole) {
      findings.add(
          new Finding(
              StoreKind.HISTORY_HOLES,
              "Missing: "
                  + timeline.holes()
                  + "; the latest transaction is "
                  + latest
                  + ", the latest that can be restored "
                  + (timeline.latestRestorable().isPresent()
                      ? timeline.latestRestorable().getAsLong()
                      : "none")
                  + "."));
    }
    Optional<Instant> newest =
        timeline.listing().generations().stream()
            .flatMap(HistoryExamination::objects)
            .map(StoredObject::written)
            .max(Comparator.naturalOrder());
    int claims = timeline.listing().generations().size();
    long generation = timeline.listing().generations().get(claims - 1).generation();
    String when =
        newest
            .map(t -> Figures.duration(Duration.between(t, clock.instant()).abs()) + " ago")
            .orElse("at no known time");
    if (newest.filter(t -> Duration.between(t, clock.instant()).compareTo(OLD) > 0).isPresent()) {
      findings.add(
          new Finding(StoreKind.HISTORY_OLD, "The newest object was written " + when + "."));
    }
    if (claims > 1) {
      findings.add(
          new Finding(
              StoreKind.HISTORY_CLAIMED_AGAIN,
              claims + " claims; the newest is generation " + generation + "."));
    }
    if (whole) {
      findings.add(
          new Finding(
              StoreKind.HISTORY_RESTORABLE,
              "Restorable to transaction "
                  + latest
                  + "; "
                  + timeline.listing().objects()
                  + " objects, "
                  + Figures.bytes(timeline.listing().bytes())
                  + ", the newest written "
                  + when
                  + "."));
    }
  }

  private static Stream<StoredObject> objects(GenerationListing generation) {
    return generation.objects().stream();
  }
}
