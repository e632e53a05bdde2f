package dev.sidewal.retention;

import dev.sidewal.replica.GenerationListing;
import dev.sidewal.replica.Generations;
import dev.sidewal.replica.HistoryObject;
import dev.sidewal.replica.ReplicaListing;
import dev.sidewal.replica.RetiredMark;
import dev.sidewal.replica.StoredMark;
import dev.sidewal.replica.StoredObject;
import dev.sidewal.replica.Timeline;
import dev.sidewal.replica.TimelineObject;
import dev.sidewal.replica.TxidRange;
import dev.sidewal.replica.Unusable;
import dev.sidewal.segment.ObjectKind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Works out what of a replica is not needed any more. Looks at names only; nothing is read, and no
 * memory of earlier plans is needed.
 *
 * <p>The invariants:
 *
 * <ul>
 *   <li><b>A chain older than the window stays.</b> P is the newest image as old as the window or
 *       older. P, the snapshot that it builds on, and all log after it are kept. So the state at
 *       the window's begin can be restored, and every one after it, however long the database is
 *       idle or its agent away. Without a P nothing is retired because of its age.
 *   <li><b>Log goes as a whole.</b> Up to P all of it is retired, and a mark says so before the
 *       first object older than P goes.
 *   <li><b>Nothing is taken on trust.</b> The plan is held against the timeline: what can be
 *       restored from P on, and every image that is kept, must be restorable without what is
 *       retired. Thinning can fail this where log is missing that a delta bridges; then deltas are
 *       not thinned out. If anything else does, it is a bug, and there is no plan.
 * </ul>
 */
public final class RetentionPlanner {

  private final Timeline timeline;
  private final ReplicaListing listing;
  private final Instant windowStart;
  private final ImageTiers images;
  private final long oldest;
  private final Map<String, RetireReason> reasons = new LinkedHashMap<>();
  private final Map<String, StoredObject> covers = new HashMap<>();

  private RetentionPlanner(Timeline timeline, RetentionPolicy policy, Instant now, boolean thin) {
    this.timeline = timeline;
    this.listing = timeline.listing();
    this.windowStart = now.minus(policy.window());
    this.images = new ImageTiers(timeline, policy, now, thin);
    this.oldest = images.oldest().map(TimelineObject::last).orElse(0L);
  }

  /**
   * Plans.
   *
   * @param now the time that the policy counts from
   * @throws IllegalStateException if the plan would take something away that must stay
   */
  public static RetentionPlan plan(Timeline timeline, RetentionPolicy policy, Instant now) {
    RetentionPlanner thinned = new RetentionPlanner(timeline, policy, now, true);
    RetentionPlan plan = thinned.plan();
    if (thinned.lost(plan).isEmpty()) {
      return plan;
    }
    RetentionPlanner whole = new RetentionPlanner(timeline, policy, now, false);
    RetentionPlan larger = whole.plan();
    Optional<String> lost = whole.lost(larger);
    if (lost.isPresent()) {
      throw new IllegalStateException(
          "Retention of "
              + timeline.listing().location()
              + " would have taken away what must stay: "
              + lost.get()
              + ". Nothing was retired. This is a bug; please report it with the output of sidewal"
              + " info --json.");
    }
    return larger;
  }

  private RetentionPlan plan() {
    covered();
    images.retired().forEach(reasons::putIfAbsent);
    Unusable.fenced(listing).stream()
        .filter(this::isOld)
        .forEach(o -> reasons.putIfAbsent(o.key(), RetireReason.FENCED));
    if (images.oldest().isPresent()) {
      Stream.concat(timeline.objects().stream(), timeline.retiredLog().stream())
          .filter(o -> !o.object().name().kind().isImage() && o.last() <= oldest)
          .filter(o -> !o.isCut() || isOld(o.object()))
          .forEach(o -> reasons.putIfAbsent(o.key(), RetireReason.OLD_LOG));
      Unusable.baseless(timeline).stream()
          .filter(o -> isOld(o) && o.name().lastTxid() <= oldest)
          .forEach(o -> reasons.putIfAbsent(o.key(), RetireReason.BASELESS));
    }
    Optional<RetiredMark> mark = mark();
    List<RetiredObject> objects = new ArrayList<>(history());
    marks(mark, objects);
    claims(objects);
    objects.sort(Comparator.comparing(RetentionPlanner::phase));
    return new RetentionPlan(
        objects,
        mark,
        images
            .oldest()
            .map(o -> images.chain(o).stream().map(TimelineObject::object).toList())
            .orElse(List.of()),
        covers.values().stream().distinct().toList());
  }

  private static int phase(RetiredObject object) {
    return switch (object.kind()) {
      case SNAPSHOT -> 0;
      case DELTA -> 1;
      case SEGMENT, PACK -> 2;
      case MARK -> 3;
      case CLAIM -> 4;
    };
  }

  private boolean isOld(StoredObject object) {
    return object.name().lastTime().isBefore(windowStart);
  }

