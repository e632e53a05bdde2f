package dev.sidewal.cli;

import java.io.BufferedOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Standard error: messages, log entries and the progress line share it, so they go through one
 * place. Invariant: while a progress line stands, every other line first takes it away, so the two
 * never mix. Safe for use by several threads.
 */
final class ErrorOutput {

  /** Returns to the line's start and clears what follows. */
  private static final String CLEAR = "\r\u001b[K";

  private final PrintStream stream;
  private final boolean terminal;
  private boolean progressShown;

  private ErrorOutput(PrintStream stream, boolean terminal) {
    this.stream = stream;
    this.terminal = terminal;
  }

  /**
   * Returns an output over a stream.
   *
   * @param terminal whether a progress line may be shown
   */
  static ErrorOutput of(OutputStream stream, boolean terminal) {
    return new ErrorOutput(
        new PrintStream(new BufferedOutputStream(stream), false, StandardCharsets.UTF_8), terminal);
  }

  /** Returns whether a progress line may be shown. */
  boolean terminal() {
    return terminal;
  }

  /** Writes a line, or several that belong together. */
  synchronized void line(String text) {
    hide();
    stream.print(text);
    stream.print('\n');
    stream.flush();
  }

  /** Shows a progress line in place of the one before; does nothing without a terminal. */
  synchronized void progress(String text) {
    if (terminal) {
      stream.print(CLEAR);
      stream.print(text);
      stream.flush();
      progressShown = true;
    }
  }

  /** Takes the progress line away. */
  synchronized void clearProgress() {
    hide();
    stream.flush();
  }

  private void hide() {
    if (progressShown) {
      stream.print(CLEAR);
      progressShown = false;
    }
  }
}
