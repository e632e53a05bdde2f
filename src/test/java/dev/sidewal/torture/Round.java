package dev.sidewal.torture;

import static dev.sidewal.torture.Seeds.oneOf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.error.ExitCode;
import dev.sidewal.fault.CrashPoint;
import dev.sidewal.flow.Databases;
import dev.sidewal.flow.WriterLog;
import dev.sidewal.torture.LifePlan.End;
import dev.sidewal.torture.TortureWriter.Mode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One database and its replica through some stages; in each, the agent lives and dies several
 * times, and then everything is checked.
 *
 * <p>Invariant: the choices of one life depend on the round's seed and the life's number alone.
 * Closing kills every process. Not thread-safe.
 */
final class Round implements AutoCloseable {

  private static final Pattern ATTACHED = Pattern.compile("attached|claimed generation");
  private static final Pattern CLAIMED = Pattern.compile("claimed generation");
  private static final Pattern SHIPPED = Pattern.compile(": shipped |a snapshot of transaction");
  private static final Duration ATTACHING = Duration.ofSeconds(5);
  private static final Duration STOPPING = Duration.ofSeconds(60);
  private static final int SIGTERM_BEFORE_MAIN = 143;

  private final Path dir;
  private final long seed;
  private final Figures figures;
  private final ReplicaPlace place;
  private final Promises promises = new Promises();
  private final ReplicaCheck check;
  private Optional<Lineage> lineage = Optional.empty();
  private Optional<AgentProcess> agent = Optional.empty();
  private Optional<Rival> rival = Optional.empty();
  private final List<Lineage> copies = new ArrayList<>();
  private int lives;
  private boolean prunes;

  Round(Path dir, long seed, Figures figures) throws IOException {
    this.dir = dir;
    this.seed = seed;
    this.figures = figures;
    delete(dir);
    Files.createDirectories(dir);
    this.place =
        Seeds.random(seed, -2).nextBoolean()
            ? new ReplicaPlace.Directory(dir.resolve("replica"))
            : new BucketPlace(figures);
    this.check = new ReplicaCheck(place, promises, dir.resolve("restored.db"), figures);
  }

  /** Returns where it is, for people. */
  String where() {
    return "life " + lives;
  }

  /** Runs all stages, or fewer when told to hurry. */
  void run(BooleanSupplier hurry) throws Exception {
    Random random = Seeds.random(seed, -1);
    Path database = dir.resolve("app.db");
    Databases.run(
        database,
        "PRAGMA page_size=" + oneOf(random, 512, 1024, 4096, 4096, 4096, 8192, 16384, 32768, 65536),
        "PRAGMA auto_vacuum=" + oneOf(random, 0, 0, 1, 2),
        "PRAGMA journal_mode=WAL",
        "CREATE TABLE t(id INTEGER PRIMARY KEY, h INTEGER, v BLOB)",
        "CREATE TABLE meta(seq INTEGER)",
        "INSERT INTO meta VALUES(0)");
    if (random.nextInt(3) == 0) {
      // Large enough that an image takes some steps, during which its pages are written.
      Databases.run(
          database,
          "CREATE TABLE f(id INTEGER PRIMARY KEY, v BLOB)",
          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
                  .formatted(500 + random.nextInt(2500))
              + " INSERT INTO f SELECT i, randomblob(3000) FROM n");
      figures.count("large databases");
    }
    prunes = random.nextInt(4) == 0;
    lineage = Optional.of(new Lineage(database, dir.resolve("writers.log"), seed, 2));
    int stages = 1 + random.nextInt(3);
    for (int stage = 0; stage < stages && (stage == 0 || !hurry.getAsBoolean()); stage++) {
      int count = 6 + random.nextInt(13);
      int rivalAt = random.nextInt(3) == 0 ? random.nextInt(3) : -1;
      for (int i = 0; i < count && (i == 0 || !hurry.getAsBoolean()); i++) {
        live(i == rivalAt);
      }
      long lived = System.nanoTime();
      settle();
      long settled = System.nanoTime();
      check(lives, 1);
      if (prunes && !hurry.getAsBoolean()) {
        check.prune(Seeds.random(seed, lives, 3));
        check(lives, 4);
      }
      figures.add("ms settling", (settled - lived) / 1_000_000);
      figures.add("ms checking", (System.nanoTime() - settled) / 1_000_000);
    }
  }

  private Lineage main() {
    return lineage.orElseThrow();
  }

