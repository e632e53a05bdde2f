package dev.sidewal.restore;

import dev.sidewal.error.HistoryDamagedException;
import dev.sidewal.error.NoBackupException;
import dev.sidewal.error.TargetUnavailableException;
import dev.sidewal.error.UnsupportedFormatException;
import dev.sidewal.replica.GenerationListing;
import dev.sidewal.replica.GenerationManifest;
import dev.sidewal.replica.HistoryObject;
import dev.sidewal.replica.HistoryReader;
import dev.sidewal.replica.Moment;
import dev.sidewal.replica.ObjectGoneException;
import dev.sidewal.replica.Position;
import dev.sidewal.replica.StoredObject;
import dev.sidewal.replica.Timeline;
import dev.sidewal.replica.TimelineObject;
import dev.sidewal.segment.SegmentReader;
import dev.sidewal.store.ObjectStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Finds out how a state can be restored. Reads the listing, and of the objects only the indexes
 * that hold the target. Safe for use by several threads.
 *
 * <p>Every method throws:
 *
 * <ul>
 *   <li>{@link NoBackupException} if the listing proves that there is no history
 *   <li>{@link TargetUnavailableException} if the target lies outside of the history
 *   <li>{@link HistoryDamagedException} if the target was recorded, or may have been, but cannot be
 *       reached; names the hole or the object and the last transaction before it that can be
 *       restored
 *   <li>{@link dev.sidewal.error.StoreException} if the store is unreachable or refuses
 * </ul>
 */
public final class RestorePlanner {

  private final ObjectStore store;

  /** Creates a planner for one replica. */
  public RestorePlanner(ObjectStore store) {
    this.store = store;
  }

  /** A plan, and the timeline that it was made from. */
  record Planned(Timeline timeline, RestorePlan plan) {}

  /** Lists the replica and plans; once more if an object goes away meanwhile. */
  public RestorePlan plan(RestoreTarget target) {
    Timeline timeline = Timeline.load(store);
    try {
      return planOnce(timeline, target);
    } catch (ObjectGoneException e) {
      return planAgain(timeline, target, e).plan();
    }
  }

  /**
   * Plans from a fresh listing after an object that was listed turned out to be gone. The way
   * around it must lead to what the first listing showed: when the newest object of a history
   * vanishes, the state before it is not "the latest". Unless retention keeps only images of it
   * meanwhile: then an older image may stand for a time, and says so.
   */
  Planned planAgain(Timeline before, RestoreTarget target, ObjectGoneException gone) {
    long least = leastTxid(before, target);
    Timeline listed = Timeline.load(store);
    Timeline without = Timeline.of(listed.listing(), o -> !o.key().equals(gone.key()));
    // Where nothing else leads there, and it is listed still, it may be back.
    Timeline timeline =
        without.lastRestorable(Long.MAX_VALUE).orElse(0) >= least ? without : listed;
    boolean retired = new RetiredStretch(timeline).contains(least);
    try {
      RestorePlan plan = planOnce(timeline, target);
      if (plan.target().txid() < least && !retired) {
        throw gone(timeline, least, gone);
      }
      return new Planned(timeline, plan);
    } catch (ObjectGoneException stillGone) {
      throw gone(timeline, least, stillGone);
    } catch (NoBackupException | TargetUnavailableException | HistoryDamagedException e) {
      if (retired && e instanceof TargetUnavailableException) {
        throw e;
      }
      HistoryDamagedException damage = gone(timeline, least, gone);
      damage.addSuppressed(e);
      throw damage;
    }
  }

  /** Returns the oldest transaction that can be meant, as far as the names in a listing say. */
  private static long leastTxid(Timeline timeline, RestoreTarget target) {
    if (target instanceof RestoreTarget.Txid wanted) {
      return wanted.txid();
    }
    if (!(target instanceof RestoreTarget.At at)) {
      return timeline.latest().orElse(1);
    }
    long least = timeline.earliest().map(Moment::txid).orElse(1L);
    for (TimelineObject o : timeline.objects()) {
      HistoryObject name = o.object().name();
      if (!o.isCut() && !name.lastTime().isAfter(at.time())) {
        least = Math.max(least, o.last());
      }
      if (name.firstTxid() == o.first() && !name.firstTime().isAfter(at.time())) {
        least = Math.max(least, o.first());
      }
    }
    return least;
  }

