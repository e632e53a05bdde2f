package dev.sidewal.retention;

import dev.sidewal.replica.RetiredMark;
import dev.sidewal.replica.StoredObject;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What is retired, and what that relies on.
 *
 * @param objects what is not needed any more, in the order in which it is retired; immutable
 * @param mark the mark that must be there before the first object is retired because of its age;
 *     empty if there is one already, or none is needed
 * @param oldest the image with which the transactions begin that are all kept, its base first;
 *     empty if there is none as old as the window. Immutable
 * @param packs the packs that hold what is retired because they do; immutable
 */
public record RetentionPlan(
    List<RetiredObject> objects,
    Optional<RetiredMark> mark,
    List<StoredObject> oldest,
    List<StoredObject> packs) {
  /** Takes copies of the lists. */
  public RetentionPlan {
    objects = List.copyOf(objects);
    Objects.requireNonNull(mark, "mark");
    oldest = List.copyOf(oldest);
    packs = List.copyOf(packs);
  }

  /** Returns the bytes of all objects together. */
  public long bytes() {
    return objects.stream().mapToLong(RetiredObject::bytes).sum();
  }
}