  /** Lets one agent live and die. */
  private void live(boolean withRival) throws Exception {
    int life = ++lives;
    Random random = Seeds.random(seed, life);
    LifePlan plan = LifePlan.of(random);
    if (plan.writersBefore().isPresent()) {
      main().set(plan.writersBefore().get());
    }
    if (plan.killWriter()) {
      main().killOne(random);
      figures.count("writer kills");
    }
    Thread.sleep(plan.absence().toMillis());
    if (plan.writersAtStart().isPresent()) {
      main().set(plan.writersAtStart().get());
    }
    if (plan.loseState() && rival.isEmpty()) {
      delete(dir.resolve(".app.db-sidewal"));
      figures.count("states lost");
    }
    place.trouble(random);
    if (rival.isPresent() && random.nextInt(8) == 0) {
      rival.get().process().kill();
      figures.count("rivals killed");
      forgetRival();
    }
    if (withRival && rival.isEmpty()) {
      rival = Optional.of(startRival(random));
    }
    boolean alone = rival.isEmpty();
    AgentProcess process = start("agent-" + life, plan.properties(), plan.arguments());
    boolean lived;
    if (plan.afterAttaching() && process.awaitLog(ATTACHED, ATTACHING)) {
      if (plan.writersDuring().isPresent()) {
        main().set(plan.writersDuring().get());
      }
      lived = process.liveOn(plan.delay());
    } else {
      lived = process.liveTo(plan.delay());
    }
    if (lived && plan.writersAtEnd().isPresent()) {
      main().set(plan.writersAtEnd().get());
    }
    long committed = main().committed();
    if (!process.isAlive()) {
      ended(process, plan, process.exitCode(), alone);
    } else if (plan.end() == End.KILL) {
      process.kill();
      figures.count("kills");
    } else {
      int code = process.terminate(STOPPING);
      if (code == ExitCode.DONE.code()) {
        figures.count("stops");
        if (alone && process.stoppedAt().isPresent()) {
          promises.add(process.stoppedAt().getAsLong(), committed);
        }
      } else if (code == SIGTERM_BEFORE_MAIN) {
        figures.count("stopped before it began");
      } else {
        ended(process, plan, code, alone);
      }
    }
    done(process, alone);
  }

  private AgentProcess start(String name, List<String> properties, List<String> arguments) {
    AgentProcess process = launch(name, properties, arguments, main().database());
    agent = Optional.of(process);
    figures.count("starts");
    String armed = String.join(" ", properties);
    for (CrashPoint point : CrashPoint.values()) {
      if (armed.contains("=" + point + ":")) {
        figures.armed(point);
      }
    }
    return process;
  }

  private AgentProcess launch(
      String name, List<String> properties, List<String> arguments, Path database) {
    List<String> all = new ArrayList<>(arguments);
    all.add(database.toString());
    all.add(place.agentUrl());
    return AgentProcess.start(dir.resolve(name + ".log"), place.environment(), properties, all);
  }

  /** Looks why an agent ended that was not killed from outside. */
  private void ended(AgentProcess process, LifePlan plan, int code, boolean alone) {
    if (code == CrashPoint.STATUS && plan.crashPoint().isPresent()) {
      figures.reached(plan.crashPoint().get());
    } else if (code == ExitCode.STORE.code() && place.troubled()) {
      figures.count("store refused");
    } else if (code == ExitCode.SUPERSEDED.code() && !alone) {
      figures.count("superseded");
    } else {
      throw new AssertionError(
          process.logName() + " ended by itself with code " + code + ":\n" + process.log());
    }
  }

  /** Takes from an agent that has ended what it has said. */
  private void done(AgentProcess process, boolean alone) {
    promises.add(process.acknowledged(), alone);
    String log = process.log();
    // Between attaching after a restart and the first copy the application may begin the log anew.
    if (log.lines()
        .anyMatch(
            l -> l.contains("Nothing doubtful was shipped") && !l.contains("was begun anew"))) {
      throw new AssertionError(process.logName() + " lost continuity while attached:\n" + log);
    }
    if (log.contains("\tat ")
        || log.contains("unexpected")
        || log.contains("Exception in thread")) {
      throw new AssertionError(process.logName() + " failed in an unforeseen way:\n" + log);
    }
    agent = Optional.empty();
    process.close();
  }

