package dev.sidewal.sqlite;

import java.time.Duration;
import java.util.Locale;

/**
 * What following has seen since it attached.
 *
 * @param transactions commits copied
 * @param frames frames copied
 * @param epochs epochs of the log seen
 * @param checkpoints PASSIVE checkpoints run
 * @param pauses pauses made
 * @param pausesFailed pauses for which the write lock was not to be had, or that a reader spoiled
 * @param longestPause the longest time the write lock was held
 * @param logBytes the log's length in bytes, as far as it is in use, when it was last looked at
 */
public record FollowStatistics(
    long transactions,
    long frames,
    long epochs,
    long checkpoints,
    long pauses,
    long pausesFailed,
    Duration longestPause,
    long logBytes) {

  /** Returns it as a line for the log. */
  public String summary() {
    return String.format(
        Locale.ROOT,
        "copied %d transactions (%d frames) from %d epochs of the log; %d checkpoints; %d pauses"
            + " (longest %.1f ms), %d in vain",
        transactions,
        frames,
        epochs,
        checkpoints,
        pauses,
        longestPause.toNanos() / 1e6,
        pausesFailed);
  }
}
