package dev.sidewal.replica;

import dev.sidewal.error.HistoryDamagedException;
import dev.sidewal.store.ObjectStore;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Reads the manifests of generations, several at a time: a replica whose agent was started a
 * thousand times has a thousand of them. What is reported does not depend on which one is answered
 * first: it is the failure of the oldest generation that has one.
 */
final class ManifestReader {

  private static final int THREADS = 8;

  private final ObjectStore store;

  ManifestReader(ObjectStore store) {
    this.store = store;
  }

  /**
   * Reads manifests.
   *
   * @param claimed the lengths in bytes by generation
   * @return the manifests, oldest first
   * @throws ObjectGoneException if one is not there any more
   */
  SortedMap<Long, GenerationManifest> read(SortedMap<Long, Long> claimed)
      throws ObjectGoneException {
    SortedMap<Long, GenerationManifest> manifests = new TreeMap<>();
    if (claimed.size() <= 1) {
      for (Map.Entry<Long, Long> claim : claimed.entrySet()) {
        manifests.put(claim.getKey(), read(claim.getKey(), claim.getValue()));
      }
      return manifests;
    }
    ExecutorService threads =
        Executors.newFixedThreadPool(
            Math.min(THREADS, claimed.size()),
            task -> {
              Thread thread = new Thread(task, "sidewal-manifests");
              thread.setDaemon(true);
              return thread;
            });
    try {
      List<Future<GenerationManifest>> reads = new ArrayList<>();
      claimed.forEach(
          (generation, size) -> reads.add(threads.submit(() -> read(generation, size))));
      int i = 0;
      for (long generation : claimed.keySet()) {
        manifests.put(generation, await(generation, reads.get(i++)));
      }
      return manifests;
    } finally {
      threads.shutdownNow();
    }
  }

  private GenerationManifest await(long generation, Future<GenerationManifest> read)
      throws ObjectGoneException {
    try {
      return read.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw StoreReads.broken(
          Generations.manifestKey(generation), store, new InterruptedIOException("interrupted"));
    } catch (ExecutionException e) {
      if (e.getCause() instanceof ObjectGoneException gone) {
        throw gone;
      }
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  private GenerationManifest read(long generation, long size) throws ObjectGoneException {
    String key = Generations.manifestKey(generation);
    String name = key + " in " + store.location();
    byte[] bytes = new byte[(int) Math.min(size, GenerationManifest.MAX_BYTES + 1L)];
    try {
      new StoredObjectSource(store, key, size).read(0, bytes, 0, bytes.length);
    } catch (ObjectGoneException e) {
      throw e;
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
    return manifest;
  }
}
