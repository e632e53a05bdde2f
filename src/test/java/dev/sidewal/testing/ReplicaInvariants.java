package dev.sidewal.testing;

import dev.sidewal.replica.GenerationListing;
import dev.sidewal.replica.GenerationManifest;
import dev.sidewal.replica.Moment;
import dev.sidewal.replica.Position;
import dev.sidewal.replica.ReplicaListing;
import dev.sidewal.replica.Timeline;
import dev.sidewal.replica.TimelineObject;
import dev.sidewal.replica.TxidRange;
import dev.sidewal.segment.ObjectKind;
import dev.sidewal.segment.Transaction;
import dev.sidewal.store.ObjectStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;

/**
 * What must be true of every replica at every moment, looked at object by object:
 *
 * <ul>
 *   <li>every object decodes to its last byte, with all its checksums, and says what its name says;
 *   <li>within a generation, fenced or not, segments follow each other without a hole, each builds
 *       on exactly what its predecessor left, and the checksum of every transaction is that of the
 *       pages after it; packs and segments may overlap, and have the same transactions and pages
 *       then;
 *   <li>an image, by itself or on the snapshot on its line that it names, is page for page the
 *       state that the segments lead to; it is not there before them; a delta has no page in vain;
 *   <li>a generation begins with a snapshot of its first transaction, or continues a position that
 *       is valid, with the checksum that it names;
 *   <li>along the valid timeline every transaction from the first snapshot on, or from the mark of
 *       retention on, is there once, can be restored, and is not dated before its predecessor; up
 *       to a mark there are images;
 *   <li>nothing else lies there.
 * </ul>
 *
 * <p>Reads everything; memory grows with the transactions. For replicas of tests.
 */
public final class ReplicaInvariants {

  /**
   * What was found in a replica that is as it must be.
   *
   * @param timeline its timeline
   * @param line the valid transactions
   * @param jumps those of them before which states are unknown: gaps, and snapshots that a
   *     generation begins with
   * @param generations how many generations were claimed
   * @param continuing how many of them continue their parent
   * @param snapshots how many snapshots there are
   * @param laterSnapshots how many of them a generation does not begin with
   * @param deltas how many deltas there are
   * @param segments how many segments there are
   * @param packs how many packs there are
   * @param gaps how many gaps are in the valid timeline
   * @param fenced how many recorded transactions are fenced
   */
  public record Report(
      Timeline timeline,
      NavigableMap<Long, Transaction> line,
      NavigableSet<Long> jumps,
      long generations,
      long continuing,
      long snapshots,
      long laterSnapshots,
      long deltas,
      long segments,
      long packs,
      long gaps,
      long fenced) {}

  private final ObjectStore store;
  private final boolean pruned;
  private final List<String> violations = new ArrayList<>();
  private final Map<Long, GenerationChain> chains = new HashMap<>();

  private ReplicaInvariants(ObjectStore store, boolean pruned) {
    this.store = store;
    this.pruned = pruned;
  }

  /**
   * Checks a replica.
   *
   * @throws AssertionError with all that is wrong
   */
  public static Report check(ObjectStore store) {
    return new ReplicaInvariants(store, false).check();
  }

  /**
   * Checks a replica of which retention may have removed something.
   *
   * @throws AssertionError with all that is wrong
   */
  public static Report checkPruned(ObjectStore store) {
    return new ReplicaInvariants(store, true).check();
  }

  private Report check() {
    ReplicaListing listing = ReplicaListing.load(store);
    Timeline timeline = Timeline.of(listing);
    if (!listing.unknownKeys().isEmpty()) {
      violations.add("unknown objects: " + listing.unknownKeys());
    }
    Map<Long, Set<Long>> wanted = new HashMap<>();
    for (GenerationListing generation : listing.generations()) {
      generation
          .manifest()
          .takesOver()
          .filter(p -> generation.manifest().continues())
          .ifPresent(
              p -> wanted.computeIfAbsent(p.generation(), k -> new HashSet<>()).add(p.txid()));
    }
    for (GenerationListing generation : listing.generations()) {
      chain(generation, timeline, wanted.getOrDefault(generation.generation(), Set.of()));
    }
    NavigableMap<Long, Transaction> line = line(timeline);
    checkLine(timeline, line);
    if (!violations.isEmpty()) {
      throw new AssertionError(
          "The replica %s is not as it must be:%n- %s"
              .formatted(store.location(), String.join(System.lineSeparator() + "- ", violations)));
    }
    return report(listing, timeline, line);
  }

  private void chain(GenerationListing generation, Timeline timeline, Set<Long> wanted) {
    GenerationManifest manifest = generation.manifest();
    UUID replicaId = manifest.replicaId();
    Optional<GenerationChain> parent =
        manifest.takesOver().filter(p -> manifest.continues()).map(p -> chains.get(p.generation()));
    if (manifest.continues() && !continued(manifest, parent, timeline)) {
      return;
    }
    GenerationChain chain =
        new GenerationChain(manifest, parent, retired(manifest, timeline), wanted, violations::add);
    List<DecodedObject> objects = new ArrayList<>();
    for (var object : generation.objects()) {
      try {
        objects.add(
            DecodedObject.read(store, object, replicaId, manifest.pageSize(), violations::add));
      } catch (RuntimeException e) {
        violations.add(object.key() + " cannot be read: " + e);
      }
    }
    try {
      chain.lay(objects);
    } catch (RuntimeException e) {
      violations.add("generation " + manifest.generation() + " cannot be laid: " + e);
    }
    chains.put(manifest.generation(), chain);
  }

