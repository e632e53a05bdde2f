package dev.sidewal.replica;

import dev.sidewal.segment.ObjectKind;
import java.util.List;

/**
 * One generation as it lies in the store.
 *
 * @param manifest its claim
 * @param objects its history objects, sorted by key; immutable
 * @param marks the marks of retention that were written to it, sorted by key; immutable
 */
public record GenerationListing(
    GenerationManifest manifest, List<StoredObject> objects, List<StoredMark> marks) {
  /** Takes copies of the lists. */
  public GenerationListing {
    objects = List.copyOf(objects);
    marks = List.copyOf(marks);
  }

  /** Returns the generation's number. */
  public long generation() {
    return manifest.generation();
  }

  /** Returns its snapshots, oldest first. */
  public List<StoredObject> snapshots() {
    return of(ObjectKind.SNAPSHOT);
  }

  /** Returns its deltas, sorted by base, then end. */
  public List<StoredObject> deltas() {
    return of(ObjectKind.DELTA);
  }

  /** Returns its packs, oldest first. */
  public List<StoredObject> packs() {
    return of(ObjectKind.PACK);
  }

  /** Returns its segments, oldest first. */
  public List<StoredObject> segments() {
    return of(ObjectKind.SEGMENT);
  }

  private List<StoredObject> of(ObjectKind kind) {
    return objects.stream().filter(o -> o.name().kind() == kind).toList();
  }
}
