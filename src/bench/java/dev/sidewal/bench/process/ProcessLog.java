package dev.sidewal.bench.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** What a process says, line by line, with the moment of each; a copy goes to a file. */
final class ProcessLog {

  private record Line(String text, long nanoTime) {}

  private final List<Line> lines = new ArrayList<>();
  private boolean ended;

  /** Begins to read. */
  static ProcessLog of(InputStream output, Path copy) {
    ProcessLog log = new ProcessLog();
    Thread thread = new Thread(() -> log.read(output, copy), "bench-log");
    thread.setDaemon(true);
    thread.start();
    return log;
  }

  private void read(InputStream output, Path copy) {
    try (BufferedReader reader =
            new BufferedReader(new InputStreamReader(output, StandardCharsets.UTF_8));
        Writer file = Files.newBufferedWriter(copy)) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        long now = System.nanoTime();
        synchronized (this) {
          lines.add(new Line(line, now));
          notifyAll();
        }
        file.write(line + "\n");
      }
    } catch (IOException e) {
      return; // It was killed.
    } finally {
      synchronized (this) {
        ended = true;
        notifyAll();
      }
    }
  }

  /**
   * Waits until a text stood in so many lines.
   *
   * @return the {@link System#nanoTime} at which the last of them came
   */
  synchronized long await(String mark, int count, Duration limit)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    OptionalLong found = find(mark, count);
    while (found.isEmpty()) {
      long left = deadline - System.nanoTime();
      if (ended || left <= 0) {
        throw new IOException(
            (ended ? "it ended" : "it did not say so within " + limit.toSeconds() + " s")
                + ", awaited: '"
                + mark
                + "' ("
                + count
                + " times); it said: "
                + end(text()));
      }
      wait(left / 1_000_000 + 1);
      found = find(mark, count);
    }
    return found.getAsLong();
  }

  private OptionalLong find(String mark, int count) {
    return lines.stream()
        .filter(line -> line.text().contains(mark))
        .skip(count - 1)
        .mapToLong(Line::nanoTime)
        .findFirst();
  }

  private String text() {
    return String.join("\n", lines.stream().map(Line::text).toList());
  }

  /** Returns the last part of a long text. */
  static String end(String text) {
    String stripped = text.strip();
    return stripped.length() <= 600 ? stripped : "…" + stripped.substring(stripped.length() - 600);
  }
}
