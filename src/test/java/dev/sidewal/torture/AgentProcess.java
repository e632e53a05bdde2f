package dev.sidewal.torture;

import dev.sidewal.replica.HistoryObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The built jar as a replicating process, that says what it does in a file of its own. Closing
 * kills it, and removes what it left of temporary files.
 */
final class AgentProcess implements AutoCloseable {

  private static final Pattern SHIPPED = Pattern.compile(": shipped (generations/\\S+)");
  private static final Pattern IMAGES =
      Pattern.compile(
          ": writing (generations/\\S+)|: a (?:snapshot|delta) of transaction (\\d+) is in the store");
  private static final Pattern STOPPED = Pattern.compile("stopped at .*; the store has (\\d+)");
  private static final long LOOK_MILLIS = 5;

  /** Lets further processes start faster; see {@link #shareClasses}. */
  private static volatile List<String> sharedClasses = List.of();

  private final Process process;
  private final Path log;
  private final Path temporary;
  private final long begun = System.nanoTime();

  private AgentProcess(Process process, Path log, Path temporary) {
    this.process = process;
    this.log = log;
    this.temporary = temporary;
  }

  /**
   * Starts the program.
   *
   * @param log gets what it says
   * @param properties further options of the JVM
   */
  static AgentProcess start(
      Path log, Map<String, String> environment, List<String> properties, List<String> arguments) {
    Path temporary = log.resolveSibling(log.getFileName() + ".tmp");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    if (Runtime.version().feature() >= 24) {
      command.add("--enable-native-access=ALL-UNNAMED");
      command.add("--sun-misc-unsafe-memory-access=allow");
    }
    command.addAll(
        List.of(
            "-Xlog:disable",
            "-Xlog:all=error:stderr",
            "-XX:TieredStopAtLevel=1",
            "-Xshare:auto",
            "-XX:+UseSerialGC",
            "-XX:-UsePerfData",
            "-Xms16m",
            "-Xmx96m",
            "-XX:+ExitOnOutOfMemoryError",
            "-Djava.io.tmpdir=" + temporary));
    command.addAll(sharedClasses);
    command.addAll(properties);
    command.add("-jar");
    command.add(
        Path.of(System.getProperty("sidewal.jar", "target/sidewal.jar"))
            .toAbsolutePath()
            .toString());
    command.add("replicate");
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeIf(name -> name.startsWith("AWS_"));
    builder.environment().put("AWS_EC2_METADATA_DISABLED", "true");
    builder.environment().putAll(environment);
    builder.redirectErrorStream(true).redirectOutput(log.toFile());
    try {
      Files.createDirectories(temporary);
      Files.writeString(
          log.resolveSibling(log.getFileName() + ".command"), String.join(" ", command) + "\n");
      return new AgentProcess(builder.start(), log, temporary);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Runs the program once against a store and keeps its classes in an archive, from which those
   * started later have them in half the time.
   */
  static void shareClasses(Path directory, Path database, String url, Map<String, String> env)
      throws InterruptedException {
    Path archive = directory.resolve("classes.jsa");
    try (AgentProcess process =
        start(
            directory.resolve("classes.log"),
            env,
            List.of("-XX:ArchiveClassesAtExit=" + archive),
            List.of("--once", database.toString(), url))) {
      process.liveOn(Duration.ofSeconds(60));
    }
    if (Files.exists(archive)) {
      sharedClasses = List.of("-XX:SharedArchiveFile=" + archive);
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Returns what it has said so far. */
  String log() {
    try {
      // A process that was killed may have left half a character.
      return new String(Files.readAllBytes(log), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the name of the file that it says it in. */
  String logName() {
    return log.getFileName().toString();
  }

  /** Waits until it has said something; false if it ended before or the time is over. */
  boolean awaitLog(Pattern pattern, Duration limit) throws InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    while (!pattern.matcher(log()).find()) {
      if (!process.isAlive() || System.nanoTime() - end > 0) {
        return pattern.matcher(log()).find();
      }
      Thread.sleep(LOOK_MILLIS);
    }
    return true;
  }

  /** Lets it live until an age is reached; false if it ended by itself. */
  boolean liveTo(Duration age) throws InterruptedException {
    long left = begun + age.toNanos() - System.nanoTime();
    return left <= 0 ? process.isAlive() : !process.waitFor(left, TimeUnit.NANOSECONDS);
  }

  /** Lets it live on for a time; false if it ended by itself. */
  boolean liveOn(Duration time) throws InterruptedException {
    return !process.waitFor(time.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Kills it with SIGKILL. */
  void kill() {
    process.destroyForcibly().onExit().join();
  }

  /** Asks it with SIGTERM to end, and waits. */
  int terminate(Duration limit) throws InterruptedException {
    process.destroy();
    if (!process.waitFor(limit.toNanos(), TimeUnit.NANOSECONDS)) {
      throw new AssertionError(
          logName() + " did not end within " + limit + " of SIGTERM. Threads:\n" + threads());
    }
    return process.exitValue();
  }

  /** Returns its stacks, for a process that does not do what it should. */
  private String threads() throws InterruptedException {
    try {
      Process jstack =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "jstack").toString(),
                  Long.toString(process.pid()))
              .redirectErrorStream(true)
              .start();
      String text = new String(jstack.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      jstack.waitFor();
      return text;
    } catch (IOException e) {
      return "(" + e + ")";
    }
  }

  /** Returns the exit code of a process that has ended. */
  int exitCode() {
    return process.exitValue();
  }

  /** Returns the keys of which it has said that the store has them. */
  List<String> acknowledged() {
    Matcher matcher = SHIPPED.matcher(log());
    List<String> keys = new ArrayList<>();
    while (matcher.find()) {
      keys.add(matcher.group(1));
    }
    keys.addAll(images());
    return keys;
  }

  /** Returns the keys of images of which it has said that the store has them. */
  private List<String> images() {
    Matcher matcher = IMAGES.matcher(log());
    List<String> keys = new ArrayList<>();
    String writing = "";
    while (matcher.find()) {
      if (matcher.group(1) != null) {
        writing = matcher.group(1);
        continue;
      }
      long txid = Long.parseLong(matcher.group(2));
      if (HistoryObject.parse(writing).filter(o -> o.lastTxid() == txid).isEmpty()) {
        throw new AssertionError(
            logName() + " says that it has shipped an image of " + txid + ", it wrote " + writing);
      }
      keys.add(writing);
    }
    return keys;
  }

  /** Returns the transaction up to which, as it said at the end, the store has everything. */
  OptionalLong stoppedAt() {
    Matcher matcher = STOPPED.matcher(log());
    return matcher.find()
        ? OptionalLong.of(Long.parseLong(matcher.group(1)))
        : OptionalLong.empty();
  }

  @Override
  public void close() {
    kill();
    Round.delete(temporary);
  }
}
