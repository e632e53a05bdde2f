package dev.sidewal.agent;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bytes of one object on their way from the thread that writes it to the one that ships it, in
 * files of a few megabytes on local disk. So the writer never waits for the store, no memory is
 * needed, and the disk holds only what the store has not taken yet.
 *
 * <p>Invariant: pieces leave at the front, in the order in which they were written. One thread
 * writes, one takes; the rest is safe for use by several threads.
 */
final class PieceQueue extends OutputStream {

  private static final Logger LOG = LoggerFactory.getLogger(PieceQueue.class);
  private static final int PIECE_BYTES = 4 << 20;

  private final Path directory;
  private final long limit;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<Path> pieces = new ArrayDeque<>();
  private Optional<OutputStream> open = Optional.empty();
  private Path openFile;
  private long openBytes;
  private long pending;
  private int number;
  private boolean ended;
  private boolean abandoned;

  /**
   * Creates a queue.
   *
   * @param directory an empty directory of its own
   * @param limit bytes that may wait for the store; beyond it writing fails
   */
  PieceQueue(Path directory, long limit) {
    this.directory = directory;
    this.limit = limit;
    this.openFile = directory;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] source, int offset, int length) throws IOException {
    if (pendingBytes() > limit) {
      // One large transaction changes any number of pages between two looks at what waits.
      throw new IOException("more than " + limit + " bytes wait for the store");
    }
    if (open.isEmpty()) {
      openFile = directory.resolve("piece-" + ++number);
      open = Optional.of(new BufferedOutputStream(Files.newOutputStream(openFile), 1 << 16));
    }
    open.get().write(source, offset, length);
    openBytes += length;
    add(length);
    if (openBytes >= PIECE_BYTES) {
      roll();
    }
  }

  private void add(long bytes) {
    lock.lock();
    try {
      pending += bytes;
    } finally {
      lock.unlock();
    }
  }

  private void roll() throws IOException {
    if (open.isEmpty()) {
      return;
    }
    open.get().close();
    open = Optional.empty();
    openBytes = 0;
    lock.lock();
    try {
      pieces.addLast(openFile);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Says that the object is written completely. */
  @Override
  public void close() throws IOException {
    roll();
    lock.lock();
    try {
      ended = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Returns how many bytes the store has not taken yet. */
  long pendingBytes() {
    lock.lock();
    try {
      return pending;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for the next piece, which stays in front until {@link #removeFirst}.
   *
   * @return empty at the end of the object
   * @throws InterruptedException also when the object was abandoned
   */
  Optional<Path> first() throws InterruptedException {
    lock.lock();
    try {
      while (pieces.isEmpty() && !ended && !abandoned) {
        changed.await();
      }
      if (abandoned) {
        throw new InterruptedException("abandoned");
      }
      return Optional.ofNullable(pieces.peekFirst());
    } finally {
      lock.unlock();
    }
  }

  /** Removes a piece that the store has taken. */
  void removeFirst() throws IOException {
    Path piece;
    lock.lock();
    try {
      piece = pieces.removeFirst();
    } finally {
      lock.unlock();
    }
    long bytes = Files.size(piece);
    Files.deleteIfExists(piece);
    add(-bytes);
  }

  /** Returns whether nobody wants the object any more. */
  boolean isAbandoned() {
    lock.lock();
    try {
      return abandoned;
    } finally {
      lock.unlock();
    }
  }

  /** Says that nobody wants the object any more. Called by the writing thread. */
  void abandon() {
    lock.lock();
    try {
      abandoned = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    try {
      if (open.isPresent()) {
        open.get().close();
        open = Optional.empty();
      }
    } catch (IOException e) {
      LOG.debug("closing {}: {}", openFile, e.toString());
    }
  }
}
