package dev.sidewal.agent;

import dev.sidewal.replica.HistoryObject;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * History objects that are complete on local disk and wait for the store, in the order of the
 * history. Safe for use by several threads.
 *
 * <p>Invariant: an object leaves at the front, and only after the store has it.
 */
final class Spool {

  /**
   * One waiting object.
   *
   * @param name its name in the replica
   * @param file where its bytes are
   * @param bytes its length
   * @param image whether it is as large as the database may be, whatever was committed: a snapshot,
   *     or a gap
   * @param stream the way of an image that is still being written; empty for a complete object
   */
  record Entry(
      HistoryObject name, Path file, long bytes, boolean image, Optional<ImageStream> stream) {

    /** Creates an entry for a complete object. */
    Entry(HistoryObject name, Path file, long bytes, boolean image) {
      this(name, file, bytes, image, Optional.empty());
    }

    /**
     * Returns the entry of an image that is still being written.
     *
     * @param directory where that is done
     */
    static Entry of(ImageStream stream, Path directory) {
      return new Entry(stream.name(), directory, 0, true, Optional.of(stream));
    }

    /** Returns the object's length in bytes, as far as it is known. */
    long length() {
      return stream.map(ImageStream::bytes).orElse(bytes);
    }
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<Entry> entries = new ArrayDeque<>();
  private volatile Runnable onAdd = () -> {};
  private long bytes;
  private long imageBytes;

  void add(Entry entry) {
    lock.lock();
    try {
      entries.addLast(entry);
      bytes += entry.bytes;
      imageBytes += imageBytes(entry);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    onAdd.run();
  }

  /** Has something called whenever an object was added; replaces what was to be called before. */
  void onAdd(Runnable called) {
    onAdd = called;
  }

  /**
   * Waits until everything up to a transaction has left.
   *
   * @return false if that took too long
   */
  boolean awaitLeft(long txid, long millis) throws InterruptedException {
    lock.lock();
    try {
      long left = TimeUnit.MILLISECONDS.toNanos(millis);
      while (!entries.isEmpty() && entries.peekFirst().name().firstTxid() <= txid && left > 0) {
        left = changed.awaitNanos(left);
      }
      return entries.isEmpty() || entries.peekFirst().name().firstTxid() > txid;
    } finally {
      lock.unlock();
    }
  }

  /** Returns the object in front. */
  Optional<Entry> first() {
    lock.lock();
    try {
      return Optional.ofNullable(entries.peekFirst());
    } finally {
      lock.unlock();
    }
  }

  void removeFirst() {
    lock.lock();
    try {
      Entry removed = entries.removeFirst();
      bytes -= removed.bytes;
      imageBytes -= imageBytes(removed);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  boolean isEmpty() {
    lock.lock();
    try {
      return entries.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  private static long imageBytes(Entry entry) {
    return entry.image ? entry.bytes : 0;
  }

  /**
   * Returns how many bytes wait that the spool limit is for. Snapshots and gaps are not among them:
   * however large one is, and however long it takes to ship, the log is copied meanwhile and not
   * held.
   */
  long limitedBytes() {
    lock.lock();
    try {
      return bytes - imageBytes;
    } finally {
      lock.unlock();
    }
  }

  long bytes() {
    lock.lock();
    try {
      return bytes;
    } finally {
      lock.unlock();
    }
  }
}
