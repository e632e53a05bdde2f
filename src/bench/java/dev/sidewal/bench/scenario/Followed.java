package dev.sidewal.bench.scenario;

import dev.sidewal.bench.contender.Contender;
import dev.sidewal.bench.contender.Destination;
import dev.sidewal.bench.process.Agent;
import dev.sidewal.bench.process.WriterProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The run that most scenarios share: a database, an application that is ready to write it, and an
 * agent that follows it, or none.
 */
final class Followed {

  private static final List<String> KEYS =
      List.of("rate", "seconds", "busy", "p50", "p99", "p999", "max", "log", "rows");

  private final Contender contender;
  private final Lab lab;
  private final Path database;
  private final Destination destination;
  private final WriterProcess writer;
  private final ReplicaWatch watch;
  private final Optional<Agent> agent;

  private Followed(
      Contender contender, Lab lab, Destination destination, String kind, String... options)
      throws IOException, InterruptedException {
    this.contender = contender;
    this.lab = lab;
    this.destination = destination;
    this.database = lab.path("app.db");
    this.writer = lab.writer(kind, database, options);
    this.watch = lab.watch(destination.directory());
    this.agent =
        contender.replicates()
            ? Optional.of(lab.follow(contender, database, destination))
            : Optional.empty();
    Lab.calm();
    Thread.sleep(lab.sizes().settle().toMillis());
  }

  /** Prepares it up to the first commit, with a replica in a directory. */
  static Followed prepare(Contender contender, Lab lab, String kind, String... options)
      throws IOException, InterruptedException {
    return prepare(contender, lab, Destination.directory(lab.path("replica")), kind, options);
  }

  /** Prepares it up to the first commit. */
  static Followed prepare(
      Contender contender, Lab lab, Destination destination, String kind, String... options)
      throws IOException, InterruptedException {
    return new Followed(contender, lab, destination, kind, options);
  }

  Path database() {
    return database;
  }

  Destination destination() {
    return destination;
  }

  WriterProcess writer() {
    return writer;
  }

  ReplicaWatch watch() {
    return watch;
  }

  Optional<Agent> agent() {
    return agent;
  }

  /** Returns how long the agent must have been silent. */
  Duration quiet() {
    Duration least = lab.sizes().quiet();
    return contender.quiet().compareTo(least) < 0 ? contender.quiet() : least;
  }

  /** Has the application write, and waits until everything is in the replica. */
  Figures write() throws IOException, InterruptedException {
    Optional<Duration> before = Optional.empty();
    if (agent.isPresent()) {
      before = Optional.of(agent.get().cpu());
    }
    Map<String, String> measured = writer.run();
    Figures figures = new Figures().take(measured, KEYS);
    if (agent.isPresent()) {
      Instant end = Instant.EPOCH.plus(Long.parseLong(measured.get("end")), ChronoUnit.MICROS);
      Instant last = watch.awaitQuiet(contender::isLogObject, end, quiet());
      figures.put("sync", Duration.between(end, last));
      figures.put("cpu", agent.get().cpu().minus(before.orElseThrow()));
      figures.put("peak", agent.get().megabytes("VmHWM"));
      sizes().forEach(figures::put);
    }
    return figures;
  }

  /** Proves that a restore has all rows, now, while the agent is still there. */
  void prove(double rows) throws IOException, SQLException, InterruptedException {
    Path output = lab.path("proof.db");
    lab.restore(contender, destination, output);
    long restored = Content.rows(output);
    if (restored != (long) rows) {
      throw new IOException(
          "after %s without a new object the replica has %d of %.0f rows"
              .formatted(quiet(), restored, rows));
    }
    Files.delete(output);
  }

  /** Stops the agent, then the application. */
  void stop() throws IOException, InterruptedException {
    if (agent.isPresent()) {
      agent.get().stop();
    }
    writer.end();
  }

  /** Returns the bytes in the replica, in MB: in all, and of each kind. */
  private Map<String, Double> sizes() throws IOException {
    Map<String, Double> sizes = new TreeMap<>();
    try (Stream<Path> files = Files.walk(destination.directory())) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String kind = contender.kindOf(file);
        double size = kind.isEmpty() ? 0 : size(file);
        if (size > 0) {
          sizes.merge("bytes", size, Double::sum);
          sizes.merge("bytes " + kind, size, Double::sum);
        }
      }
    }
    return sizes;
  }

  private static double size(Path file) throws IOException {
    try {
      return Files.size(file) / 1e6;
    } catch (NoSuchFileException e) {
      return 0; // A segment that a pack has replaced just now.
    }
  }
}
