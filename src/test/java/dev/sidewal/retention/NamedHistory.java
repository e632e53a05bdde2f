package dev.sidewal.retention;

import dev.sidewal.replica.GenerationManifest;
import dev.sidewal.replica.Generations;
import dev.sidewal.replica.HistoryObject;
import dev.sidewal.replica.Position;
import dev.sidewal.replica.ReplicaListing;
import dev.sidewal.replica.Timeline;
import dev.sidewal.restore.MemoryObjectStore;
import dev.sidewal.segment.ObjectKind;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/**
 * A replica of names only, which grows at random as agents would have it grow, and the truth about
 * it: which generation owns which transaction, and what the objects that are there lead to. Knows
 * nothing of timelines.
 */
final class NamedHistory {

  static final Instant START = Instant.parse("2026-01-02T03:04:05Z");

  /** One transaction of the valid line. */
  record Entry(Instant time, long owner) {}

  final MemoryObjectStore store = new MemoryObjectStore();
  Instant now = START;

  private final Random random;
  private final Duration step;
  private final List<Entry> line = new ArrayList<>();
  private final Map<Long, GenerationManifest> manifests = new HashMap<>();
  private long generation;
  private long begin;
  private long chainStart;
  private boolean continues;

  /**
   * Begins with a generation and its snapshot.
   *
   * @param step the longest time between two transactions that follow each other
   */
  NamedHistory(Random random, Duration step) {
    this.random = random;
    this.step = step;
    generation = 1;
    chainStart = 1;
    manifest(Optional.empty());
    commit();
    put(HistoryObject.snapshot(1, 1, time(1)));
  }

  long last() {
    return line.size();
  }

  Instant time(long txid) {
    return line.get((int) txid - 1).time();
  }

  Timeline timeline() {
    return Timeline.of(ReplicaListing.load(store));
  }

  List<HistoryObject> objects() {
    return store.keys().stream().flatMap(k -> HistoryObject.parse(k).stream()).toList();
  }

  /** Lets time pass. */
  void pass(Duration time) {
    now = now.plus(time);
  }

  private void commit() {
    now = now.plusMillis((long) (random.nextDouble() * random.nextDouble() * step.toMillis()));
    line.add(new Entry(Instant.ofEpochMilli(now.toEpochMilli()), generation));
  }

  /** Ships a segment of one to eight new transactions. */
  void segment() {
    long first = last() + 1;
    for (int n = 1 + random.nextInt(8); n > 0; n--) {
      commit();
    }
    put(HistoryObject.segment(generation, first, last(), time(first), time(last())));
  }

  void snapshot() {
    if (last() >= (continues ? begin : begin + 1)) {
      put(HistoryObject.snapshot(generation, last(), time(last())));
    }
  }

  /**
   * Writes a delta on one of the newest snapshots that chains of this generation can begin with.
   */
  void delta() {
    List<Long> bases =
        objects().stream()
            .filter(o -> o.kind() == ObjectKind.SNAPSHOT && isValid(o))
            .map(HistoryObject::lastTxid)
            .filter(t -> t >= chainStart && t < last())
            .distinct()
            .sorted()
            .toList();
    if (!bases.isEmpty() && last() > begin) {
      long base = bases.get(Math.max(0, bases.size() - 1 - random.nextInt(2)));
      put(HistoryObject.delta(generation, base, last(), time(last())));
    }
  }

  /** Merges a run of segments of this generation; those that are covered stay. */
  void pack() {
    List<HistoryObject> own =
        objects().stream()
            .filter(o -> o.kind() == ObjectKind.SEGMENT && o.generation() == generation)
            .toList();
    if (own.isEmpty()) {
      return;
    }
    int from = random.nextInt(own.size());
    int to = from;
    while (to + 1 < own.size()
        && random.nextInt(4) > 0
        && own.get(to + 1).firstTxid() == own.get(to).lastTxid() + 1) {
      to++;
    }
    put(
        HistoryObject.pack(
            generation,
            own.get(from).firstTxid(),
            own.get(to).lastTxid(),
            own.get(from).firstTime(),
            own.get(to).lastTime()));
  }

  /**
   * Claims the next generation; what was recorded after {@code takesOver} is fenced.
   *
   * @return the last transaction that stays
   */
  long claim(long takesOver, boolean goesOn) {
    long owner = line.get((int) takesOver - 1).owner();
    line.subList((int) takesOver, line.size()).clear();
    generation++;
    begin = takesOver;
    continues = goesOn;
    chainStart = goesOn ? chainStarts(owner) : takesOver + 1;
    manifest(Optional.of(new Position(owner, takesOver, 7)));
    if (!goesOn) {
      commit();
      put(HistoryObject.snapshot(generation, last(), time(last())));
    }
    return takesOver;
  }

  /** Returns where chains into a generation begin, as its claims say. */
  private long chainStarts(long g) {
    GenerationManifest manifest = manifest(g);
    if (!manifest.continues()) {
      return manifest.firstTxid();
    }
    Position parent = manifest.takesOver().orElseThrow();
    return store.keys().contains(Generations.manifestKey(parent.generation()))
        ? chainStarts(parent.generation())
        : parent.txid();
  }

  private GenerationManifest manifest(long g) {
    return manifests.get(g);
  }

  private void manifest(Optional<Position> takesOver) {
    GenerationManifest manifest =
        new GenerationManifest(
            new UUID(1, 1),
            generation,
            new UUID(2, generation),
            now,
            512,
            "test",
            takesOver,
            takesOver.isPresent() && continues);
    manifests.put(generation, manifest);
    store.put(Generations.manifestKey(generation), manifest.toBytes());
  }

  private void put(HistoryObject name) {
    store.put(name.key(), new byte[10]);
  }

  private boolean owns(long g, long txid) {
    return txid >= 1 && txid <= last() && line.get((int) txid - 1).owner() == g;
  }

  /** Returns whether the last transaction of an image is that of the valid line. */
  boolean isValid(HistoryObject image) {
    long txid = image.lastTxid();
    if (owns(image.generation(), txid)) {
      return true;
    }
    GenerationManifest manifest = manifest(image.generation());
    // The image of the very state that a generation continued.
    return manifest.continues()
        && manifest.firstTxid() == txid + 1
        && txid <= last()
        && image.lastTime().equals(time(txid));
  }

  /** Returns the transactions whose states the objects that are there lead to. */
  Set<Long> reachable() {
    TreeSet<Long> reached = new TreeSet<>();
    List<HistoryObject> objects = objects();
    for (boolean more = true; more; ) {
      int before = reached.size();
      for (HistoryObject o : objects) {
        switch (o.kind()) {
          case SNAPSHOT -> {
            if (isValid(o)) {
              reached.add(o.lastTxid());
            }
          }
          case DELTA -> {
            if (isValid(o) && reached.contains(o.firstTxid() - 1)) {
              reached.add(o.lastTxid());
            }
          }
          case SEGMENT, PACK -> {
            for (long t = o.firstTxid(); t <= o.lastTxid(); t++) {
              if (owns(o.generation(), t) && reached.contains(t - 1)) {
                reached.add(t);
              }
            }
          }
        }
      }
      more = reached.size() > before;
    }
    return reached;
  }
}
