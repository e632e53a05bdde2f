package dev.sidewal.bench.contender;

import dev.sidewal.bench.process.Agent;
import dev.sidewal.bench.process.Command;
import dev.sidewal.bench.report.Runs;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** The application alone. */
public final class NoAgent implements Contender {

  @Override
  public String name() {
    return Runs.BASE;
  }

  @Override
  public String version() {
    return "the application alone";
  }

  @Override
  public boolean replicates() {
    return false;
  }

  @Override
  public OptionalInt javaMajor() {
    return OptionalInt.empty();
  }

  @Override
  public boolean subject() {
    return false;
  }

  @Override
  public Command replicate(Path database, Destination to, int port) {
    throw nothing();
  }

  @Override
  public Command replicateAll(
      Path directory, List<Path> databases, Path replicas, Path configuration, int port) {
    throw nothing();
  }

  @Override
  public Command restore(Destination from, Path output) {
    throw nothing();
  }

  @Override
  public String startedMark() {
    throw nothing();
  }

  @Override
  public List<String> readyMarks() {
    throw nothing();
  }

  @Override
  public boolean isLogObject(Path file) {
    return false;
  }

  @Override
  public String kindOf(Path file) {
    return "";
  }

  @Override
  public Duration quiet() {
    return Duration.ZERO;
  }

  @Override
  public OptionalLong requests(Agent agent) {
    return OptionalLong.empty();
  }

  private static UnsupportedOperationException nothing() {
    return new UnsupportedOperationException("there is no agent");
  }
}
