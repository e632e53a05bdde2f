package dev.sidewal.replica;

import dev.sidewal.store.ObjectStore;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Which transactions of a replica are valid, which can be restored and which are lost. Worked out
 * from the listing and the manifests alone; no object is read. Immutable.
 *
 * <p><b>One line.</b> A generation h whose manifest takes over at txid T owns the transactions from
 * T + 1, and fences everything above T in all older generations; without a parent it fences all of
 * them. So every txid has at most one generation whose record of it is valid. An object that spans
 * T is valid up to T. If the manifest of a parent is gone, nothing says where that parent began,
 * and everything older than it is not used.
 *
 * <p><b>Chains.</b> A state can be reached by a snapshot; by a delta on exactly its base; by a
 * segment or pack from any state that it covers. Chains cross from one generation into the next if
 * the newer one continues the older; otherwise the newer one begins with a snapshot of its own.
 *
 * <p><b>Marks.</b> Up to the highest {@link RetiredMark} only images count: segments and packs up
 * to there may vanish one by one, in any order, and are not used; one that spans it is used from
 * the next transaction on. What they held is no hole.
 *
 * <p><b>Nothing is lost in silence.</b> {@link #latest} is the newest transaction that anything in
 * the listing proves to have been recorded, be it the name of an object or the position that a
 * generation took over, whether it can be restored or not.
 */
public final class Timeline {

  /** Orders objects that could serve alike: the greater, the better. */
  public static final Comparator<TimelineObject> PREFERENCE =
      Comparator.<TimelineObject>comparingInt(
              o ->
                  switch (o.object().name().kind()) {
                    case PACK -> 3;
                    case SEGMENT -> 2;
                    case DELTA -> 1;
                    case SNAPSHOT -> 0;
                  })
          .thenComparingLong(o -> o.last() - o.first())
          .thenComparing(TimelineObject::key);

  /** The mark that counts, and the transaction up to which it does. */
  private record EffectiveMark(long txid, RetiredMark mark) {}

  private final ReplicaListing listing;
  private final List<TimelineObject> objects;
  private final List<TimelineObject> retiredLog;
  private final Optional<EffectiveMark> mark;
  private final List<GenerationState> generations;
  private final List<TxidRange> restorable;
  private final List<TxidRange> holes;
  private final OptionalLong latest;

  private Timeline(
      ReplicaListing listing,
      List<TimelineObject> objects,
      List<TimelineObject> retiredLog,
      Optional<EffectiveMark> mark,
      List<GenerationState> generations,
      OptionalLong latest) {
    this.listing = listing;
    this.objects = objects;
    this.retiredLog = retiredLog;
    this.mark = mark;
    this.generations = generations;
    this.latest = latest;
    this.restorable = restorable(objects);
    this.holes = holes(objects, restorable, marked(), latest);
  }

  /**
   * Lists a replica and works its timeline out. Once more if something seems to be missing: a LIST
   * of several pages is not taken at one instant, and a segment that a new pack covers may have
   * been deleted after the page that would have shown the pack, and before its own.
   *
   * @throws dev.sidewal.error.HistoryDamagedException if the replica cannot be understood
   * @throws dev.sidewal.error.StoreException if the store is unreachable or refuses
   */
  public static Timeline load(ObjectStore store) {
    Timeline timeline = of(ReplicaListing.load(store));
    return timeline.isWhole() ? timeline : of(ReplicaListing.load(store));
  }

  /** Works the timeline of a replica out. */
  public static Timeline of(ReplicaListing listing) {
    return of(listing, object -> true);
  }

  /**
   * Works the timeline out as it would be if some history objects were not there.
   *
   * @param usable returns whether an object may be used
   */
  public static Timeline of(ReplicaListing listing, Predicate<StoredObject> usable) {
    return of(listing, usable, Optional.empty());
  }

  /**
   * Works the timeline out as it would be if some history objects were not there and one more mark
   * was.
   *
   * @param usable returns whether an object may be used
   * @param further a mark of a generation that is listed
   */
  public static Timeline of(
      ReplicaListing listing, Predicate<StoredObject> usable, Optional<RetiredMark> further) {
    FencedLine line = new FencedLine(listing.generations());
    Optional<EffectiveMark> mark = mark(listing, line, further);
    long marked = mark.map(EffectiveMark::txid).orElse(0L);
    List<TimelineObject> valid = new ArrayList<>();
    List<TimelineObject> retiredLog = new ArrayList<>();
    for (GenerationListing generation : listing.generations()) {
      for (StoredObject object : generation.objects()) {
        if (usable.test(object)) {
          Optional<TimelineObject> o = line.valid(generation.manifest(), object);
          boolean retired = o.isPresent() && o.get().last() <= marked && !isImage(o.get());
          o.ifPresent(v -> (retired ? retiredLog : valid).add(behind(v, marked)));
        }
      }
    }
    valid.sort(
        Comparator.comparingLong(TimelineObject::last)
            .thenComparingLong(TimelineObject::first)
            .thenComparing(TimelineObject::key));
    long newest = Math.max(line.takenOver(), marked);
    for (TimelineObject object : valid) {
      newest = Math.max(newest, object.last());
    }
    return new Timeline(
        listing,
        List.copyOf(valid),
        List.copyOf(retiredLog),
        mark,
        line.states(listing.generations()),
        newest == 0 ? OptionalLong.empty() : OptionalLong.of(newest));
  }

  private static boolean isImage(TimelineObject object) {
    return object.object().name().kind().isImage();
  }

  /** Returns what of an object lies behind a mark, if it spans it. */
  private static TimelineObject behind(TimelineObject o, long mark) {
    return isImage(o) || o.last() <= mark || o.first() > mark
        ? o
        : new TimelineObject(o.object(), Math.max(o.base(), mark), mark + 1, o.last());
  }

  private static Optional<EffectiveMark> mark(
      ReplicaListing listing, FencedLine line, Optional<RetiredMark> further) {
    Optional<EffectiveMark> highest = Optional.empty();
    for (GenerationListing generation : listing.generations()) {
      List<RetiredMark> marks =
          new ArrayList<>(generation.marks().stream().map(StoredMark::mark).toList());
      further.filter(m -> m.generation() == generation.generation()).ifPresent(marks::add);
      for (RetiredMark mark : marks) {
        long txid = line.valid(generation.manifest(), mark);
        if (txid > 0 && txid >= highest.map(EffectiveMark::txid).orElse(0L)) {
          highest = Optional.of(new EffectiveMark(txid, mark));
        }
      }
    }
    return highest;
  }

  private long marked() {
    return mark.map(EffectiveMark::txid).orElse(0L);
  }

  /**
   * Returns whether everything that was recorded, from the earliest image on or from the mark on,
   * can be restored.
   */
  public boolean isWhole() {
    if (latest.isEmpty() || restorable.isEmpty()) {
      return isEmpty();
    }
    TxidRange last = restorable.get(restorable.size() - 1);
    return last.contains(latest.getAsLong())
        && last.first() <= Math.max(marked(), restorable.get(0).first());
  }

  /** Returns the listing that it was worked out from. */
  public ReplicaListing listing() {
    return listing;
  }

  /**
   * Returns whether the listing proves that no transaction was ever recorded: no generation, or
   * only claims that hold nothing and took nothing over, and no object that this version does not
   * know.
   */
  public boolean isEmpty() {
    return latest.isEmpty()
        && listing.unknownKeys().isEmpty()
        && listing.generations().stream().allMatch(g -> g.objects().isEmpty());
  }

  /** Returns the valid objects, sorted by their last valid transaction; immutable. */
  public List<TimelineObject> objects() {
    return objects;
  }

  /**
   * Returns the segments and packs that the mark retired and that are still there; immutable. They
   * are used for nothing.
   */
  public List<TimelineObject> retiredLog() {
    return retiredLog;
  }

  /**
   * Returns up to which transaction only images are kept: older ones can be restored where an image
   * is. Empty if nothing was retired. The time is that of the mark's name; where a newer generation
   * took over before the marked transaction, it is a little later than the transaction's.
   */
  public Optional<Moment> mark() {
    return mark.map(m -> new Moment(m.txid(), m.mark().time()));
  }

  /** Returns the key of the mark that counts. */
  public Optional<String> markKey() {
    return mark.map(m -> m.mark().key());
  }

  /** Returns the generations, oldest first; immutable. */
  public List<GenerationState> generations() {
    return generations;
  }

  /** Returns the ranges of transactions that can be restored, ascending; immutable. */
  public List<TxidRange> restorable() {
    return restorable;
  }

  /**
   * Returns the ranges between the earliest restorable and the latest transaction that no object
   * holds, ascending; immutable; none below the mark. Transactions behind a hole may be unreachable
   * too, up to the next snapshot: see {@link #restorable()}.
   */
  public List<TxidRange> holes() {
    return holes;
  }

  /** Returns the earliest transaction that can be restored, which a snapshot holds. */
  public Optional<Moment> earliest() {
    return restorable.isEmpty() ? Optional.empty() : nameTime(restorable.get(0).first());
  }

  /**
   * Returns the newest transaction that was provably recorded; it may lie behind a hole. Empty if
   * none was.
   */
  public OptionalLong latest() {
    return latest;
  }

  /** Returns the newest transaction that can be restored; empty if none can. */
  public OptionalLong latestRestorable() {
    return restorable.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(restorable.get(restorable.size() - 1).last());
  }

  /** Returns the last restorable transaction at or before one; empty if there is none. */
  public OptionalLong lastRestorable(long txid) {
    OptionalLong last = OptionalLong.empty();
    for (TxidRange range : restorable) {
      if (range.first() <= txid) {
        last = OptionalLong.of(Math.min(txid, range.last()));
      }
    }
    return last;
  }

  /** Returns whether a transaction can be restored. */
  public boolean isRestorable(long txid) {
    return restorable.stream().anyMatch(r -> r.contains(txid));
  }

  /**
   * Returns a transaction's time if a name says it: the transaction is the first or the last one of
   * an object. The times of others stand in the objects.
   */
  public Optional<Moment> nameTime(long txid) {
    for (TimelineObject object : objects) {
      HistoryObject name = object.object().name();
      if (object.last() == txid && !object.isCut()) {
        return Optional.of(new Moment(txid, name.lastTime()));
      }
      if (object.first() == txid && name.firstTxid() == txid) {
        return Optional.of(new Moment(txid, name.firstTime()));
      }
    }
    return Optional.empty();
  }

  /**
   * Returns objects that together record every transaction of a range that any object records, in
   * order; the longest first, among equals packs. For reading the transactions of a range. Where
   * one object begins behind the end of the one before it, there is a hole. O(n log n).
   */
  public List<TimelineObject> cover(TxidRange range) {
    List<TimelineObject> ascending = new ArrayList<>(objects);
    ascending.sort(Comparator.comparingLong(TimelineObject::first));
    Comparator<TimelineObject> farthest =
        Comparator.comparingLong(TimelineObject::last).thenComparing(PREFERENCE);
    List<TimelineObject> cover = new ArrayList<>();
    Optional<TimelineObject> best = Optional.empty();
    long next = range.first();
    for (int i = 0; next <= range.last(); ) {
      for (; i < ascending.size() && ascending.get(i).first() <= next; i++) {
        TimelineObject o = ascending.get(i);
        if (best.isEmpty() || farthest.compare(o, best.get()) > 0) {
          best = Optional.of(o);
        }
      }
      if (best.isPresent() && best.get().last() >= next) {
        cover.add(best.get());
        next = best.get().last() + 1;
      } else if (i < ascending.size()) {
        next = ascending.get(i).first();
      } else {
        return cover;
      }
    }
    return cover;
  }

  private static List<TxidRange> restorable(List<TimelineObject> objects) {
    TreeSet<Long> reached = new TreeSet<>();
    List<TxidRange> ranges = new ArrayList<>();
    // Ascending by end: what an object is applied to ends before it does.
    for (int i = 0; i < objects.size(); ) {
      long end = objects.get(i).last();
      boolean reaches = false;
      for (; i < objects.size() && objects.get(i).last() == end; i++) {
        TimelineObject o = objects.get(i);
        switch (o.object().name().kind()) {
          case SNAPSHOT -> {
            ranges.add(new TxidRange(end, end));
            reaches = true;
          }
          case DELTA -> {
            if (reached.contains(o.base())) {
              ranges.add(new TxidRange(end, end));
              reaches = true;
            }
          }
          case SEGMENT, PACK -> {
            for (long from : reached.tailSet(o.base(), true).headSet(end)) {
              ranges.add(new TxidRange(from + 1, end));
              reaches = true;
              break;
            }
          }
        }
      }
      if (reaches) {
        reached.add(end);
      }
    }
    return TxidRanges.union(ranges);
  }

  private static List<TxidRange> holes(
      List<TimelineObject> objects, List<TxidRange> restorable, long mark, OptionalLong latest) {
    if (restorable.isEmpty() || latest.isEmpty()) {
      return List.of();
    }
    long from = Math.max(mark, restorable.get(0).first());
    List<TxidRange> covered =
        objects.stream().map(o -> new TxidRange(o.first(), o.last())).toList();
    return TxidRanges.without(new TxidRange(from, latest.getAsLong()), TxidRanges.union(covered));
  }
}
