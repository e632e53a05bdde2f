package dev.sidewal.sqlite;

import java.io.IOException;

/**
 * Moves the held read transaction on for somebody who reads a database once and has no business
 * with its log.
 *
 * <p>Each time the log has grown by about what SQLite's own checkpoints wait for, the held
 * transaction moves to its end: the application's next checkpoint copies that much into the file,
 * as it would with nobody looking on. More often would make its commits dearer, as each of them
 * would find a little to do. When the log was copied into the file completely (the application
 * rests, or an agent made a pause), the held transaction begins anew in the slot that lets the log
 * be begun anew.
 *
 * <p>A checkpoint is run only when the log has grown by {@link #CHECKPOINT_BYTES} meanwhile: then
 * there is either nobody who checkpoints, or so much written that waiting for a rest is in vain. It
 * is PASSIVE and keeps nobody waiting. Pauses are never made. Not safe for use by several threads.
 */
final class Onlooker {

  private static final long TURN_BYTES = 4L << 20;
  private static final long CHECKPOINT_BYTES = 64L << 20;

  private final LogFollower follower;
  private final ReadLockChain chain;
  private final LogCursor cursor;
  private long heldEpoch;
  private long heldFrame;
  private long checkpointEpoch;
  private long checkpointFrame;
  private boolean letsReset;

  Onlooker(LogFollower follower, ReadLockChain chain, LogCursor cursor) {
    this.follower = follower;
    this.chain = chain;
    this.cursor = cursor;
    this.heldEpoch = cursor.epoch();
    this.heldFrame = cursor.frame();
    this.checkpointEpoch = heldEpoch;
    this.checkpointFrame = heldFrame;
  }

  /** Call it when what is in the log was copied, or most of it. */
  void moveOn() throws IOException {
    if (cursor.header().isEmpty()) {
      return;
    }
    if (bytesSince(checkpointEpoch, checkpointFrame) >= CHECKPOINT_BYTES) {
      turn();
      chain.checkpoint();
      checkpointEpoch = cursor.epoch();
      checkpointFrame = cursor.frame();
    }
    if (bytesSince(heldEpoch, heldFrame) >= TURN_BYTES
        || (!letsReset && chain.backfilledCompletely())) {
      turn();
    }
  }

  private long bytesSince(long epoch, long frame) {
    long frames = cursor.epoch() == epoch ? cursor.frame() - frame : cursor.frame();
    return frames * cursor.header().orElseThrow().frameLength();
  }

  private void turn() throws IOException {
    boolean backfilled = chain.backfilledCompletely();
    long epoch = cursor.epoch();
    long frame = cursor.frame();
    if (follower.turnOver(FrameSink.NOBODY, Long.MAX_VALUE, true)) {
      heldEpoch = cursor.epoch();
      heldFrame = cursor.frame();
      letsReset = backfilled && epoch == heldEpoch && frame == heldFrame;
    }
  }
}
