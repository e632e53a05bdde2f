package dev.sidewal.restore;

import dev.sidewal.replica.Position;
import dev.sidewal.segment.Transaction;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/**
 * How a state is restored.
 *
 * @param location the replica
 * @param replicaId the replica's id
 * @param target the transaction whose state is restored, as its object records it
 * @param pageSize bytes a page
 * @param objects the objects to read, oldest first: a snapshot, then what was changed since;
 *     immutable
 * @param positions states with the checksums that generations took over with; those on the way must
 *     prove equal; immutable
 * @param coarse what is inexact about the target, where retention keeps only images; empty if it is
 *     what was asked for
 */
public record RestorePlan(
    String location,
    UUID replicaId,
    Transaction target,
    int pageSize,
    List<PlannedObject> objects,
    List<Position> positions,
    Optional<CoarseMoment> coarse) {
  /** Takes copies of the lists. */
  public RestorePlan {
    Objects.requireNonNull(target, "target");
    Objects.requireNonNull(coarse, "coarse");
    objects = List.copyOf(objects);
    positions = List.copyOf(positions);
    if (objects.isEmpty()) {
      throw new IllegalArgumentException("no objects");
    }
  }

  /** Returns the bytes of all objects together. */
  public long totalBytes() {
    return objects.stream().mapToLong(PlannedObject::bytes).sum();
  }

  /** Returns the length of the file that is made, in bytes. */
  public long databaseBytes() {
    return Math.multiplyExact(target.databasePages(), pageSize);
  }
}
