package dev.sidewal.replica;

import dev.sidewal.error.HistoryDamagedException;
import dev.sidewal.store.ObjectInfo;
import dev.sidewal.store.ObjectStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Everything that one LIST of a replica shows, and the claims of its generations. Immutable.
 *
 * <p>Invariant: every generation in it has a manifest that was read and proved whole. So whoever
 * holds a listing knows for each object whether a newer generation fenced it.
 *
 * <p>Memory: some 300 bytes an object.
 */
public final class ReplicaListing {

  private static final int UNKNOWN_KEPT = 100;

  private final String location;
  private final List<GenerationListing> generations;
  private final List<String> unknownKeys;
  private final long objects;
  private final long bytes;

  private ReplicaListing(
      String location,
      List<GenerationListing> generations,
      List<String> unknownKeys,
      long objects,
      long bytes) {
    this.location = location;
    this.generations = List.copyOf(generations);
    this.unknownKeys = List.copyOf(unknownKeys);
    this.objects = objects;
    this.bytes = bytes;
  }

  /**
   * Lists a replica and reads the manifests of its generations. Once more if a manifest goes away
   * meanwhile: retention removes those of generations of which nothing else is left.
   *
   * @throws HistoryDamagedException if a generation holds objects but no manifest, or one that is
   *     damaged or not its own
   * @throws dev.sidewal.error.StoreException if the store is unreachable or refuses
   */
  public static ReplicaListing load(ObjectStore store) {
    try {
      return loadOnce(store);
    } catch (ObjectGoneException e) {
      try {
        return loadOnce(store);
      } catch (ObjectGoneException stillGone) {
        throw manifestMissing(store, stillGone.key(), 0);
      }
    }
  }

  private static ReplicaListing loadOnce(ObjectStore store) throws ObjectGoneException {
    Map<Long, List<StoredObject>> found = new TreeMap<>();
    Map<Long, List<StoredMark>> marks = new TreeMap<>();
    SortedMap<Long, Long> claimed = new TreeMap<>();
    List<String> unknown = new ArrayList<>();
    long[] totals = new long[2];
    store.list(
        Generations.PREFIX,
        info -> {
          totals[0]++;
          totals[1] += info.size();
          OptionalLong claim = Generations.parseManifestKey(info.key());
          if (claim.isPresent()) {
            claimed.put(claim.getAsLong(), info.size());
            return;
          }
          Optional<StoredObject> object = stored(info);
          Optional<RetiredMark> mark = RetiredMark.parse(info.key());
          if (object.isPresent()) {
            found
                .computeIfAbsent(object.get().name().generation(), g -> new ArrayList<>())
                .add(object.get());
          } else if (mark.isPresent()) {
            marks
                .computeIfAbsent(mark.get().generation(), g -> new ArrayList<>())
                .add(new StoredMark(mark.get(), info.size()));
          } else if (unknown.size() < UNKNOWN_KEPT) {
            unknown.add(info.key());
          }
        });
    for (long generation : found.keySet()) {
      if (!claimed.containsKey(generation)) {
        throw manifestMissing(
            store, Generations.manifestKey(generation), found.get(generation).size());
      }
    }
    // A mark without a claim says nothing: nobody knows what of it a newer generation fenced.
    marks.keySet().stream()
        .filter(generation -> !claimed.containsKey(generation))
        .flatMap(generation -> marks.get(generation).stream())
        .map(StoredMark::key)
        .forEach(unknown::add);
    List<GenerationListing> generations = new ArrayList<>();
    new ManifestReader(store)
        .read(claimed)
        .forEach(
            (generation, manifest) -> {
              requireSameReplica(store, manifest, generations);
              generations.add(
                  new GenerationListing(
                      manifest,
                      found.getOrDefault(generation, List.of()),
                      marks.getOrDefault(generation, List.of())));
            });
    return new ReplicaListing(store.location(), generations, unknown, totals[0], totals[1]);
  }

  private static Optional<StoredObject> stored(ObjectInfo info) {
    return HistoryObject.parse(info.key())
        .map(name -> new StoredObject(name, info.size(), info.lastModified()));
  }

  private static void requireSameReplica(
      ObjectStore store, GenerationManifest manifest, List<GenerationListing> older) {
    if (!older.isEmpty() && !older.get(0).manifest().replicaId().equals(manifest.replicaId())) {
      throw new HistoryDamagedException(
          Generations.manifestKey(manifest.generation())
              + " in "
              + store.location()
              + " belongs to the replica "
              + manifest.replicaId()
              + ", but "
              + Generations.manifestKey(older.get(0).generation())
              + " to "
              + older.get(0).manifest().replicaId()
              + ": two replicas were mixed into one place. Nothing can be restored from it before"
              + " they are apart again.");
    }
  }

  private static HistoryDamagedException manifestMissing(
      ObjectStore store, String key, int objects) {
    return new HistoryDamagedException(
        key
            + " is missing in "
            + store.location()
            + ", but "
            + (objects == 0 ? "it was listed" : objects + " objects of that generation are there")
            + ". Without it nothing says which transactions are valid; bring the object back from a"
            + " copy or an older version of it.");
  }

  /** Returns the replica's place for messages. */
  public String location() {
    return location;
  }

  /** Returns the generations, oldest first; immutable. */
  public List<GenerationListing> generations() {
    return generations;
  }

  /** Returns one generation; empty if nobody claimed it. */
  public Optional<GenerationListing> generation(long generation) {
    return generations.stream().filter(g -> g.generation() == generation).findFirst();
  }

  /**
   * Returns keys below {@code generations/} that this version does not know, at most the first
   * hundred; immutable.
   */
  public List<String> unknownKeys() {
    return unknownKeys;
  }

  /** Returns the number of objects, manifests and unknown ones included. */
  public long objects() {
    return objects;
  }

  /** Returns the bytes of all objects together. */
  public long bytes() {
    return bytes;
  }
}
