package dev.sidewal.cli;

import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * One line that shows how far a long work is: share, bytes, rate and the time that it will still
 * take. It is drawn at most ten times a second however often it is told, and taken away at the end.
 * Safe for use by several threads.
 */
final class ProgressLine implements AutoCloseable {

  private static final long INTERVAL_NANOS = 100_000_000;
  private static final int BAR = 20;

  private final ErrorOutput err;
  private final LongSupplier nanoTime;
  private String verb = "";
  private long start;
  private long drawn;

  /**
   * Starts a line; nothing is shown yet.
   *
   * @param nanoTime a clock that only goes forward, in nanoseconds
   */
  ProgressLine(ErrorOutput err, LongSupplier nanoTime) {
    this.err = err;
    this.nanoTime = nanoTime;
  }

  /**
   * Tells how far the work is.
   *
   * @param what what is being done, such as {@code restoring}; rates count from when it began
   * @param done bytes done of it
   * @param total bytes of it; 0 if that is not known
   */
  void update(String what, long done, long total) {
    update(what, done, total, "");
  }

  /**
   * Tells how far the work is.
   *
   * @param detail what stands behind the bytes, such as a count of pages
   */
  synchronized void update(String what, long done, long total, String detail) {
    long now = nanoTime.getAsLong();
    boolean begins = !what.equals(verb);
    if (begins) {
      verb = what;
      start = now;
    }
    if (err.terminal() && (begins || now - drawn >= INTERVAL_NANOS)) {
      drawn = now;
      err.progress(
          text(done, total, Duration.ofNanos(now - start), detail.isEmpty() ? "" : "  " + detail));
    }
  }

  private String text(long done, long total, Duration elapsed, String detail) {
    double seconds = elapsed.toNanos() / 1e9;
    String rate = seconds < 0.5 ? "" : "  " + Texts.bytes(Math.round(done / seconds)) + "/s";
    if (total <= 0) {
      return done <= 0 ? verb : verb + "  " + Texts.bytes(done) + rate;
    }
    double share = Math.min(1.0, (double) done / total);
    String left =
        seconds < 0.5 || done <= 0 || done >= total
            ? ""
            : "  ETA " + Texts.duration(Duration.ofSeconds(Math.round(seconds / share - seconds)));
    int filled = (int) (share * BAR);
    return String.format(
        Locale.ROOT,
        "%s %3d%% [%s%s] %s of %s%s%s%s",
        verb,
        (int) (share * 100),
        "=".repeat(filled),
        " ".repeat(BAR - filled),
        Texts.bytes(done),
        Texts.bytes(total),
        detail,
        rate,
        left);
  }

  /** Takes the line away. */
  @Override
  public void close() {
    err.clearProgress();
  }
}
