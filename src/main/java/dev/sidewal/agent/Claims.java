package dev.sidewal.agent;

import dev.sidewal.error.SupersededException;
import dev.sidewal.replica.GenerationClaim;
import dev.sidewal.replica.GenerationClaim.HistoryEnd;
import dev.sidewal.replica.GenerationListing;
import dev.sidewal.replica.HistoryPublisher;
import dev.sidewal.replica.Position;
import dev.sidewal.replica.ReplicaListing;
import dev.sidewal.replica.Timeline;
import dev.sidewal.replica.TimelineObject;
import dev.sidewal.store.ObjectStore;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Claims generations for the agent: the next after all that the listing shows. */
final class Claims {

  private Claims() {}

  /**
   * Claims the next generation.
   *
   * @param claimer the id of this run of the agent
   * @param own where this agent's own history ended; continued if it is the end of the replica's
   * @param again whether this run has claimed a generation before: then a newer one of another
   *     agent ends it
   * @param account hears of the listing
   * @param cancelled asked right before the claim is written
   * @throws SupersededException if another agent has claimed a newer generation since
   */
  static GenerationClaim claim(
      ObjectStore store,
      int pageSize,
      Clock clock,
      UUID claimer,
      Optional<GenerationClaim.Continuation> own,
      boolean again,
      ReplicationAccount account,
      ClaimRunner.Cancelled cancelled) {
    return GenerationClaim.claim(
        store,
        () -> {
          Timeline timeline = Timeline.load(store);
          if (again) {
            checkNotSuperseded(store, timeline.listing(), claimer);
          }
          account.listed(timeline);
          cancelled.check();
          return end(timeline);
        },
        claimer,
        own,
        pageSize,
        Version.writer(),
        clock);
  }

  private static void checkNotSuperseded(ObjectStore store, ReplicaListing listing, UUID claimer) {
    List<GenerationListing> generations = listing.generations();
    if (!generations.isEmpty()) {
      GenerationListing newest = generations.get(generations.size() - 1);
      if (!newest.manifest().claim().equals(claimer)) {
        throw HistoryPublisher.superseded(store, newest.generation());
      }
    }
  }

  private static HistoryEnd end(Timeline timeline) {
    List<GenerationListing> generations = timeline.listing().generations();
    if (generations.isEmpty()) {
      return new HistoryEnd(Optional.empty(), 0, Optional.empty(), false, Instant.EPOCH);
    }
    GenerationListing newest = generations.get(generations.size() - 1);
    Optional<UUID> replicaId = Optional.of(newest.manifest().replicaId());
    if (timeline.latest().isEmpty()) {
      return new HistoryEnd(replicaId, newest.generation(), Optional.empty(), false, Instant.EPOCH);
    }
    long latest = timeline.latest().getAsLong();
    long owner =
        timeline.objects().stream()
            .filter(o -> o.last() == latest)
            .mapToLong(o -> o.object().name().generation())
            .max()
            .orElse(newest.generation());
    Instant time =
        timeline.objects().stream()
            .map(TimelineObject::object)
            .map(o -> o.name().lastTime())
            .max(Instant::compareTo)
            .orElse(Instant.EPOCH);
    return new HistoryEnd(
        replicaId,
        newest.generation(),
        Optional.of(new Position(owner, latest, 0)),
        timeline.isRestorable(latest),
        time);
  }
}
