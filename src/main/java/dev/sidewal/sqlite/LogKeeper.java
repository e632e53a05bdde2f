package dev.sidewal.sqlite;

import dev.sidewal.fault.CrashPoint;
import java.io.IOException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the log of a followed database short.
 *
 * <p>The application's own checkpoints go on working, up to the held read transaction. But every
 * backfill that a commit of the application does, the application pays for with an fsync. So the
 * held transaction is moved on only when a PASSIVE checkpoint follows at once, or when all is
 * quiet: the application finds nothing left to do. When a checkpoint completes, the held
 * transaction moves on once more, into slot 0, and the next writer resets the log.
 *
 * <p>Under steady load there is always a frame too many for that. Above a threshold a pause is
 * made: PASSIVE checkpoint, write lock (bounded wait), copy the tail, end the held read
 * transaction, PASSIVE checkpoint, begin the new one, give the write lock back. Writers wait only
 * for that. Where a reader of the application stands in the way, pauses become rarer, up to one in
 * {@link #LONGEST_RETRY}.
 *
 * <p>Checkpoints take at most about a quarter of the time. Not safe for use by several threads.
 */
final class LogKeeper {

  private static final Logger LOG = LoggerFactory.getLogger(LogKeeper.class);
  private static final Duration FIRST_RETRY = Duration.ofMillis(100);
  private static final Duration LONGEST_RETRY = Duration.ofSeconds(5);
  private static final Duration WARN_RETRY = Duration.ofSeconds(2);
  private static final int REST_FACTOR = 3;

  /** After so long without a commit the rest of the log is checkpointed, however short it is. */
  private static final Duration REST = Duration.ofSeconds(1);

  /**
   * So long an application's checkpoint that waits for the log may have to wait for the sink's
   * leisure.
   */
  private static final Duration STANDING_LIMIT = Duration.ofMillis(100);

  /**
   * The most that is copied while writers wait, in bytes of log, at the first attempt; at each
   * further one twice as much, because whoever writes so fast waits for a checkpoint in any case.
   */
  private static final long TAIL_BYTES = 1L << 20;

  /**
   * So much is left for the checkpoint under the write lock, if writers are no faster than that.
   */
  private static final long LOCKED_BYTES = 4L << 20;

  /** A log that calls for a pause within this time after it was begun. */
  private static final Duration FAST = Duration.ofMillis(500);

  /** Checkpoints before the write lock is taken. */
  private static final int ROUNDS = 3;

  /** How much is copied in one go. */
  private static final long TURN_BYTES = 8L << 20;

  /**
   * At so many times the length that calls for a pause, writers are faster than the copying, and
   * are made to wait for it: the log must not fill the disk.
   */
  private static final long OUTRUN = 2;

  /** The most that is copied under the write lock, in bytes of log, to slow writers down. */
  private static final long MOST_BYTES = 64L << 20;

  /** After so long without a commit connections that are not needed at rest are closed. */
  private static final Duration LONG_REST = Duration.ofSeconds(15);

  /** See {@link #believesFile}. */
  private static final Duration BELIEF = Duration.ofSeconds(5);

  private static final Duration LONG_BELIEF = Duration.ofMinutes(5);

  private final LogFollower follower;
  private final ReadLockChain chain;
  private final LogCursor cursor;
  private final FollowOptions options;

  /** The epoch and frame at which the held read transaction began. */
  private long heldEpoch;

  private long heldFrame;

  /**
   * Whether the held read transaction began when the log was backfilled completely: then it lets
   * the log be reset.
   */
  private boolean heldLetsReset;

  /** How far the log is known to be backfilled. */
  private long backfilledEpoch;

  private long backfilledFrame;

  /** Moments of {@link System#nanoTime}: the wall clock may be set back by hours. */
  private long nextCheckpoint = System.nanoTime();

  private long nextPause = nextCheckpoint;
  private Duration retry = FIRST_RETRY;
  private boolean warned;

  /** The epoch that is followed, and since which moment of {@link System#nanoTime}. */
  private long anew;

  private long anewSince = System.nanoTime();

  /** The most that is copied while writers wait at the next attempt, in bytes of log. */
  private long tailBytes = TAIL_BYTES;

  /** Whether, and since when, only the held read transaction keeps the log from being reset. */
  private boolean standing;

  private long standingSince;
  private long quietSince = System.nanoTime();
  private long checkpoints;
  private long pauses;
  private long pausesFailed;
  private Duration longestPause = Duration.ZERO;

  LogKeeper(LogFollower follower, ReadLockChain chain, LogCursor cursor, FollowOptions options) {
    this.follower = follower;
    this.chain = chain;
    this.cursor = cursor;
    this.options = options;
  }

  FollowStatistics statistics(long transactions, long frames, long epochs, long logBytes) {
    return new FollowStatistics(
        transactions, frames, epochs, checkpoints, pauses, pausesFailed, longestPause, logBytes);
  }

  void keepShort(FrameSink sink, boolean quiet) throws IOException {
    if (cursor.header().isPresent()) {
      keepShortFrom(sink, quiet);
    }
    if (quiet && isAtRest() && System.nanoTime() - quietSince >= LONG_REST.toNanos()) {
      chain.rest();
    }
  }

  private void keepShortFrom(FrameSink sink, boolean quiet) throws IOException {
    if (anew != cursor.epoch()) {
      anew = cursor.epoch();
      anewSince = System.nanoTime();
    }
    standing = standing && quiet;
    quietSince = quiet ? quietSince : System.nanoTime();
    boolean atRest = quiet && System.nanoTime() - quietSince >= REST.toNanos();
    long waiting = backfillLeft();
    boolean worthIt =
        quiet
            ? waiting >= options.checkpointBytes()
                || waiting / cursor.header().get().frameLength() >= options.checkpointFrames()
                || (atRest && waiting > 0)
            : !isFast() && waiting >= Math.max(options.checkpointBytes(), busyBytes());
    if (blocksAll() || (worthIt && System.nanoTime() - nextCheckpoint >= 0)) {
      turnAndCheckpoint(sink);
    } else if (quiet && standsInTheWay()) {
      standingSince = standing ? standingSince : System.nanoTime();
      standing = true;
      turn(sink, System.nanoTime() - standingSince >= STANDING_LIMIT.toNanos());
    } else if (quiet && (heldEpoch != cursor.epoch() || heldFrame != cursor.frame())) {
      turn(sink, false);
    }
    if (follower.logBytes() >= options.pauseBytes() && System.nanoTime() - nextPause >= 0) {
      pause(sink);
    }
  }

  /**
   * Returns whether the log is backfilled completely and only the held read transaction keeps it
   * from being reset. A RESTART or TRUNCATE checkpoint of the application comes to this point and
   * then waits for all readers, with the write lock in its hand.
   */
  boolean standsInTheWay() {
    return !heldLetsReset && cursor.header().isPresent() && chain.backfilledCompletely();
  }

  /**
   * Returns whether the held transaction is one that began when the log was empty, and the log has
   * frames now. It lets nothing be backfilled, but a checkpoint finds that out only after it has
   * sorted all frames: and every commit of the application that finds the log long tries one. So it
   * moves on before the log is long.
   */
  private boolean blocksAll() {
    return heldLetsReset && heldEpoch != cursor.epoch() && cursor.frame() > 0;
  }

  /**
   * Returns how many bytes must wait for a checkpoint while somebody commits. Each time the held
   * transaction moves on, a commit that comes before the checkpoint makes it itself: so it moves
   * more rarely than when all is quiet.
   */
  private long busyBytes() {
    return options.pauseBytes() == Long.MAX_VALUE ? 0 : options.pauseBytes() / 2;
  }

  /**
   * Returns for how long an unchanged log file may be taken for an unchanged log: not for long
   * while there is something to wait for, and for longer when asking costs a connection.
   */
  Duration believesFile() {
    if (!isAtRest()) {
      return REST;
    }
    return chain.isResting() ? LONG_BELIEF : BELIEF;
  }

  /** Returns whether there is nothing to do as long as nothing is written to the log. */
  private boolean isAtRest() {
    return cursor.header().isEmpty()
        || (heldLetsReset
            && heldEpoch == cursor.epoch()
            && heldFrame == cursor.frame()
            && backfillLeft() == 0);
  }

  private void turnAndCheckpoint(FrameSink sink) throws IOException {
    if (!turn(sink, false)) {
      return;
    }
    long begin = System.nanoTime();
    long before = backfilledEpoch == cursor.epoch() ? backfilledFrame : 0;
    boolean complete = checkpoint(chain.checkpoint()).complete();
    Duration rest = Duration.ofNanos(REST_FACTOR * (System.nanoTime() - begin));
    boolean stuck = backfilledEpoch != cursor.epoch() || backfilledFrame == before;
    nextCheckpoint = System.nanoTime() + (stuck ? rest.plus(FIRST_RETRY) : rest).toNanos();
    if (complete) {
      turn(sink, false);
    }
  }

  /**
   * Moves the held read transaction on; false if there is too much to copy for one go.
   *
   * @param force also when the sink must make safe for it what it took. Without, that is left to
   *     the sink, which does it now and then anyway: a log that is begun anew a second later is no
   *     harm, an object for each of an application's transactions is one
   */
  private boolean turn(FrameSink sink, boolean force) throws IOException {
    boolean backfilled = chain.state() == ReadLockChain.State.ONE && chain.backfilledCompletely();
    long epoch = cursor.epoch();
    long frame = cursor.frame();
    if (!follower.turnOver(sink, TURN_BYTES, force)) {
      return false;
    }
    heldLetsReset = backfilled && epoch == cursor.epoch() && frame == cursor.frame();
    heldEpoch = cursor.epoch();
    heldFrame = cursor.frame();
    return true;
  }

  private ReadLockChain.Checkpoint checkpoint(ReadLockChain.Checkpoint result) {
    checkpoints++;
    if (!result.busy()) {
      backfilledEpoch = cursor.epoch();
      backfilledFrame = Math.min(result.backfilled(), cursor.frame());
    }
    return result;
  }

  private void pause(FrameSink sink) throws IOException {
    if (backfilledEpoch == cursor.epoch()
        && backfilledFrame == cursor.frame()
        && heldEpoch == cursor.epoch()
        && heldFrame == cursor.frame()) {
      // All is ready; the next writer resets the log.
      return;
    }
    nextPause = System.nanoTime() + FIRST_RETRY.toNanos();
    boolean direct = isFast() || isOutrun();
    if (!direct && !prepare(sink)) {
      return;
    }
    if (direct && follower.bytesBehind() <= LOCKED_BYTES) {
      // Then the checkpoint under the lock, which must sync the log first, has little to wait for.
      follower.syncLog();
      follower.copy(sink, TURN_BYTES);
    }
    if (!chain.tryWriteLock()) {
      // Somebody writes for long. That is no reader's fault, so the next attempt comes soon.
      pausesFailed++;
      if (isLong() && follower.bytesBehind() > 0) {
        nextPause = System.nanoTime();
      }
    } else if (turnUnderWriteLock(sink, direct || isLong() ? MOST_BYTES : tailBytes)) {
      tailBytes = TAIL_BYTES;
    } else {
      tailBytes = Math.min(MOST_BYTES, 2 * tailBytes);
      nextPause = System.nanoTime();
    }
  }

  /**
   * Does most of the work while everybody may write: copies, and checkpoints until little is left,
   * or writers are as fast.
   *
   * @return whether a pause may follow
   */
  private boolean prepare(FrameSink sink) throws IOException {
    for (int round = 0; round < ROUNDS; round++) {
      long epoch = cursor.epoch();
      long seen = cursor.frame();
      if (!turn(sink, true)) {
        nextPause = System.nanoTime();
        return false;
      }
      ReadLockChain.Checkpoint before = checkpoint(chain.checkpoint());
      long kept = epoch == cursor.epoch() ? seen - before.backfilled() : 0;
      if (!before.busy() && kept * cursor.header().orElseThrow().frameLength() > TURN_BYTES) {
        // Not even all that the held transaction has seen from its begin on: the pause would be in
        // vain, and long if the reader ended during it.
        pausesFailed++;
        retryLater();
        return false;
      }
      follower.copy(sink, TURN_BYTES);
      if (backfillLeft() <= LOCKED_BYTES || isLong()) {
        break;
      }
    }
    return true;
  }

  /** Returns how many bytes of the copied log are not in the database file. */
  private long backfillLeft() {
    long frames =
        backfilledEpoch == cursor.epoch() ? cursor.frame() - backfilledFrame : cursor.frame();
    return frames * cursor.header().map(WalHeader::frameLength).orElse(0);
  }

  /**
   * Whether the log came to its length at once. Then a checkpoint before the pause would not make
   * the pause shorter: as much is written meanwhile, and is not copied either.
   */
  private boolean isFast() {
    return anew == cursor.epoch() && System.nanoTime() - anewSince < FAST.toNanos();
  }

  /** Whether the log is long and copying far behind. */
  private boolean isOutrun() throws IOException {
    return isLong() && follower.bytesBehind() > TAIL_BYTES;
  }

  /** Whether the log is so long that it must not grow any further. */
  private boolean isLong() {
    return follower.logBytes() / OUTRUN >= options.pauseBytes();
  }

  /**
   * Does what a pause is for, and gives the write lock back.
   *
   * @param mostToCopy bytes of log that may be copied under the lock
   * @return false if so much is left that copying it would keep writers waiting for too long
   */
  private boolean turnUnderWriteLock(FrameSink sink, long mostToCopy) throws IOException {
    long begin = System.nanoTime();
    long before = pauses;
    CrashPoint.PAUSE_LOCKED.reached();
    try {
      if (follower.bytesBehind() > mostToCopy) {
        if (mostToCopy > TAIL_BYTES) {
          follower.copy(sink, mostToCopy);
        }
        return false;
      }
      if (!follower.copy(sink, Long.MAX_VALUE)) {
        throw new IllegalStateException("the log grew under the write lock");
      }
      if (!sink.isSafe()) {
        sink.makeSafe();
      }
      if (chain.state() == ReadLockChain.State.BOTH) {
        chain.release();
      }
      ReadLockChain.Checkpoint done = checkpoint(chain.turnUnderWriteLock(options.pauseWait()));
      CrashPoint.PAUSE_TURNED.reached();
      heldEpoch = cursor.epoch();
      heldFrame = cursor.frame();
      heldLetsReset = done.complete();
      if (done.complete()) {
        pauses++;
        retry = FIRST_RETRY;
        warned = false;
      } else {
        pausesFailed++;
        if (!done.busy()) {
          retryLater();
        }
      }
      return true;
    } finally {
      chain.endWriteLock();
      Duration held = Duration.ofNanos(System.nanoTime() - begin);
      longestPause = held.compareTo(longestPause) > 0 ? held : longestPause;
      options.pauses().paused(held, pauses > before);
    }
  }

  /** A reader stands in the way: tries again after twice the time. */
  private void retryLater() {
    Duration twice = retry.multipliedBy(2);
    retry = twice.compareTo(LONGEST_RETRY) > 0 ? LONGEST_RETRY : twice;
    nextPause = System.nanoTime() + retry.toNanos();
    if (!warned && retry.compareTo(WARN_RETRY) > 0) {
      warned = true;
      LOG.warn(
          "the log cannot be reset and grows ({} bytes): another process keeps a read"
              + " transaction open. Look for a long-lived reader of the application.",
          follower.logBytes());
    }
  }
}
