package dev.sidewal.bench.scenario;

import dev.sidewal.bench.contender.Contender;
import dev.sidewal.bench.contender.Destination;
import dev.sidewal.bench.process.Agent;
import dev.sidewal.bench.process.Command;
import dev.sidewal.bench.process.ShortRun;
import dev.sidewal.bench.process.WriterProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What one run has: an empty directory, and the processes that it starts. Closing ends these, last
 * first, and removes the directory.
 */
public final class Lab implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final Path directory;
  private final Sizes sizes;
  private final List<String> writer;
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private int writers;

  /**
   * Makes the directory, removing what is left of an earlier run.
   *
   * @param writer the words of the command that is the application, its arguments missing
   */
  public Lab(Path directory, Sizes sizes, List<String> writer) throws IOException {
    this.directory = directory.toAbsolutePath();
    this.sizes = sizes;
    this.writer = List.copyOf(writer);
    remove(directory);
    Files.createDirectories(directory);
  }

  /** Makes another one, for what is kept longer than this run. */
  Lab beside(String name) throws IOException {
    return new Lab(directory.resolveSibling(name), sizes, writer);
  }

  /** Returns the directory. */
  public Path directory() {
    return directory;
  }

  /** Returns a place in the directory. */
  public Path path(String name) {
    return directory.resolve(name);
  }

  /** Returns how much is to be done. */
  public Sizes sizes() {
    return sizes;
  }

  /** Starts the application, and waits until it is ready. */
  WriterProcess writer(String kind, Path database, String... options) throws IOException {
    List<String> words = new ArrayList<>(writer);
    words.add(kind);
    words.add(database.toString());
    words.add("warm=" + sizes.warmUp().toMillis());
    words.addAll(List.of(options));
    return with(
        WriterProcess.start(new Command(words, Map.of()), path("writer-" + ++writers + ".log")));
  }

  /** Starts an agent on one database, and waits until it follows. */
  Agent follow(Contender contender, Path database, Destination to)
      throws IOException, InterruptedException {
    int port = freePort();
    Agent agent = start(contender.replicate(database, to, port), port);
    awaitReady(contender, agent, 1);
    return agent;
  }

  /** Starts an agent. */
  Agent start(Command command, int port) throws IOException {
    return with(Agent.start(command, path("agent.log"), port));
  }

  /** Waits until so many databases are followed and have their snapshots. */
  static Duration awaitReady(Contender contender, Agent agent, int databases)
      throws IOException, InterruptedException {
    Duration last = Duration.ZERO;
    for (String mark : contender.readyMarks()) {
      Duration at = agent.await(mark, databases, PATIENCE);
      last = at.compareTo(last) > 0 ? at : last;
    }
    return last;
  }

  /** Restores, and measures that. */
  ShortRun restore(Contender contender, Destination from, Path output)
      throws IOException, InterruptedException {
    Files.deleteIfExists(output);
    return ShortRun.of(contender.restore(from, output), path("restore.log"), PATIENCE);
  }

  /** Watches a replica that is not there yet. */
  ReplicaWatch watch(Path replica) throws IOException {
    Files.createDirectories(replica);
    return with(ReplicaWatch.of(replica));
  }

  /** Has something closed at the end of the run. */
  <T extends AutoCloseable> T with(T resource) {
    open.push(resource);
    return resource;
  }

  /** Lets what was written before reach the disk, so that this run does not pay for it. */
  public static void calm() throws IOException, InterruptedException {
    new ProcessBuilder("sync").start().waitFor();
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Override
  public void close() throws IOException {
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (Exception e) {
        throw new IOException(e);
      }
    }
    remove(directory);
  }

  private static void remove(Path directory) throws IOException {
    if (Files.exists(directory)) {
      try (Stream<Path> files = Files.walk(directory)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
