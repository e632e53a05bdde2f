package dev.sidewal.bench.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** What a short command prints. */
public final class Output {

  private Output() {}

  /** Runs a command and returns all it printed. */
  public static String of(Command command) throws IOException, InterruptedException {
    Process process = command.builder().redirectErrorStream(true).start();
    process.getOutputStream().close();
    String text =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    if (process.waitFor() != 0) {
      throw new IOException(
          command.words() + " ended with " + process.exitValue() + ": " + ProcessLog.end(text));
    }
    return text;
  }
}
