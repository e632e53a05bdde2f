package dev.sidewal.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Adobe's S3Mock in a JVM of its own, with its objects in a temporary directory. It knows tags and
 * lifecycle rules, checks no signatures, and lets several writers win a race of conditional writes.
 * The jar is put into {@code target/} by the build, which names it in {@code sidewal.s3mock}.
 */
public final class S3MockServer implements S3Server {

  private static final Pattern PORT =
      Pattern.compile("Tomcat started on ports? .*?(\\d+) \\(http\\)");

  private final Process process;
  private final Path directory;
  private final URI endpoint;

  private S3MockServer(Process process, Path directory, URI endpoint) {
    this.process = process;
    this.directory = directory;
    this.endpoint = endpoint;
  }

  /** Starts a server with an empty bucket; takes some seconds. */
  public static S3MockServer start() {
    Path jar = Path.of(System.getProperty("sidewal.s3mock", "target/s3mock/s3mock.jar"));
    if (!Files.exists(jar)) {
      throw new IllegalStateException(
          jar + " is not there: run 'mvn generate-test-resources', which fetches it");
    }
    Process process = null;
    try {
      Path directory = Files.createTempDirectory("sidewal-s3mock-");
      process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx256m",
                  "-XX:+UseSerialGC",
                  "-XX:TieredStopAtLevel=1",
                  "-jar",
                  jar.toAbsolutePath().toString(),
                  "--server.port=0",
                  "--http.port=0",
                  "--com.adobe.testing.s3mock.store.root=" + directory)
              .redirectErrorStream(true)
              .start();
      S3MockServer server =
          new S3MockServer(
              process, directory, URI.create("http://127.0.0.1:" + awaitPort(process)));
      server.createBucket();
      return server;
    } catch (IOException e) {
      if (process != null) {
        process.destroyForcibly();
      }
      throw new UncheckedIOException(e);
    }
  }

  private static int awaitPort(Process process) throws IOException {
    BufferedReader output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    List<String> lines = new ArrayList<>();
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      lines.add(line);
      Matcher port = PORT.matcher(line);
      if (port.find()) {
        Thread drain = new Thread(() -> output.lines().forEach(l -> {}), "s3mock-output");
        drain.setDaemon(true);
        drain.start();
        return Integer.parseInt(port.group(1));
      }
    }
    throw new IOException("S3Mock ended:\n" + String.join("\n", lines));
  }

  @Override
  public URI endpoint() {
    return endpoint;
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