  /** Starts a second agent, on the database or on a copy of it. */
  private Rival startRival(Random random) throws IOException, InterruptedException {
    figures.count("rivals");
    List<String> arguments = LifePlan.arguments(random);
    if (random.nextBoolean()) {
      if (random.nextBoolean()) {
        arguments.add("--state-dir=" + dir.resolve("rival-state"));
      }
      return new Rival(
          launch("rival-" + lives, List.of(), arguments, main().database()), place.troubled());
    }
    main().set(Mode.CLOSED);
    Path copy = Files.createDirectories(dir.resolve("copy-" + lives)).resolve("app.db");
    for (String suffix : List.of("", "-wal")) {
      Path file = Path.of(main().database() + suffix);
      if (Files.exists(file)) {
        Files.copy(file, Path.of(copy + suffix));
      }
    }
    if (random.nextBoolean()) {
      copyTree(dir.resolve(".app.db-sidewal"), copy.resolveSibling(".app.db-sidewal"));
      figures.count("rivals with a copy of the state");
    }
    main().set(Mode.WRITING);
    copies.add(
        new Lineage(copy, dir.resolve("copy-" + lives + ".log"), Seeds.mix(seed, lives, 2), 1));
    return new Rival(launch("rival-" + lives, List.of(), arguments, copy), place.troubled());
  }

  private void forgetRival() throws IOException, InterruptedException {
    promises.add(rival.orElseThrow().process().acknowledged(), false);
    rival.get().process().close();
    rival = Optional.empty();
    for (Lineage copy : copies) {
      copy.set(Mode.CLOSED);
    }
  }

  /**
   * Lets a last agent ship everything and end in order. An agent that it superseded must have seen
   * that and ended before.
   */
  private void settle() throws Exception {
    place.heal();
    if (rival.isPresent()) {
      // Not that it takes over afterwards.
      rival.get().process().awaitLog(CLAIMED, Duration.ofSeconds(30));
    }
    lives++;
    Random random = Seeds.random(seed, lives);
    main().set(Mode.WRITING);
    AgentProcess process = start("agent-" + lives, List.of(), LifePlan.arguments(random));
    if (!process.awaitLog(SHIPPED, Duration.ofSeconds(30))) {
      throw new AssertionError(process.logName() + " does not begin:\n" + process.log());
    }
    if (rival.isPresent()) {
      figures.count(rival.get().awaitEnd());
      forgetRival();
    }
    main().set(Mode.CLOSED);
    long committed = main().committed();
    int code = process.terminate(STOPPING);
    if (code != ExitCode.DONE.code()) {
      throw new AssertionError(process.logName() + " ended with " + code + ":\n" + process.log());
    }
    process.stoppedAt().ifPresent(txid -> promises.add(txid, committed));
    done(process, true);
    Databases.checkpoint(main().database());
  }

  private void check(long... choices) throws Exception {
    List<WriterLog> logs = new ArrayList<>();
    logs.add(main().read());
    for (Lineage copy : copies) {
      logs.add(copy.read());
    }
    check.run(main().database(), logs, Seeds.random(seed, choices));
  }

  /** Kills everything, and keeps what lies in the store beside the rest. */
  void keepForPeople() {
    killAll();
    place.dump(dir.resolve("replica-dump"));
  }

  private void killAll() {
    agent.ifPresent(AgentProcess::close);
    rival.ifPresent(r -> r.process().close());
    lineage.ifPresent(Lineage::close);
    copies.forEach(Lineage::close);
  }

  @Override
  public void close() {
    killAll();
    place.close();
  }

  /**
   * A second agent on the same replica.
   *
   * @param process its process
   * @param troubled whether it may have found the store failing when it began
   */
  private record Rival(AgentProcess process, boolean troubled) {

    private static final Duration NOTICING = Duration.ofSeconds(40);

    /** Waits until it has seen that it was superseded; returns what to count. */
    String awaitEnd() throws InterruptedException {
      if (process.liveOn(NOTICING)) {
        throw new AssertionError(
            process.logName() + " was superseded and does not end:\n" + process.log());
      }
      if (process.exitCode() == ExitCode.STORE.code() && troubled) {
        return "store refused";
      }
      assertThat(process.exitCode())
          .as("exit code of the superseded %s:%n%s", process.logName(), process.log())
          .isEqualTo(ExitCode.SUPERSEDED.code());
      return "superseded";
    }
  }

  private static void copyTree(Path from, Path to) throws IOException {
    if (!Files.isDirectory(from)) {
      return;
    }
    try (Stream<Path> paths = Files.walk(from)) {
      for (Path path : paths.toList()) {
        Files.copy(path, to.resolve(from.relativize(path).toString()));
      }
    }
  }

  /** Deletes a directory with all that is in it. */
  static void delete(Path directory) {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
