package dev.sidewal.bench.contender;

import dev.sidewal.bench.process.Agent;
import dev.sidewal.bench.process.Command;
import dev.sidewal.bench.process.Output;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sidewal, by its launcher. */
public final class SidewalContender implements Contender {

  private static final Pattern VERSION = Pattern.compile("version \"(\\d+)");

  private final String name;
  private final Path launcher;
  private final Map<String, String> environment;
  private final int major;

  private SidewalContender(String name, Path launcher, Map<String, String> environment, int major) {
    this.name = name;
    this.launcher = launcher;
    this.environment = environment;
    this.major = major;
  }

  /**
   * Describes it.
   *
   * @param java the home of the Java to run it with, else what the launcher finds by itself
   * @param options more options for that JVM
   */
  public static SidewalContender of(String name, Path launcher, Optional<Path> java, String options)
      throws IOException, InterruptedException {
    Map<String, String> environment = new HashMap<>();
    java.ifPresent(home -> environment.put("JAVA_HOME", home.toString()));
    environment.put("SIDEWAL_JAVA_OPTS", options);
    return new SidewalContender(name, launcher, environment, major(java));
  }

  /** Returns the major version of a Java. */
  public static int major(Optional<Path> java) throws IOException, InterruptedException {
    String program =
        java.or(() -> Optional.ofNullable(System.getenv("JAVA_HOME")).map(Path::of))
            .map(home -> home.resolve("bin/java").toString())
            .orElse("java");
    String text = Output.of(new Command(List.of(program, "-version"), Map.of()));
    Matcher version = VERSION.matcher(text);
    if (!version.find()) {
      throw new IOException(program + " does not say its version: " + text);
    }
    return Integer.parseInt(version.group(1));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String version() throws IOException, InterruptedException {
    return Output.of(command("--version")).strip() + ", Java " + major + ", " + launcher;
  }

  @Override
  public boolean replicates() {
    return true;
  }

  @Override
  public OptionalInt javaMajor() {
    return OptionalInt.of(major);
  }

  @Override
  public boolean subject() {
    return true;
  }

  @Override
  public Command replicate(Path database, Destination to, int port) {
    Command command =
        command("replicate", "--listen", "127.0.0.1:" + port, database.toString(), url(to));
    to.s3().ifPresent(server -> command.environment().putAll(server.environment()));
    return command;
  }

  @Override
  public Command replicateAll(
      Path directory, List<Path> databases, Path replicas, Path configuration, int port)
      throws IOException {
    Files.writeString(
        configuration,
        String.join(
            "\n",
            "listen: 127.0.0.1:" + port,
            "databases:",
            "- directory: " + directory,
            "  url: file:" + replicas,
            ""));
    return command("replicate", "--config", configuration.toString());
  }

  @Override
  public Command restore(Destination from, Path output) {
    Command command = command("restore", url(from), "-o", output.toString());
    from.s3().ifPresent(server -> command.environment().putAll(server.environment()));
    return command;
  }

  private static String url(Destination destination) {
    return destination
        .s3()
        .map(server -> server.url(destination.prefix()).toString())
        .orElseGet(() -> "file:" + destination.directory());
  }

  private Command command(String... arguments) {
    return new Command(
        java.util.stream.Stream.concat(
                java.util.stream.Stream.of(launcher.toString()), java.util.Arrays.stream(arguments))
            .toList(),
        new HashMap<>(environment));
  }

  @Override
  public String startedMark() {
    return ": attached";
  }

  @Override
  public List<String> readyMarks() {
    return List.of("following from transaction", " is in the store (");
  }

  @Override
  public boolean isLogObject(Path file) {
    return kindOf(file).equals("segment");
  }

  @Override
  public String kindOf(Path file) {
    String text = file.getFileName().toString();
    for (String kind : List.of("segment", "pack", "snapshot", "delta")) {
      if (text.endsWith("." + kind) && !file.toString().contains("/.tmp~/")) {
        return kind;
      }
    }
    return text.equals("generation.json") ? "generation" : "";
  }

  @Override
  public Duration quiet() {
    return Duration.ofSeconds(4); // A segment goes at least once a second while there is any.
  }

  @Override
  public OptionalLong requests(Agent agent) throws IOException, InterruptedException {
    HttpResponse<String> page =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + agent.port() + "/metrics"))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    return OptionalLong.of(
        (long)
            page.body()
                .lines()
                .filter(line -> line.startsWith("sidewal_store_request_seconds_count"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum());
  }
}