  private GenerationChain.Retired retired(GenerationManifest manifest, Timeline timeline) {
    long end =
        timeline.listing().generations().stream()
            .filter(g -> g.generation() > manifest.generation())
            .mapToLong(g -> g.manifest().firstTxid() - 1)
            .min()
            .orElse(Long.MAX_VALUE);
    return new GenerationChain.Retired(mark(timeline), end, pruned);
  }

  private static long mark(Timeline timeline) {
    return timeline.mark().map(Moment::txid).orElse(0L);
  }

  /** Looks at what a generation continues; returns whether that is there. */
  private boolean continued(
      GenerationManifest manifest, Optional<GenerationChain> parent, Timeline timeline) {
    Position position = manifest.takesOver().orElseThrow();
    if (position.txid() <= mark(timeline)) {
      return true;
    }
    Optional<PageState> state = parent.flatMap(chain -> chain.state(position.txid()));
    if (state.isEmpty()) {
      violations.add(
          "generation %d continues %s, which nothing in that generation leads to"
              .formatted(manifest.generation(), position));
      return false;
    }
    if (state.get().checksum() != position.checksum()) {
      violations.add(
          "generation %d continues %s, but there the checksum is %016x"
              .formatted(manifest.generation(), position, state.get().checksum()));
    }
    boolean valid =
        timeline.objects().stream()
            .filter(o -> o.first() <= position.txid() && position.txid() <= o.last())
            .anyMatch(o -> o.object().name().generation() <= position.generation());
    if (!valid) {
      violations.add(
          "generation %d continues %s, which is fenced".formatted(manifest.generation(), position));
    }
    return true;
  }

  /** Returns the valid transactions. */
  private NavigableMap<Long, Transaction> line(Timeline timeline) {
    NavigableMap<Long, Transaction> line = new TreeMap<>();
    Map<Long, Long> owners = new HashMap<>();
    for (TimelineObject object : timeline.objects()) {
      long generation = object.object().name().generation();
      GenerationChain chain = chains.get(generation);
      if (object.object().name().kind().isImage()) {
        if (!line.containsKey(object.last()) && chain != null) {
          chain.known(object.last()).ifPresent(t -> line.put(t.txid(), t));
        }
        continue;
      }
      for (long txid = object.first(); txid <= object.last(); txid++) {
        Transaction t = chain == null ? null : chain.transactions().get(txid);
        if (t == null) {
          violations.add(object.key() + " should hold transaction " + txid + " and does not");
          break;
        }
        Long owner = owners.put(txid, generation);
        if (owner != null && owner != generation) {
          violations.add(
              "transaction %d is valid in generations %d and %d"
                  .formatted(txid, owner, generation));
        }
        line.put(txid, t);
      }
    }
    return line;
  }

  private void checkLine(Timeline timeline, NavigableMap<Long, Transaction> line) {
    Instant time = Instant.MIN;
    long mark = mark(timeline);
    long next = line.isEmpty() ? 1 : line.firstKey();
    for (Transaction t : line.values()) {
      next = Math.max(next, Math.min(mark + 1, t.txid()));
      if (t.txid() != next) {
        violations.add("transactions " + next + " to " + (t.txid() - 1) + " are missing");
      }
      if (t.time().isBefore(time)) {
        violations.add("transaction " + t.txid() + " is at " + t.time() + ", before " + time);
      }
      next = t.txid() + 1;
      time = t.time();
    }
    if (!timeline.holes().isEmpty()) {
      violations.add("holes: " + timeline.holes());
    }
    List<TxidRange> whole =
        line.isEmpty() ? List.of() : List.of(new TxidRange(line.firstKey(), line.lastKey()));
    if (mark == 0 ? !timeline.restorable().equals(whole) : !timeline.isWhole()) {
      violations.add("recorded are " + whole + ", restorable only " + timeline.restorable());
    }
    if (!line.isEmpty() && timeline.latest().orElse(0) != line.lastKey()) {
      violations.add(
          "the last transaction is " + line.lastKey() + ", taken over was " + timeline.latest());
    }
  }

  private Report report(
      ReplicaListing listing, Timeline timeline, NavigableMap<Long, Transaction> line) {
    NavigableSet<Long> jumps = new TreeSet<>();
    line.values().stream().filter(Transaction::gap).map(Transaction::txid).forEach(jumps::add);
    long gaps = jumps.size();
    long recorded = 0;
    long snapshots = 0;
    long segments = 0;
    long packs = 0;
    long laterSnapshots = 0;
    long deltas = 0;
    for (GenerationListing generation : listing.generations()) {
      long begins = generation.manifest().continues() ? 0 : generation.manifest().firstTxid();
      laterSnapshots +=
          generation.snapshots().stream().filter(o -> o.name().lastTxid() != begins).count();
      deltas += generation.deltas().size();
      if (!generation.manifest().continues()) {
        jumps.add(generation.manifest().firstTxid());
      }
      recorded += chains.get(generation.generation()).transactions().size();
      snapshots += generation.snapshots().size();
      segments += count(generation, ObjectKind.SEGMENT);
      packs += count(generation, ObjectKind.PACK);
    }
    return new Report(
        timeline,
        line,
        jumps,
        listing.generations().size(),
        listing.generations().stream().filter(g -> g.manifest().continues()).count(),
        snapshots,
        laterSnapshots,
        deltas,
        segments,
        packs,
        gaps,
        recorded - line.size());
  }

  private static long count(GenerationListing generation, ObjectKind kind) {
    return generation.objects().stream().filter(o -> o.name().kind() == kind).count();
  }
}
