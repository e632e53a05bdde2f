package dev.sidewal.restore;

import dev.sidewal.store.ObjectStore;
import java.util.Optional;
import java.util.Random;

/**
 * A history on a server: a snapshot of 2 MB, segments 2-4, 5-7, 8-10, and a pack 2-7 that leads to
 * the same states as the first two segments.
 */
final class FireReplica {

  static final long LAST = 10;
  private static final int PAGE = 4096;
  private static final int PAGES = 400;

  private final Model model;
  final String snapshot;
  final String first;
  final String second;
  final String newest;
  final String pack;

  /** Writes it into a store. */
  FireReplica(ObjectStore store, long seed) {
    Random random = new Random(seed);
    byte[] file = new byte[PAGE * PAGES];
    random.nextBytes(file);
    model = new Model(PAGE, PAGES).append(file.clone()).append(random, (int) LAST - 2);
    random.nextBytes(file);
    model.append(file); // The newest state has the full size, whatever the random ones did.
    ReplicaBuilder builder = new ReplicaBuilder(store, 64 << 10);
    builder.claim(1, PAGE, Optional.empty(), false);
    snapshot = builder.snapshot(1, model, 1);
    first = builder.segment(1, model, 2, 4);
    second = builder.segment(1, model, 5, 7);
    newest = builder.segment(1, model, 8, LAST);
    pack = builder.pack(1, model, 2, 7);
  }

  /** Returns the file as of a transaction. */
  byte[] file(long txid) {
    return model.file(txid);
  }

  /** Returns the newest file. */
  byte[] file() {
    return model.file(LAST);
  }
}
