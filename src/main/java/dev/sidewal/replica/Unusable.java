package dev.sidewal.replica;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** History objects that lie in a replica and lead nowhere. */
public final class Unusable {

  private Unusable() {}

  /**
   * Returns the objects of which a newer generation fenced every transaction. Without those of
   * generations of which nothing says what is valid: whoever brings the lost claim back has use for
   * them.
   */
  public static List<StoredObject> fenced(ReplicaListing listing) {
    FencedLine line = new FencedLine(listing.generations());
    return listing.generations().stream()
        .flatMap(g -> g.objects().stream().filter(o -> line.isFenced(g.manifest(), o)))
        .toList();
  }

  /**
   * Returns the deltas that are not fenced and have no valid snapshot to be applied to: it is gone,
   * or lies before a new beginning.
   */
  public static List<StoredObject> baseless(Timeline timeline) {
    FencedLine line = new FencedLine(timeline.listing().generations());
    Set<Long> snapshots = new HashSet<>();
    Set<String> based = new HashSet<>();
    // Sorted by their ends: a base comes before what builds on it.
    for (TimelineObject o : timeline.objects()) {
      switch (o.object().name().kind()) {
        case SNAPSHOT -> snapshots.add(o.last());
        case DELTA -> {
          if (snapshots.contains(o.base())) {
            based.add(o.key());
          }
        }
        case SEGMENT, PACK -> {}
      }
    }
    return timeline.listing().generations().stream()
        .filter(g -> !line.isUnknown(g.manifest()))
        .flatMap(g -> g.deltas().stream().filter(o -> !line.isFenced(g.manifest(), o)))
        .filter(o -> !based.contains(o.key()))
        .toList();
  }
}