  /** Finds the segments that valid packs of their generations hold. O(n log n). */
  private void covered() {
    Set<String> valid =
        timeline.objects().stream().map(TimelineObject::key).collect(Collectors.toSet());
    for (GenerationListing generation : listing.generations()) {
      List<StoredObject> log = new ArrayList<>(generation.segments());
      generation.packs().stream().filter(p -> valid.contains(p.key())).forEach(log::add);
      log.sort(
          Comparator.<StoredObject>comparingLong(o -> o.name().firstTxid())
              .thenComparing(o -> o.name().kind() == ObjectKind.SEGMENT));
      Optional<StoredObject> farthest = Optional.empty();
      for (StoredObject o : log) {
        long last = o.name().lastTxid();
        if (o.name().kind() == ObjectKind.PACK) {
          farthest = farthest.filter(f -> f.name().lastTxid() >= last).or(() -> Optional.of(o));
        } else if (farthest.isPresent() && farthest.get().name().lastTxid() >= last) {
          reasons.put(o.key(), RetireReason.COVERED);
          covers.put(o.key(), farthest.get());
        }
      }
    }
  }

  private List<RetiredObject> history() {
    List<RetiredObject> objects = new ArrayList<>();
    for (GenerationListing generation : listing.generations()) {
      for (StoredObject o : generation.objects()) {
        if (reasons.containsKey(o.key())) {
          objects.add(
              new RetiredObject(
                  o.key(),
                  kind(o.name()),
                  o.bytes(),
                  reasons.get(o.key()),
                  Optional.ofNullable(covers.get(o.key())).map(StoredObject::key)));
        }
      }
    }
    return objects;
  }

  private static RetiredObject.Kind kind(HistoryObject name) {
    return switch (name.kind()) {
      case SNAPSHOT -> RetiredObject.Kind.SNAPSHOT;
      case DELTA -> RetiredObject.Kind.DELTA;
      case SEGMENT -> RetiredObject.Kind.SEGMENT;
      case PACK -> RetiredObject.Kind.PACK;
    };
  }

  /** Returns the mark that is needed, if the one that is there does not reach as far. */
  private Optional<RetiredMark> mark() {
    boolean needed =
        reasons.values().stream().anyMatch(RetireReason::needsMark)
            && oldest > timeline.mark().map(m -> m.txid()).orElse(0L);
    List<GenerationListing> generations = listing.generations();
    return images
        .oldest()
        .filter(p -> needed)
        .map(
            p ->
                new RetiredMark(
                    generations.get(generations.size() - 1).generation(),
                    p.last(),
                    p.object().name().lastTime()));
  }

  private void marks(Optional<RetiredMark> written, List<RetiredObject> objects) {
    Optional<String> kept = written.map(RetiredMark::key).or(timeline::markKey);
    for (GenerationListing generation : listing.generations()) {
      for (StoredMark mark : generation.marks()) {
        if (kept.isPresent() && !mark.key().equals(kept.get())) {
          objects.add(
              new RetiredObject(
                  mark.key(),
                  RetiredObject.Kind.MARK,
                  mark.bytes(),
                  RetireReason.OLD_MARK,
                  Optional.empty()));
        }
      }
    }
  }

  /**
   * Finds the claims that say nothing about anything any more: those of the oldest generations, up
   * to the first one of which something is left. A newer generation must have taken over longer ago
   * than the window: an agent that does not know it yet could still write.
   */
  private void claims(List<RetiredObject> objects) {
    List<GenerationListing> generations = listing.generations();
    if (!listing.unknownKeys().isEmpty()) {
      return;
    }
    for (int i = 0; i + 1 < generations.size(); i++) {
      GenerationListing generation = generations.get(i);
      boolean empty = generation.objects().isEmpty() && generation.marks().isEmpty();
      if (!empty || !generations.get(i + 1).manifest().created().isBefore(windowStart)) {
        return;
      }
      objects.add(
          new RetiredObject(
              Generations.manifestKey(generation.generation()),
              RetiredObject.Kind.CLAIM,
              generation.manifest().toBytes().length,
              RetireReason.EMPTY_CLAIM,
              Optional.empty()));
    }
  }

  /** Returns what a plan takes away although it must stay; empty if nothing. */
  private Optional<String> lost(RetentionPlan plan) {
    Set<String> retired =
        plan.objects().stream()
            .map(RetiredObject::key)
            .collect(Collectors.toCollection(HashSet::new));
    Timeline after = Timeline.of(listing, o -> !retired.contains(o.key()), plan.mark());
    if (!after.latest().equals(timeline.latest())
        || !after.latestRestorable().equals(timeline.latestRestorable())) {
      return Optional.of("the latest transaction");
    }
    List<TxidRange> before = from(timeline.restorable());
    if (!from(after.restorable()).equals(before)) {
      return Optional.of("of " + before + ", what is not in " + from(after.restorable()));
    }
    Map<Long, TimelineObject> images =
        timeline.objects().stream()
            .filter(o -> o.object().name().kind().isImage() && !retired.contains(o.key()))
            .collect(Collectors.toMap(TimelineObject::last, Function.identity(), (a, b) -> a));
    return images.values().stream()
        .filter(o -> timeline.isRestorable(o.last()) && !after.isRestorable(o.last()))
        .map(TimelineObject::key)
        .findFirst();
  }

  /** Returns what of ranges lies at the oldest image or after it. */
  private List<TxidRange> from(List<TxidRange> ranges) {
    long least = Math.max(1, oldest);
    return ranges.stream()
        .filter(r -> r.last() >= least)
        .map(r -> new TxidRange(Math.max(least, r.first()), r.last()))
        .toList();
  }
}
