package dev.sidewal.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sidewal.error.ExitCode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The built program in a process of its own, run by its launcher with the launcher's JVM flags.
 * What it says is collected line by line. Closing kills it.
 */
final class SidewalProcess implements AutoCloseable {

  private static final Duration STARTUP = Duration.ofSeconds(60);
  private static final Duration SAMPLE = Duration.ofMillis(10);

  /**
   * What came of a process.
   *
   * @param code its exit code
   * @param out standard output
   * @param err standard error
   * @param peakBytes the most memory that it was seen to have resident, in bytes
   */
  record Outcome(int code, String out, String err, long peakBytes) {

    /** Checks that it ended as every success must. */
    Outcome succeeded() {
      assertThat(code).as("exit code; it said:%n%s", err).isZero();
      assertThat(err).as("standard error").doesNotContain("error: ", "\tat ");
      return this;
    }

    /** Checks that it failed as every failure must: one message, no result, no stack trace. */
    Outcome failedWith(ExitCode expected) {
      assertThat(err).as("standard error").doesNotContain("\tat ").doesNotContain("Exception in");
      assertThat(err.lines().filter(line -> line.startsWith("error: ")))
          .as("error messages of%n%s", err)
          .hasSize(1);
      assertThat(out).as("standard output").isEmpty();
      assertThat(code).as("exit code; it said:%n%s", err).isEqualTo(expected.code());
      return this;
    }
  }

  private final Process process;
  private final List<String> out = new ArrayList<>();
  private final List<String> err = new ArrayList<>();
  private final Thread outReader;
  private final Thread errReader;
  private long peakBytes;

  private SidewalProcess(Process process) {
    this.process = process;
    this.outReader = reader(process.getInputStream(), out);
    this.errReader = reader(process.getErrorStream(), err);
  }

  /** Starts the program. */
  static SidewalProcess start(String... arguments) {
    return start(Map.of(), arguments);
  }

  /** Starts the program with more variables in its environment. */
  static SidewalProcess start(Map<String, String> environment, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of("deploy", "sidewal").toAbsolutePath().toString());
    command.addAll(Arrays.asList(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeIf(name -> name.startsWith("AWS_"));
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("AWS_EC2_METADATA_DISABLED", "true");
    builder.environment().put("SIDEWAL_JAVA_OPTS", ClassArchive.option());
    builder.environment().putAll(environment);
    try {
      return new SidewalProcess(builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs the program to its end. */
  static Outcome run(String... arguments) {
    return run(Map.of(), arguments);
  }

  /** Runs the program to its end, with more variables in its environment. */
  static Outcome run(Map<String, String> environment, String... arguments) {
    try (SidewalProcess process = start(environment, arguments)) {
      return process.awaitExit(Duration.ofMinutes(2));
    }
  }

  private static Thread reader(InputStream stream, List<String> lines) {
    Thread thread =
        new Thread(
            () -> {
              try (BufferedReader reader =
                  new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                  synchronized (lines) {
                    lines.add(line);
                  }
                }
              } catch (IOException e) {
                synchronized (lines) {
                  lines.add("(reading failed: " + e + ")");
                }
              }
            },
            "output");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private static String text(List<String> lines) {
    synchronized (lines) {
      return String.join("\n", lines);
    }
  }

  /** Returns what it has said on standard error so far. */
  String log() {
    return text(err);
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Returns what its file descriptors lead to; for systems with /proc. */
  List<String> openFiles() {
    List<String> files = new ArrayList<>();
    Path all = Path.of("/proc", Long.toString(process.pid()), "fd");
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(all)) {
      for (Path one : descriptors) {
        try {
          files.add(Files.readSymbolicLink(one).toString());
        } catch (NoSuchFileException closed) {
          files.add("closed meanwhile");
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return files;
  }

  /** Returns how many lines on standard error contain a text. */
  long count(String part) {
    return log().lines().filter(line -> line.contains(part)).count();
  }

  /** Waits until standard error says something. */
  SidewalProcess awaitLog(String part) {
    return awaitLog(part, 1);
  }

  /** Waits until standard error says something a number of times. */
  SidewalProcess awaitLog(String part, int times) {
    await("log line with '" + part + "'")
        .atMost(STARTUP)
        .pollInterval(SAMPLE)
        .failFast(() -> failIfEnded(part, times))
        .until(() -> count(part) >= times);
    return this;
  }

  private void failIfEnded(String part, int times) {
    if (!process.isAlive()) {
      join();
      if (count(part) < times) {
        throw new AssertionError("ended without '" + part + "':\n" + log());
      }
    }
  }

  /** Waits until the first snapshot was taken, that is: until it follows. */
  SidewalProcess awaitFollowing() {
    return awaitLog("following from transaction");
  }

  /** Sends a signal such as TERM. */
  void signal(String name) {
    try {
      Process kill =
          new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).inheritIO().start();
      assertThat(kill.waitFor()).as("kill -%s", name).isZero();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Sends SIGTERM and waits for the end. */
  Outcome terminate() {
    signal("TERM");
    return awaitExit(Duration.ofSeconds(60));
  }

  /** Looks how much memory it had resident at most. */
  void sampleMemory() {
    Path status = Path.of("/proc", Long.toString(process.pid()), "status");
    try {
      for (String line : Files.readAllLines(status)) {
        if (line.startsWith("VmHWM:")) {
          long kilobytes = Long.parseLong(line.replaceAll("[^0-9]", ""));
          peakBytes = Math.max(peakBytes, kilobytes * 1024);
        }
      }
    } catch (IOException ended) {
      return; // Or there is no /proc here: the peak stays 0.
    }
  }

  /** Waits for the end. */
  Outcome awaitExit(Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    try {
      while (!process.waitFor(SAMPLE.toMillis(), TimeUnit.MILLISECONDS)) {
        sampleMemory();
        if (System.nanoTime() - end > 0) {
          throw new AssertionError("did not end in " + limit + ":\n" + log());
        }
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    join();
    return new Outcome(process.exitValue(), text(out), text(err), peakBytes);
  }

  private void join() {
    try {
      outReader.join(TimeUnit.SECONDS.toMillis(10));
      errReader.join(TimeUnit.SECONDS.toMillis(10));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
