package dev.sidewal.retention;

import dev.sidewal.error.StoreDeniedException;
import dev.sidewal.replica.Generations;
import dev.sidewal.replica.RetiredMark;
import dev.sidewal.replica.StoredObject;
import dev.sidewal.replica.Timeline;
import dev.sidewal.retention.RetentionReport.Total;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.Payload;
import dev.sidewal.store.TagSupport;
import java.time.Clock;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Looks at a replica, works out what is not needed any more, and retires it. May be run again at
 * any time, by anybody: everything is worked out afresh from a LIST, and what was done before is
 * done again or is not there any more.
 *
 * <p>Invariants: the mark is written before the first object is retired because of its age. What a
 * retirement relies on, the oldest image or a pack, was opened and is whole; if it is not, what
 * relies on it stays, and the report says so.
 *
 * <p>A pass makes as many requests as the LIST has pages, one for each claim, and if there is
 * something to retire up to three for each object that is proved, one for the mark, and one for
 * each retired object. An object of this process keeps what it has proved and tagged: it does not
 * ask again for those. Not thread-safe.
 */
public final class RetentionPass {

  private final ObjectStore store;
  private final RetentionPolicy policy;
  private final RetireMode mode;
  private final Clock clock;
  private final String writer;
  private final ImageProof proof;

  /** What was tagged and is still listed. */
  private final Set<String> tagged = new HashSet<>();

  private Optional<TagSupport> tags = Optional.empty();
  private boolean deleteDenied;

  /**
   * Creates a pass over one replica; the store stays open.
   *
   * @param writer the program and its version, as marks name it
   */
  public RetentionPass(
      ObjectStore store, RetentionPolicy policy, RetireMode mode, Clock clock, String writer) {
    this.store = store;
    this.policy = policy;
    this.mode = mode;
    this.clock = clock;
    this.writer = writer;
    this.proof = new ImageProof(store, mode == RetireMode.DELETE);
  }

  /**
   * What a pass is about to do.
   *
   * @param timeline what it was worked out from
   * @param plan what is retired; only what relies on objects that are whole
   * @param failures what is not retired, and why; immutable
   */
  public record Prepared(Timeline timeline, RetentionPlan plan, List<String> failures) {
    /** Takes a copy of the list. */
    public Prepared {
      failures = List.copyOf(failures);
    }
  }

  /** Returns whether nothing is retired at all. */
  public boolean isOff() {
    return mode == RetireMode.NONE;
  }

  /** Plans, proves and retires. */
  public RetentionReport run() {
    return isOff()
        ? new RetentionReport(Map.of(), 0, Optional.empty(), List.of(), false)
        : carryOut(prepare());
  }

  /**
   * Lists the replica, plans, and opens what the plan relies on. Changes nothing.
   *
   * @throws dev.sidewal.error.StoreException if the store is unreachable or refuses
   * @throws dev.sidewal.error.HistoryDamagedException if the replica cannot be understood
   */
  public Prepared prepare() {
    Timeline timeline = Timeline.load(store);
    if (timeline.listing().generations().isEmpty()) {
      return new Prepared(
          timeline,
          new RetentionPlan(List.of(), Optional.empty(), List.of(), List.of()),
          List.of());
    }
    RetentionPlan plan = RetentionPlanner.plan(timeline, policy, clock.instant());
    Set<String> planned =
        plan.objects().stream().map(RetiredObject::key).collect(Collectors.toSet());
    tagged.retainAll(planned);
    UUID replicaId = timeline.listing().generations().get(0).manifest().replicaId();
    List<String> failures = new ArrayList<>();
    Set<String> broken = new HashSet<>();
    Set<String> reliedOn = new HashSet<>();
    boolean aged = false;
    Set<String> covers = new HashSet<>();
    for (RetiredObject o : plan.objects()) {
      if (!tagged.contains(o.key())) {
        aged |= o.reason().needsImage();
        o.cover().ifPresent(covers::add);
      }
    }
    for (StoredObject pack : plan.packs()) {
      reliedOn.add(pack.key());
      Optional<String> fault =
          covers.contains(pack.key()) ? proof.fault(List.of(pack), replicaId) : Optional.empty();
      if (fault.isPresent()) {
        broken.add(pack.key());
        failures.add(
            fault.get()
                + ". The segments that "
                + pack.key()
                + " covers are kept; their transactions are whole. Move the pack away, so that"
                + " restores do not use it.");
      }
    }
    plan.oldest().forEach(o -> reliedOn.add(o.key()));
    Optional<String> fault =
        aged && !plan.oldest().isEmpty() ? proof.fault(plan.oldest(), replicaId) : Optional.empty();
    fault.ifPresent(
        f ->
            failures.add(
                f
                    + ". Nothing is retired because of its age: every older state would have been"
                    + " replaced by that one. Bring the object back from a copy or an older version"
                    + " of it, or move it away; the next older image then takes its place."));
    proof.forgetAllBut(reliedOn);
    boolean imageBroken = fault.isPresent();
    return new Prepared(
        timeline,
        only(
            plan,
            o ->
                !(imageBroken && o.reason().needsImage())
                    && o.cover().filter(broken::contains).isEmpty()),
        failures);
  }

