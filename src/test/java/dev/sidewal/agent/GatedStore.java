package dev.sidewal.agent;

import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ObjectUpload;
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
    pass(key);
    return super.putIfAbsent(key, payload);
  }

  @Override
  public ObjectUpload newUpload(String key) {
    ObjectUpload upload = super.newUpload(key);
    return new ObjectUpload() {
      @Override
      public void write(byte[] source, int offset, int length) {
        upload.write(source, offset, length);
      }

      @Override
      public PutOutcome complete() {
        pass(key);
        return upload.complete();
      }

      @Override
      public void close() {
        upload.close();
      }
    };
  }

  private void pass(String key) {
    if (gated.test(key)) {
      try {
        open.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
