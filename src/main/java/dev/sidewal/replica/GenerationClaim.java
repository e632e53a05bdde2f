package dev.sidewal.replica;

import dev.sidewal.error.HistoryDamagedException;
import dev.sidewal.error.StoreException;
import dev.sidewal.fault.CrashPoint;
import dev.sidewal.store.ConditionalPut;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.Payload;
import dev.sidewal.store.PutOutcome;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * Claims the next generation of a replica, so that this process is its one writer.
 *
 * <p>Invariant: the claim is one conditional write. Two agents that claim at the same time cannot
 * both succeed with the same number, and each can tell its own claim by the random id in it, also
 * when the reply was lost. Where the store does not enforce conditions, the claim is read back,
 * which narrows the race and does not close it.
 *
 * @param manifest what was claimed
 * @param earliestTime the time of the last transaction of the history that goes on; no later
 *     transaction may be dated before it
 * @param conditionalPut what the store does with conditional writes
 */
public record GenerationClaim(
    GenerationManifest manifest, Instant earliestTime, ConditionalPut conditionalPut) {

  /**
   * Where the history of a replica ends.
   *
   * @param replicaId the replica's id, empty if nothing was ever claimed
   * @param lastGeneration the newest generation that was claimed, 0 if none
   * @param position the last transaction that is valid, empty if there is none
   * @param restorable whether that transaction can be restored, as far as the listing says; if not,
   *     nothing may be built on it
   * @param time when that transaction was seen; {@link Instant#EPOCH} if there is none
   */
  public record HistoryEnd(
      Optional<UUID> replicaId,
      long lastGeneration,
      Optional<Position> position,
      boolean restorable,
      Instant time) {
    /** Checks for null. */
    public HistoryEnd {
      Objects.requireNonNull(replicaId, "replicaId");
      Objects.requireNonNull(position, "position");
      Objects.requireNonNull(time, "time");
    }

    /** Returns where a history ends that was listed. */
    public static HistoryEnd of(Timeline timeline) {
      List<GenerationListing> generations = timeline.listing().generations();
      if (generations.isEmpty()) {
        return new HistoryEnd(Optional.empty(), 0, Optional.empty(), false, Instant.EPOCH);
      }
      GenerationListing newest = generations.get(generations.size() - 1);
      Optional<UUID> replicaId = Optional.of(newest.manifest().replicaId());
      if (timeline.latest().isEmpty()) {
        return new HistoryEnd(
            replicaId, newest.generation(), Optional.empty(), false, Instant.EPOCH);
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

  /**
   * Where this agent's own history ended.
   *
   * @param replicaId the replica in which it did
   * @param position the last transaction that the agent knows to be there, with its checksum
   */
  public record Continuation(UUID replicaId, Position position) {
    /** Checks for null. */
    public Continuation {
      Objects.requireNonNull(replicaId, "replicaId");
      Objects.requireNonNull(position, "position");
    }

    private boolean isEndOf(HistoryEnd end) {
      return end.restorable()
          && end.replicaId().filter(replicaId::equals).isPresent()
          && end.position()
              .filter(p -> p.txid() == position.txid() && p.generation() == position.generation())
              .isPresent();
    }
  }

  private static final int ATTEMPTS = 20;

  /**
   * Claims the next generation. It continues the agent's own history if that is where the replica's
   * history ends, and begins with a snapshot otherwise.
   *
   * @param end looks up where the history ends; called again after a lost race
   * @param claim the id by which the agent knows its own claims
   * @param own where the agent's own history ended; empty if it knows of none
   * @param pageSize bytes a page of the database
   * @param writer the program and its version
   * @throws StoreException if the store is unreachable or refuses
   * @throws HistoryDamagedException if the replica cannot be understood
   */
  public static GenerationClaim claim(
      ObjectStore store,
      Supplier<HistoryEnd> end,
      UUID claim,
      Optional<Continuation> own,
      int pageSize,
      String writer,
      Clock clock) {
    for (int i = 0; i < ATTEMPTS; i++) {
      HistoryEnd at = end.get();
      Optional<Position> continued = own.filter(o -> o.isEndOf(at)).map(Continuation::position);
      GenerationManifest manifest =
          new GenerationManifest(
              at.replicaId().orElseGet(UUID::randomUUID),
              at.lastGeneration() + 1,
              claim,
              clock.instant(),
              pageSize,
              writer,
              continued.or(at::position),
              continued.isPresent());
      String key = Generations.manifestKey(manifest.generation());
      byte[] bytes = manifest.toBytes();
      CrashPoint.CLAIM_BEFORE.reached();
      boolean mine =
          store.putIfAbsent(key, Payload.of(bytes)) == PutOutcome.CREATED
              || Arrays.equals(read(store, key), bytes);
      CrashPoint.CLAIM_AFTER.reached();
      if (mine) {
        ConditionalPut conditional = store.probeConditionalPut(key, Payload.of(bytes));
        if (conditional == ConditionalPut.ENFORCED || Arrays.equals(read(store, key), bytes)) {
          return new GenerationClaim(manifest, at.time(), conditional);
        }
      }
    }
    throw new StoreException(
        "Could not claim a generation of "
            + store.location()
            + " in "
            + ATTEMPTS
            + " attempts: other agents were always faster. Make sure that only one agent replicates"
            + " to this replica.",
        true,
        null);
  }

  private static byte[] read(ObjectStore store, String key) {
    Optional<InputStream> stream = store.get(key, 0, GenerationManifest.MAX_BYTES);
    if (stream.isEmpty()) {
      return new byte[0];
    }
    try (InputStream in = stream.get()) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new StoreException("Reading " + key + " of " + store.location() + " failed", true, e);
    }
  }
}
