package dev.sidewal.agent;

import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.Payload;
import dev.sidewal.store.PutOutcome;
import dev.sidewal.testing.ForwardingObjectStore;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;

/** A store that makes writes of some keys wait until the gate is opened. */
final class GatedStore extends ForwardingObjectStore {

  private final Predicate<String> gated;
  private final CountDownLatch open = new CountDownLatch(1);

  GatedStore(ObjectStore store, Predicate<String> gated) {
    super(store);
    this.gated = gated;
  }

  void open() {
    open.countDown();
  }

  @Override
  public PutOutcome putIfAbsent(String key, Payload payload) {
    if (gated.test(key)) {
      try {
        open.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
    return super.putIfAbsent(key, payload);
  }
}
