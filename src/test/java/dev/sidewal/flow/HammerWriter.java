package dev.sidewal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * One writer of {@code hammer.py} and its successors: who is killed is followed by the next, with
 * another seed. Closing kills it.
 */
final class HammerWriter implements AutoCloseable {

  private static final Path SCRIPT = Path.of("src/test/resources/writers/hammer.py");

  private final Path database;
  private final Path log;
  private final long seed;
  private final int number;
  private final double bigMegabytes;
  private final long end;
  private Process process;
  private int lives;

  /** Starts a writer. */
  HammerWriter(
      Path database, Path log, long seed, int number, double bigMegabytes, Duration duration)
      throws IOException {
    this.database = database;
    this.log = log;
    this.seed = seed;
    this.number = number;
    this.bigMegabytes = bigMegabytes;
    this.end = System.nanoTime() + duration.toNanos();
    this.process = begin();
  }

  private Process begin() throws IOException {
    double left = Math.max(0, (end - System.nanoTime()) / 1e9);
    lives++;
    return new ProcessBuilder(
            "python3",
            SCRIPT.toString(),
            database.toString(),
            log.toString(),
            Long.toString(seed),
            String.format(Locale.ROOT, "%.3f", left),
            Integer.toString(number + 10 * lives),
            Double.toString(bigMegabytes))
        .inheritIO()
        .start();
  }

  /**
   * Lets it write for a while.
   *
   * @return false if it came to its end in that time
   */
  boolean letWrite(Duration duration) throws InterruptedException {
    return !process.waitFor(duration.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Kills it, wherever it is, and starts the next. */
  void killAndRestart() throws IOException {
    process.destroyForcibly().onExit().join();
    process = begin();
  }

  /** Waits for it to come to its end by itself. */
  void awaitEnd() throws InterruptedException {
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).as("the writer ends").isTrue();
    assertThat(process.exitValue()).as("exit code of writer %d, seed %d", number, seed).isZero();
  }

  /** Returns how many times it was killed. */
  int kills() {
    return lives - 1;
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
