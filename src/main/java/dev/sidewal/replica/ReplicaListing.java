package dev.sidewal.replica;

import dev.sidewal.error.HistoryDamagedException;
import dev.sidewal.store.ObjectInfo;
import dev.sidewal.store.ObjectStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
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
   * Lists a replica and reads the manifests of its generations.
   *
   * @throws HistoryDamagedException if a generation holds objects but no manifest, or one that is
   *     damaged or not its own
   * @throws dev.sidewal.error.StoreException if the store is unreachable or refuses
   */
  public static ReplicaListing load(ObjectStore store) {
    Map<Long, List<StoredObject>> found = new TreeMap<>();
    Map<Long, Long> claimed = new TreeMap<>();
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
          if (object.isPresent()) {
            found
                .computeIfAbsent(object.get().name().generation(), g -> new ArrayList<>())
                .add(object.get());
          } else if (unknown.size() < UNKNOWN_KEPT) {
            unknown.add(info.key());
          }
        });
    for (long generation : found.keySet()) {
      if (!claimed.containsKey(generation)) {
        throw manifestMissing(store, generation, found.get(generation).size());
      }
    }
    List<GenerationListing> generations = new ArrayList<>();
    claimed.forEach(
        (generation, size) ->
            generations.add(
                new GenerationListing(
                    manifest(store, generation, size, generations),
                    found.getOrDefault(generation, List.of()))));
    return new ReplicaListing(store.location(), generations, unknown, totals[0], totals[1]);
  }

  private static Optional<StoredObject> stored(ObjectInfo info) {
    return HistoryObject.parse(info.key())
        .map(name -> new StoredObject(name, info.size(), info.lastModified()));
  }

  private static GenerationManifest manifest(
      ObjectStore store, long generation, long size, List<GenerationListing> older) {
    String key = Generations.manifestKey(generation);
    String name = key + " in " + store.location();
    byte[] bytes = new byte[(int) Math.min(size, GenerationManifest.MAX_BYTES + 1L)];
    try {
      new StoredObjectSource(store, key, size).read(0, bytes, 0, bytes.length);
    } catch (ObjectGoneException e) {
      throw manifestMissing(store, generation, 0);
    } catch (IOException e) {
      throw StoreReads.broken(key, store, e);
    }
    GenerationManifest manifest = GenerationManifest.parse(bytes, name);
    if (manifest.generation() != generation) {
      throw new HistoryDamagedException(
          name
              + " claims generation "
              + Generations.name(manifest.generation())
              + ", not the one that it lies in: it was copied there. Bring the right object back.");
    }
    if (!older.isEmpty() && !older.get(0).manifest().replicaId().equals(manifest.replicaId())) {
      throw new HistoryDamagedException(
          name
              + " belongs to the replica "
              + manifest.replicaId()
              + ", but "
              + Generations.manifestKey(older.get(0).generation())
              + " to "
              + older.get(0).manifest().replicaId()
              + ": two replicas were mixed into one place. Nothing can be restored from it before"
              + " they are apart again.");
    }
    return manifest;
  }

  private static HistoryDamagedException manifestMissing(
      ObjectStore store, long generation, int objects) {
    return new HistoryDamagedException(
        Generations.manifestKey(generation)
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
