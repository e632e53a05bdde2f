package dev.sidewal.agent;

import dev.sidewal.error.SidewalException;
import dev.sidewal.error.StoreException;
import dev.sidewal.fault.CrashPoint;
import dev.sidewal.replica.HistoryObject;
import dev.sidewal.replica.HistoryPublisher;
import dev.sidewal.segment.SegmentSummary;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ObjectUpload;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The way of an image into the store, while it is being written.
 *
 * <pre>
 * OPEN --&gt; SHIPPED    the store has it, and it was looked at there
 *      --&gt; FAILED     the store has refused it for good
 *      --&gt; ABANDONED  its writer gave it up
 * </pre>
 *
 * <p>Invariants: it is completed after the store has all segments up to its transaction, so that no
 * listing shows a hole before it. An upload that fails in a passing way stays open; the next {@link
 * #ship} goes on with the byte at which it failed. One thread ships; the rest is safe for use by
 * several threads.
 */
final class ImageStream {

  /** What has become of it. */
  enum State {
    OPEN,
    SHIPPED,
    FAILED,
    ABANDONED
  }

  /** Waits until it may be completed. */
  @FunctionalInterface
  interface Turn {
    /** Returns when the store has everything that comes before it. */
    void await() throws InterruptedException;
  }

  private static final int CHUNK = 64 * 1024;

  private final HistoryObject name;
  private final ObjectStore store;
  private final HistoryPublisher publisher;
  private final PieceQueue queue;
  private final Turn turn;
  private Optional<ObjectUpload> upload = Optional.empty();

  /** How many bytes of the first piece were taken. */
  private long taken;

  /** Whether the store has all of it; what it has is proved then. */
  private boolean complete;

  private volatile Optional<SegmentSummary> summary = Optional.empty();
  private volatile State state = State.OPEN;
  private volatile Optional<SidewalException> failure = Optional.empty();

  ImageStream(
      HistoryObject name,
      ObjectStore store,
      HistoryPublisher publisher,
      PieceQueue queue,
      Turn turn) {
    this.turn = turn;
    this.name = name;
    this.store = store;
    this.publisher = publisher;
    this.queue = queue;
  }

  HistoryObject name() {
    return name;
  }

  State state() {
    return state;
  }

  /** Returns why it failed. */
  Optional<SidewalException> failure() {
    return failure;
  }

  /** Returns the object's length in bytes, 0 as long as it is not known. */
  long bytes() {
    return summary.map(SegmentSummary::length).orElse(0L);
  }

  /** Says what was written, before the end of the queue. */
  void written(SegmentSummary what) {
    summary = Optional.of(what);
  }

  /**
   * Ships what is written, until the end; waits for what is not yet.
   *
   * @throws StoreException if the store fails; may be called again
   * @throws InterruptedException also when the image was abandoned
   */
  void ship() throws IOException, InterruptedException {
    if (state == State.SHIPPED) {
      return;
    }
    if (upload.isEmpty()) {
      upload = Optional.of(store.newUpload(name.key()));
    }
    for (Optional<Path> piece = queue.first(); piece.isPresent(); piece = queue.first()) {
      ship(piece.get(), upload.get());
      queue.removeFirst();
      taken = 0;
    }
    if (!complete) {
      turn.await();
      publisher.checkNotSuperseded();
      // An emptied replica must stay empty: an image alone would be the ruin of one.
      publisher.checkClaimIsThere();
      CrashPoint.IMAGE_COMPLETE.reached();
      upload.get().complete();
      complete = true;
    }
    publisher.prove(name, summary.orElseThrow());
    close();
    state = State.SHIPPED;
  }

  private void ship(Path piece, ObjectUpload to) throws IOException {
    byte[] chunk = new byte[CHUNK];
    try (InputStream in = Files.newInputStream(piece)) {
      in.skipNBytes(taken);
      for (int n = in.readNBytes(chunk, 0, CHUNK); n > 0; n = in.readNBytes(chunk, 0, CHUNK)) {
        to.write(chunk, 0, n);
        taken += n;
      }
    }
  }

  /** Gives it up, as its shipping failed for good. Called by the shipping thread. */
  void fail(SidewalException why) {
    failure = Optional.of(why);
    end(State.FAILED);
  }

  /** Releases what the shipping thread holds, when its writer gave it up. */
  void abandoned() {
    end(State.ABANDONED);
  }

  /** Returns whether its writer gave it up. */
  boolean isAbandoned() {
    return queue.isAbandoned();
  }

  private void end(State last) {
    try {
      close();
    } catch (StoreException e) {
      failure = Optional.of(failure.isPresent() ? failure.get() : e);
    }
    state = last;
  }

  private void close() {
    upload.ifPresent(ObjectUpload::close);
    upload = Optional.empty();
  }
}
