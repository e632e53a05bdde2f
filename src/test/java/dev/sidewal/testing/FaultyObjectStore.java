package dev.sidewal.testing;

import dev.sidewal.error.StoreException;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ObjectUpload;
import dev.sidewal.store.Payload;
import dev.sidewal.store.PutOutcome;
import java.util.concurrent.atomic.AtomicInteger;

/** A store whose writes fail when told to, before or after they took effect. */
public final class FaultyObjectStore extends ForwardingObjectStore {

  /** When a write fails. */
  public enum Fault {
    /** Nothing was written. */
    BEFORE,
    /** All was written, but the reply is lost. */
    LOST_REPLY
  }

  private final AtomicInteger faults = new AtomicInteger();
  private final AtomicInteger writes = new AtomicInteger();
  private volatile Fault fault = Fault.BEFORE;

  /** Wraps a store that works. */
  public FaultyObjectStore(ObjectStore store) {
    super(store);
  }

  /** Makes the next writes fail. */
  public void failNext(int count, Fault how) {
    fault = how;
    faults.set(count);
  }

  /** Returns how many writes were tried. */
  public int writes() {
    return writes.get();
  }

  @Override
  public PutOutcome putIfAbsent(String key, Payload payload) {
    writes.incrementAndGet();
    boolean fails = faults.getAndUpdate(n -> Math.max(0, n - 1)) > 0;
    if (fails && fault == Fault.BEFORE) {
      throw new StoreException("503 for " + key, true, null);
    }
    PutOutcome outcome = super.putIfAbsent(key, payload);
    if (fails) {
      throw new StoreException("the reply for " + key + " is lost", true, null);
    }
    return outcome;
  }

  @Override
  public ObjectUpload newUpload(String key) {
    ObjectUpload upload = super.newUpload(key);
    return new ObjectUpload() {
      private boolean completed;

      @Override
      public void write(byte[] source, int offset, int length) {
        if (faults.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
          throw new StoreException("503 for a part of " + key, true, null);
        }
        upload.write(source, offset, length);
      }

      @Override
      public PutOutcome complete() {
        writes.incrementAndGet();
        if (completed) {
          return PutOutcome.ALREADY_EXISTS;
        }
        boolean fails = faults.getAndUpdate(n -> Math.max(0, n - 1)) > 0;
        if (fails && fault == Fault.BEFORE) {
          throw new StoreException("503 for " + key, true, null);
        }
        PutOutcome outcome = upload.complete();
        completed = true;
        if (fails) {
          throw new StoreException("the reply for " + key + " is lost", true, null);
        }
        return outcome;
      }

      @Override
      public void close() {
        upload.close();
      }
    };
  }
}
