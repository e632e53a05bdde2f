package dev.sidewal.sqlite;

import java.time.Duration;
import java.util.Objects;

/**
 * How the log is kept short.
 *
 * @param checkpointFrames run a PASSIVE checkpoint when so many frames wait for it, 1 or more;
 *     below the application's own threshold (1000 unless it says otherwise), so that its commits
 *     find nothing to do
 * @param checkpointBytes run one also when frames of so many bytes wait for it
 * @param pauseBytes make a pause for a reset when the log is so many bytes long; {@link
 *     Long#MAX_VALUE} for never
 * @param pauseWait how long a pause waits for the write lock
 * @param pauses hears of each pause
 */
public record FollowOptions(
    long checkpointFrames,
    long checkpointBytes,
    long pauseBytes,
    Duration pauseWait,
    PauseListener pauses) {

  /** What suits almost everybody. */
  public static final FollowOptions DEFAULT =
      new FollowOptions(800, 4L << 20, 16L << 20, Duration.ofMillis(100), PauseListener.NOBODY);

  /** Checks the ranges. */
  public FollowOptions {
    Objects.requireNonNull(pauseWait, "pauseWait");
    Objects.requireNonNull(pauses, "pauses");
    if (checkpointFrames < 1 || checkpointBytes < 1 || pauseBytes < 1 || pauseWait.isNegative()) {
      throw new IllegalArgumentException(
          "thresholds must be positive: "
              + checkpointFrames
              + ", "
              + checkpointBytes
              + ", "
              + pauseBytes
              + ", "
              + pauseWait);
    }
  }

  /** Returns the same without pauses: how long the log gets is then the application's business. */
  public FollowOptions withoutPauses() {
    return new FollowOptions(checkpointFrames, checkpointBytes, Long.MAX_VALUE, pauseWait, pauses);
  }

  /** Returns the same with another threshold for pauses, in bytes of log. */
  public FollowOptions withPauseBytes(long bytes) {
    return new FollowOptions(checkpointFrames, checkpointBytes, bytes, pauseWait, pauses);
  }

  /** Returns the same with another listener. */
  public FollowOptions withPauseListener(PauseListener listener) {
    return new FollowOptions(checkpointFrames, checkpointBytes, pauseBytes, pauseWait, listener);
  }
}