  /** Returns what of a plan is left; without the mark and what it replaces if nothing needs it. */
  private static RetentionPlan only(RetentionPlan plan, Predicate<RetiredObject> wanted) {
    boolean aged = plan.objects().stream().anyMatch(o -> o.reason().needsMark() && wanted.test(o));
    boolean withMark = aged || plan.mark().isEmpty();
    return new RetentionPlan(
        plan.objects().stream()
            .filter(wanted)
            .filter(o -> withMark || o.reason() != RetireReason.OLD_MARK)
            .toList(),
        plan.mark().filter(m -> withMark),
        plan.oldest(),
        plan.packs());
  }

  /**
   * Retires what was planned. A store that fails ends it; what is left is left to the next pass.
   *
   * @throws dev.sidewal.error.StoreException if the store is unreachable or refuses
   */
  public RetentionReport carryOut(Prepared prepared) {
    List<String> failures = new ArrayList<>(prepared.failures());
    RetentionPlan plan = prepared.plan();
    long before = plan.objects().size();
    Optional<Retirer> retirer = retirer(prepared, failures);
    if (retirer.isEmpty()) {
      plan = only(plan, o -> o.reason() == RetireReason.COVERED);
    }
    boolean pruneNeeded = plan.objects().size() < before;
    List<RetiredObject> fresh =
        plan.objects().stream().filter(o -> !tagged.contains(o.key())).toList();
    boolean mark = fresh.stream().anyMatch(o -> o.reason().needsMark());
    // A new mark is worth it only for something new; without it the last one is not an old one.
    boolean keepMarks = plan.mark().isPresent() && !mark;
    List<RetiredObject> todo =
        fresh.stream().filter(o -> !(keepMarks && o.reason() == RetireReason.OLD_MARK)).toList();
    Optional<RetiredMark> written = plan.mark().filter(m -> mark);
    written.ifPresent(m -> write(prepared, m));
    Map<RetireReason, Total> retired = new EnumMap<>(RetireReason.class);
    for (RetiredObject object : todo) {
      boolean done =
          object.reason() == RetireReason.COVERED
              ? retireCovered(prepared, object, failures)
              : retirer.orElseThrow().retire(object.key());
      if (done) {
        retired.merge(object.reason(), new Total(1, object.bytes()), Total::plus);
        if (mode != RetireMode.DELETE) {
          tagged.add(object.key());
        }
      } else {
        pruneNeeded = true;
      }
    }
    return new RetentionReport(
        retired, plan.objects().size() - fresh.size(), written, failures, pruneNeeded);
  }

  private void write(Prepared prepared, RetiredMark mark) {
    UUID replicaId = prepared.timeline().listing().generations().get(0).manifest().replicaId();
    store.putIfAbsent(
        mark.key(), Payload.of(mark.toBytes(replicaId, policy.window(), writer, clock.instant())));
  }

  /** Returns how objects are retired because of their age; empty if the store cannot. */
  private Optional<Retirer> retirer(Prepared prepared, List<String> failures) {
    boolean asked =
        prepared.plan().objects().stream().anyMatch(o -> o.reason() != RetireReason.COVERED);
    if (mode == RetireMode.DELETE) {
      return Optional.of(new DeletingRetirer(store));
    }
    if (!asked) {
      return Optional.empty();
    }
    switch (tags(prepared)) {
      case SUPPORTED -> {
        return Optional.of(new TaggingRetirer(store));
      }
      case UNSUPPORTED -> {
        if (mode == RetireMode.TAG) {
          failures.add(
              store.location()
                  + " has no object tags, so nothing was retired because of its age. Delete with"
                  + " sidewal prune, or let the agent delete.");
        }
      }
      case DENIED ->
          failures.add(
              "The credentials may not tag objects of "
                  + store.location()
                  + ", or not read tags, so nothing was retired because of its age: allow"
                  + " s3:PutObjectTagging and s3:GetObjectTagging, or delete with sidewal prune.");
    }
    return Optional.empty();
  }

  /** Returns what the store does with tags; a denial is asked about again in the next pass. */
  private TagSupport tags(Prepared prepared) {
    if (tags.isEmpty() || tags.get() == TagSupport.DENIED) {
      var generations = prepared.timeline().listing().generations();
      long newest = generations.get(generations.size() - 1).generation();
      tags = Optional.of(store.probeTags(Generations.manifestKey(newest)));
    }
    return tags.get();
  }

  private boolean retireCovered(Prepared prepared, RetiredObject object, List<String> failures) {
    if (!deleteDenied) {
      try {
        return new DeletingRetirer(store).retire(object.key());
      } catch (StoreDeniedException e) {
        deleteDenied = true;
        if (mode == RetireMode.DELETE) {
          throw e;
        }
        if (tags(prepared) != TagSupport.SUPPORTED) {
          failures.add(e.getMessage());
        }
      }
    }
    return tags(prepared) == TagSupport.SUPPORTED && new TaggingRetirer(store).retire(object.key());
  }
}