  /** Plans with a timeline that is at hand. */
  public RestorePlan plan(Timeline timeline, RestoreTarget target) {
    try {
      return planOnce(timeline, target);
    } catch (ObjectGoneException e) {
      throw gone(timeline, leastTxid(timeline, target), e);
    }
  }

  /** Returns the time of a recorded transaction; reads the index of its object if need be. */
  public Moment moment(Timeline timeline, long txid) {
    Optional<Moment> named = timeline.nameTime(txid);
    if (named.isPresent()) {
      return named.get();
    }
    TimelineObject object =
        holding(timeline, txid)
            .orElseThrow(() -> Damage.unreachable(timeline, txid, "transaction " + txid));
    try {
      return reading(
          timeline,
          object.object(),
          txid,
          reader -> new Moment(txid, IndexLookup.transaction(reader, txid).time()));
    } catch (ObjectGoneException e) {
      throw gone(timeline, txid, e);
    }
  }

  /** Returns what a vanished object means when listing again did not help. */
  static HistoryDamagedException gone(Timeline timeline, long txid, ObjectGoneException e) {
    return Damage.withAdvice(
        timeline, e.key(), txid, new HistoryDamagedException(e.getMessage() + ".", e));
  }

  RestorePlan planOnce(Timeline timeline, RestoreTarget target) throws ObjectGoneException {
    Moment earliest = requireHistory(timeline);
    Resolved resolved = resolve(timeline, earliest, target);
    long txid = resolved.txid();
    List<PlannedObject> path = PathFinder.find(timeline.objects(), txid);
    if (path.isEmpty()) {
      throw Damage.unreachable(timeline, txid, target.toString());
    }
    StoredObject last = path.get(path.size() - 1).object();
    RestorePlan plan =
        reading(
            timeline,
            last,
            txid,
            reader ->
                new RestorePlan(
                    store.location(),
                    replicaId(timeline),
                    IndexLookup.transaction(reader, txid),
                    reader.summary().header().pageSize(),
                    path,
                    positions(timeline.listing().generations()),
                    resolved.coarse()));
    if (target instanceof RestoreTarget.At at && plan.target().time().isAfter(at.time())) {
      throw Damage.timesContradict(timeline, txid, txid, at.time());
    }
    return plan;
  }

  private Moment requireHistory(Timeline timeline) {
    if (timeline.isEmpty()) {
      throw new NoBackupException(
          "There is no backup in "
              + timeline.listing().location()
              + ": the store answered, and nothing was ever recorded there. Check the URL.");
    }
    return timeline.earliest().orElseThrow(() -> Damage.noSnapshot(timeline));
  }

  /** A transaction, and what is inexact about it. */
  private record Resolved(long txid, Optional<CoarseMoment> coarse) {}

  private Resolved resolve(Timeline timeline, Moment earliest, RestoreTarget target)
      throws ObjectGoneException {
    long latest = timeline.latest().orElseThrow();
    RetiredStretch retired = new RetiredStretch(timeline);
    long txid;
    if (target instanceof RestoreTarget.At at) {
      Optional<Moment> image = retired.at(at.time());
      if (image.isPresent()) {
        Optional<CoarseMoment> coarse = retired.coarse(image.get(), at.time());
        if (coarse.isPresent() && at.exact()) {
          throw retired.inexact(coarse.get());
        }
        return new Resolved(image.get().txid(), coarse);
      }
      txid = lastAt(timeline, earliest, at.time(), retired.knownAt(at.time()));
    } else if (target instanceof RestoreTarget.Txid wanted) {
      txid = wanted.txid();
      if (txid < earliest.txid() || txid > latest) {
        throw new TargetUnavailableException(
            "Transaction "
                + txid
                + " cannot be restored: "
                + timeline.listing().location()
                + " holds transactions "
                + earliest.txid()
                + " (of "
                + earliest.time()
                + ") to "
                + latest
                + ". Ask for one of those."
                + orphans(timeline, earliest));
      }
      if (retired.contains(txid) && !timeline.isRestorable(txid)) {
        throw retired.notKept(txid);
      }
    } else {
      txid = latest;
    }
    if (!timeline.isRestorable(txid)) {
      throw Damage.unreachable(timeline, txid, target.toString());
    }
    return new Resolved(txid, Optional.empty());
  }

