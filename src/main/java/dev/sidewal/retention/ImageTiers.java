package dev.sidewal.retention;

import dev.sidewal.replica.Moment;
import dev.sidewal.replica.Timeline;
import dev.sidewal.replica.TimelineObject;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which snapshots and deltas are kept.
 *
 * <p>Invariant: a delta that is kept keeps its snapshot. An image is a snapshot, or a delta whose
 * snapshot is valid and there; what is neither is judged elsewhere. The image that the mark names
 * is never thinned out: all that follows builds on it, until there is a higher mark.
 */
final class ImageTiers {

  private static final Comparator<TimelineObject> NEWER =
      Comparator.comparingLong(TimelineObject::last)
          .thenComparingLong(o -> o.object().name().generation())
          .thenComparing(TimelineObject::key);

  private final long marked;
  private final Instant windowStart;
  private final Instant hourlyStart;
  private final Optional<Instant> dailyStart;

  /** The snapshots by their transactions; of two of the same, that of the newer generation. */
  private final TreeMap<Long, TimelineObject> snapshots = new TreeMap<>();

  private final List<TimelineObject> allSnapshots = new ArrayList<>();
  private final List<TimelineObject> deltas = new ArrayList<>();
  private final Map<String, RetireReason> retired = new LinkedHashMap<>();
  private final Optional<TimelineObject> oldest;

  /**
   * Judges the images.
   *
   * @param thin whether only the last delta of each hour is kept
   */
  ImageTiers(Timeline timeline, RetentionPolicy policy, Instant now, boolean thin) {
    marked = timeline.mark().map(Moment::txid).orElse(0L);
    windowStart = now.minus(policy.window());
    hourlyStart = now.minus(policy.hourly());
    dailyStart = policy.daily().map(now::minus);
    // Sorted by their ends: a snapshot comes before what builds on it.
    for (TimelineObject o : timeline.objects()) {
      switch (o.object().name().kind()) {
        case SNAPSHOT -> {
          allSnapshots.add(o);
          snapshots.merge(o.last(), o, (a, b) -> NEWER.compare(a, b) > 0 ? a : b);
        }
        case DELTA -> {
          if (snapshots.containsKey(o.base())) {
            deltas.add(o);
          }
        }
        case SEGMENT, PACK -> {}
      }
    }
    if (thin) {
      thin();
    }
    oldest = findOldest();
    oldest.ifPresent(this::retireOld);
  }

  /** Returns why images are retired, by their keys. */
  Map<String, RetireReason> retired() {
    return retired;
  }

  /** Returns the newest image that is as old as the window; empty if there is none. */
  Optional<TimelineObject> oldest() {
    return oldest;
  }

  /** Returns the objects that make an image, the snapshot first. */
  List<TimelineObject> chain(TimelineObject image) {
    return image.base() == 0 ? List.of(image) : List.of(snapshots.get(image.base()), image);
  }

  private static Instant time(TimelineObject image) {
    return image.object().name().lastTime();
  }

  private void thin() {
    Map<Instant, TimelineObject> last = new HashMap<>();
    for (TimelineObject delta : deltas) {
      last.merge(
          time(delta).truncatedTo(ChronoUnit.HOURS),
          delta,
          (a, b) -> NEWER.compare(a, b) > 0 ? a : b);
    }
    Set<TimelineObject> kept = new HashSet<>(last.values());
    for (TimelineObject delta : deltas) {
      if (!kept.contains(delta) && delta.last() != marked) {
        retired.put(delta.key(), RetireReason.THINNED);
      }
    }
  }

  private Optional<TimelineObject> findOldest() {
    List<TimelineObject> images = new ArrayList<>(snapshots.values());
    deltas.stream().filter(d -> !retired.containsKey(d.key())).forEach(images::add);
    return images.stream()
        .filter(i -> i.last() >= marked)
        .filter(i -> i.last() == marked || !time(i).isAfter(windowStart))
        .max(
            Comparator.comparingLong(TimelineObject::last)
                .thenComparing(i -> i.base() == 0)
                .thenComparing(NEWER));
  }

  private void retireOld(TimelineObject first) {
    Set<Long> bases = new HashSet<>();
    for (TimelineObject delta : deltas) {
      if (retired.containsKey(delta.key())) {
        continue;
      }
      if (delta.equals(first) || delta.last() > first.last() || !isOld(delta)) {
        bases.add(delta.base());
      } else {
        retired.put(delta.key(), RetireReason.OLD_DELTA);
      }
    }
    Map<Instant, TimelineObject> lastOfDay = new HashMap<>();
    for (TimelineObject snapshot : allSnapshots) {
      lastOfDay.merge(day(snapshot), snapshot, (a, b) -> NEWER.compare(a, b) > 0 ? a : b);
    }
    for (TimelineObject snapshot : allSnapshots) {
      boolean needed =
          snapshot.equals(first)
              || snapshot.last() > first.last()
              || (bases.contains(snapshot.last())
                  && snapshot.equals(snapshots.get(snapshot.last())));
      boolean daily =
          dailyStart.isPresent()
              && !time(snapshot).isBefore(dailyStart.get())
              && snapshot.equals(lastOfDay.get(day(snapshot)));
      if (!needed && !daily && isOld(snapshot)) {
        retired.put(snapshot.key(), RetireReason.OLD_SNAPSHOT);
      }
    }
  }

  private boolean isOld(TimelineObject image) {
    return time(image).isBefore(hourlyStart);
  }

  private static Instant day(TimelineObject image) {
    return time(image).truncatedTo(ChronoUnit.DAYS);
  }
}
