package dev.sidewal.bench.contender;

import dev.sidewal.bench.process.Agent;
import dev.sidewal.bench.process.Command;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Somebody who replicates databases, or nobody. */
public interface Contender {

  /** Returns the name that the table shows. */
  String name();

  /** Returns the version of the program, or what it says of itself. */
  String version() throws IOException, InterruptedException;

  /** Returns whether it replicates at all. All that follows is asked only then. */
  boolean replicates();

  /** Returns the major version of the Java it runs with, if it does. */
  OptionalInt javaMajor();

  /** Returns whether the targets are its own. */
  boolean subject();

  /** Returns how to replicate one database, with an HTTP endpoint, if it has one, at a port. */
  Command replicate(Path database, Destination to, int port);

  /**
   * Returns how to replicate each database of a directory, to {@code file:} replicas of its name.
   *
   * @param configuration a file that it may write
   */
  Command replicateAll(
      Path directory, List<Path> databases, Path replicas, Path configuration, int port)
      throws IOException;

  /** Returns how to restore the latest state. */
  Command restore(Destination from, Path output);

  /** Returns what it says once it has begun to look at a database. */
  String startedMark();

  /** Returns what it says, all of it, once a database is followed and has its first snapshot. */
  List<String> readyMarks();

  /** Returns whether a file of a replica has transactions as they were shipped. */
  boolean isLogObject(Path file);

  /** Returns what kind of object a file of a replica is; empty for what is none. */
  String kindOf(Path file);

  /** Returns how long it is silent, at least, when it has nothing more to ship. */
  Duration quiet();

  /** Returns how many requests it has made of the store, if it tells. */
  OptionalLong requests(Agent agent) throws IOException, InterruptedException;
}
