package dev.sidewal.bench.scale;

import dev.sidewal.bench.contender.Contender;
import dev.sidewal.bench.contender.Destination;
import dev.sidewal.bench.process.Agent;
import dev.sidewal.bench.process.Command;
import dev.sidewal.bench.process.ShortRun;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.stream.Stream;

/** An empty directory for one measurement, removed at its end, and what is done in all of them. */
final class Site implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofMinutes(30);
  private static final Duration QUIET = Duration.ofMillis(2500);
  private static final double LIST_PAGE = 1000;

  private final Path directory;
  private final Contender sidewal;

  Site(Path directory, Contender sidewal) throws IOException {
    this.directory = directory;
    this.sidewal = sidewal;
    close();
    Files.createDirectories(directory);
  }

  Path path(String name) {
    return directory.resolve(name);
  }

  Contender sidewal() {
    return sidewal;
  }

  Destination replica() {
    return Destination.directory(path("replica"));
  }

  /** Starts an agent for the databases that a command names, and waits until it follows all. */
  Agent follow(Command command, int port, int databases) throws IOException, InterruptedException {
    Agent agent = Agent.start(command, path("agent.log"), port);
    try {
      for (String mark : sidewal.readyMarks()) {
        agent.await(mark, databases, PATIENCE);
      }
      return agent;
    } catch (IOException | InterruptedException e) {
      agent.close();
      throw e;
    }
  }

  /** Waits until no file of the replica has come or gone for a while. */
  void awaitQuiet() throws IOException, InterruptedException {
    long seen = -1;
    long count = objects();
    while (count != seen) {
      seen = count;
      Thread.sleep(QUIET.toMillis());
      count = objects();
    }
  }

  /** Restores the replica, and removes what was restored. */
  ShortRun restore() throws IOException, InterruptedException {
    Path output = path("restored.db");
    ShortRun run = ShortRun.of(sidewal.restore(replica(), output), path("restore.log"), PATIENCE);
    Files.delete(output);
    return run;
  }

  /** Returns how many objects the replica has. */
  long objects() throws IOException {
    try (Stream<Path> files = Files.walk(replica().directory())) {
      return files.filter(file -> !sidewal.kindOf(file).isEmpty()).count();
    }
  }

  /** Returns in how many requests S3 lists so many objects. */
  static double listPages(long objects) {
    return Math.ceil(objects / LIST_PAGE);
  }

  static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Override
  public void close() throws IOException {
    if (Files.exists(directory)) {
      try (Stream<Path> files = Files.walk(directory)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
