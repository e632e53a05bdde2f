package dev.sidewal.torture;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A writer of {@code hammer.py}, small and obedient, and its successors. Closing kills it. Not
 * thread-safe.
 */
final class TortureWriter implements AutoCloseable {

  /** What a writer does. */
  enum Mode {
    /** It writes. */
    WRITING('g'),
    /** It rests with its connection open. */
    RESTING('r'),
    /** It rests and has closed its connection. */
    CLOSED('c');

    private final char word;

    Mode(char word) {
      this.word = word;
    }
  }

  private static final Path SCRIPT = Path.of("src/test/resources/writers/hammer.py");
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final long LOOK_MILLIS = 2;

  private final Path database;
  private final Path log;
  private final Path errors;
  private final long seed;
  private final int number;
  private Process process;
  private Mode mode = Mode.WRITING;
  private int lives;

  /** Starts a writer. */
  TortureWriter(Path database, Path log, Path errors, long seed, int number) throws IOException {
    this.database = database;
    this.log = log;
    this.errors = errors;
    this.seed = seed;
    this.number = number;
    begin();
  }

  private void begin() throws IOException {
    process =
        new ProcessBuilder(
                List.of(
                    "python3",
                    SCRIPT.toString(),
                    database.toString(),
                    log.toString(),
                    Long.toString(seed & 0xffff_ffffL),
                    "86400",
                    Integer.toString(number + 10 * lives),
                    "0",
                    "small"))
            .redirectError(ProcessBuilder.Redirect.appendTo(errors.toFile()))
            .start();
    lives++;
    mode = Mode.WRITING;
  }

  /** Has it do something else; returns when it does. */
  void set(Mode wanted) throws IOException, InterruptedException {
    if (wanted == mode || (wanted == Mode.RESTING && mode == Mode.CLOSED)) {
      return;
    }
    OutputStream out = process.getOutputStream();
    out.write(wanted.word);
    out.flush();
    if (wanted != Mode.WRITING) {
      awaitAnswer(wanted);
    }
    mode = wanted;
  }

  private void awaitAnswer(Mode wanted) throws IOException, InterruptedException {
    InputStream in = process.getInputStream();
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (in.available() == 0) {
      if (!process.isAlive()) {
        throw new AssertionError(
            "Writer " + number + " ended by itself, with " + process.exitValue() + ": " + errors);
      }
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("Writer " + number + " was stuck for " + PATIENCE);
      }
      Thread.sleep(LOOK_MILLIS);
    }
    int answer = in.read();
    if (answer != wanted.word) {
      throw new AssertionError("Writer " + number + " answered " + answer);
    }
  }

  /** Kills it, wherever it is, and starts the next. */
  void killAndRestart() throws IOException, InterruptedException {
    if (!process.isAlive() || process.waitFor(0, TimeUnit.MILLISECONDS)) {
      throw new AssertionError(
          "Writer " + number + " ended by itself, with " + process.exitValue() + ": " + errors);
    }
    process.destroyForcibly().onExit().join();
    begin();
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
