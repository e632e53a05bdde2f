package dev.sidewal.bench.contender;

import dev.sidewal.bench.process.Agent;
import dev.sidewal.bench.process.Command;
import dev.sidewal.bench.process.Output;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Litestream, with the command line and the files of v0.3.13. */
public final class LitestreamContender implements Contender {

  private final String name;
  private final Path program;

  /** Names it, and its binary. */
  public LitestreamContender(String name, Path program) {
    this.name = name;
    this.program = program;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String version() throws IOException, InterruptedException {
    return Output.of(new Command(List.of(program.toString(), "version"), Map.of()));
  }

  @Override
  public boolean replicates() {
    return true;
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
    return command(to, List.of(program.toString(), "replicate", database.toString(), url(to)));
  }

  @Override
  public Command replicateAll(
      Path directory, List<Path> databases, Path replicas, Path configuration, int port)
      throws IOException {
    StringBuilder text = new StringBuilder("dbs:\n");
    for (Path database : databases) {
      text.append("- path: ").append(database).append("\n  replicas:\n  - url: file://");
      text.append(replicas.resolve(directory.relativize(database))).append('\n');
    }
    Files.writeString(configuration, text);
    return new Command(
        List.of(program.toString(), "replicate", "-config", configuration.toString()), Map.of());
  }

  @Override
  public Command restore(Destination from, Path output) {
    return command(
        from, List.of(program.toString(), "restore", "-o", output.toString(), url(from)));
  }

  private static Command command(Destination place, List<String> words) {
    Map<String, String> environment = new HashMap<>();
    place.s3().ifPresent(server -> environment.putAll(server.environment()));
    return new Command(words, environment);
  }

  /** It knows a store of one's own by a host name of this form. */
  private static String url(Destination place) {
    return place
        .s3()
        .map(
            server ->
                "s3://%s.localhost:%d/%s"
                    .formatted(server.bucket(), server.endpoint().getPort(), place.prefix()))
        .orElseGet(() -> "file://" + place.directory());
  }

  @Override
  public String startedMark() {
    return "replicating to";
  }

  @Override
  public List<String> readyMarks() {
    return List.of("snapshot written", "wal segment written");
  }

  @Override
  public boolean isLogObject(Path file) {
    return kindOf(file).equals("segment");
  }

  @Override
  public String kindOf(Path file) {
    String text = file.getFileName().toString();
    if (text.endsWith(".snapshot.lz4")) {
      return "snapshot";
    }
    return text.endsWith(".wal.lz4") ? "segment" : "";
  }

  @Override
  public Duration quiet() {
    return Duration.ofSeconds(45); // It checkpoints and copies in long steps.
  }

  @Override
  public OptionalLong requests(Agent agent) {
    return OptionalLong.empty();
  }
}
