package dev.sidewal.agent;

import dev.sidewal.error.SupersededException;
import dev.sidewal.replica.GenerationClaim;
import dev.sidewal.replica.GenerationClaim.HistoryEnd;
import dev.sidewal.replica.GenerationListing;
import dev.sidewal.replica.HistoryPublisher;
import dev.sidewal.replica.ReplicaListing;
import dev.sidewal.replica.Timeline;
import dev.sidewal.store.ObjectStore;
import java.time.Clock;
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
          return HistoryEnd.of(timeline);
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
}