  /**
   * Finds the last transaction at or before a time, behind the mark of retention. Names give a
   * lower and an upper bound; what lies between them is looked up in the objects. A hole there
   * could hide the answer: then it is not known.
   */
  private long lastAt(Timeline timeline, Moment earliest, Instant time, long marked)
      throws ObjectGoneException {
    if (time.isBefore(earliest.time())) {
      throw new TargetUnavailableException(
          "There is nothing to restore as of "
              + time
              + ": the earliest state in "
              + timeline.listing().location()
              + " is "
              + earliest
              + ". Ask for that time or a later one."
              + orphans(timeline, earliest));
    }
    long latest = timeline.latest().orElseThrow();
    long known = Math.max(earliest.txid(), marked);
    long later = latest + 1;
    for (TimelineObject o : timeline.objects()) {
      Instant firstTime = o.object().name().firstTime();
      Instant lastTime = o.object().name().lastTime();
      if (o.object().name().firstTxid() == o.first() && o.first() >= earliest.txid()) {
        known = firstTime.isAfter(time) ? known : Math.max(known, o.first());
        later = firstTime.isAfter(time) ? Math.min(later, o.first()) : later;
      }
      if (!o.isCut() && o.last() >= earliest.txid()) {
        known = lastTime.isAfter(time) ? known : Math.max(known, o.last());
        later = lastTime.isAfter(time) ? Math.min(later, o.last()) : later;
      }
    }
    if (known >= later) {
      throw Damage.timesContradict(timeline, known, later, time);
    }
    while (known + 1 < later) {
      long next = known + 1;
      Optional<TimelineObject> object = holding(timeline, next);
      if (object.isEmpty()) {
        throw Damage.unknownAt(timeline, next, time);
      }
      TimelineObject holder = object.get();
      long found =
          reading(
              timeline,
              holder.object(),
              next,
              reader -> IndexLookup.lastAt(reader, holder, time).orElse(next - 1));
      if (found < holder.last()) {
        return Math.max(found, known);
      }
      known = found;
    }
    return known;
  }

  /** Says that older transactions are there, but nothing that they could be applied to. */
  private static String orphans(Timeline timeline, Moment earliest) {
    return timeline.objects().stream()
        .filter(o -> o.first() < earliest.txid())
        .min(Comparator.comparingLong(TimelineObject::first))
        .map(
            o ->
                " Older transactions, from "
                    + o.first()
                    + ", are there still, but the snapshot that they build on is not: retention"
                    + " removed it, or it was lost.")
        .orElse("");
  }

  /** Returns the smallest object that records a transaction together with others. */
  private static Optional<TimelineObject> holding(Timeline timeline, long txid) {
    return timeline.objects().stream()
        .filter(o -> o.first() <= txid && o.last() >= txid)
        .min(
            Comparator.<TimelineObject>comparingLong(o -> o.object().bytes())
                .thenComparing(Timeline.PREFERENCE));
  }

  /** Returns the positions that generations continue, as far as no newer one fenced them. */
  static List<Position> positions(List<GenerationListing> generations) {
    List<Position> positions = new ArrayList<>();
    long fence = Long.MAX_VALUE;
    for (int i = generations.size() - 1; i >= 0; i--) {
      GenerationManifest manifest = generations.get(i).manifest();
      long txid = manifest.takesOver().map(Position::txid).orElse(0L);
      if (manifest.continues() && txid <= fence) {
        manifest.takesOver().ifPresent(positions::add);
      }
      fence = Math.min(fence, txid);
    }
    return positions;
  }

  private UUID replicaId(Timeline timeline) {
    return timeline.listing().generations().get(0).manifest().replicaId();
  }

  /** Reads from an opened object. */
  @FunctionalInterface
  private interface Reading<T> {
    T from(SegmentReader reader) throws IOException;
  }

  private <T> T reading(Timeline timeline, StoredObject object, long txid, Reading<T> reading)
      throws ObjectGoneException {
    try {
      return reading.from(HistoryReader.open(store, object, replicaId(timeline)));
    } catch (ObjectGoneException e) {
      throw e;
    } catch (UnsupportedFormatException e) {
      throw e;
    } catch (HistoryDamagedException e) {
      throw Damage.withAdvice(timeline, object.key(), txid, e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
