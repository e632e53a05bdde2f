package dev.sidewal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program as it is shipped: the jar and the launcher, as processes of their own. */
final class JarIT {

  private static final Path JAR = Path.of(System.getProperty("sidewal.jar"));
  private static final Path LAUNCHER = Path.of("deploy/sidewal").toAbsolutePath();
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path dir;
  private TestReplica replica;

  /** What came of a process. */
  private record Exit(int code, String out, String err) {}

  @BeforeEach
  void write() throws IOException, SQLException {
    replica = TestReplica.write(dir, 3);
  }

  private Exit java(String... args) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx128m", "-jar", JAR.toString()));
    command.addAll(List.of(args));
    return run(command, Map.of());
  }

  private Exit run(List<String> command, Map<String, String> environment)
      throws IOException, InterruptedException {
    Path out = Files.createTempFile(dir, "out", "");
    Path err = Files.createTempFile(dir, "err", "");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(dir.toFile())
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("AWS_"));
    builder.environment().put("AWS_ACCESS_KEY_ID", "x");
    builder.environment().put("AWS_SECRET_ACCESS_KEY", "y");
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    builder.environment().putAll(environment);
    Process process = builder.start();
    try {
      assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).as("ended").isTrue();
    } finally {
      process.destroyForcibly();
    }
    return new Exit(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  private static void assertFailed(Exit exit, int code) {
    assertThat(exit.err()).startsWith("error: ").doesNotContain("\tat ", "WARNING", "SLF4J");
    assertThat(exit.err().lines().filter(line -> line.startsWith("error: "))).hasSize(1);
    assertThat(exit.out()).isEmpty();
    assertThat(exit.code()).as(exit.err()).isEqualTo(code);
  }

  @Test
  void versionComesFromTheJar() throws Exception {
    Exit exit = java("--version");
    assertThat(exit).isEqualTo(new Exit(0, "sidewal 0.1.0\n", ""));
  }

  @Test
  void failuresEndWithTheirCode() throws Exception {
    String output = dir.resolve("r.db").toString();
    assertFailed(java("restore", "nonsense", "-o", output), 2);
    assertFailed(java("restore", "file:" + dir.resolve("nothing"), "-o", output), 3);
    assertFailed(
        java("restore", "--if-replica-exists", RestoreCommandTest.unreachable(), "-o", output), 4);
    Files.writeString(Path.of(output), "mine");
    assertFailed(java("restore", replica.url(), "-o", output), 7);
    Files.delete(replica.object(2));
    assertFailed(java("restore", replica.url(), "-o", dir.resolve("s.db").toString()), 5);
  }

  @Test
  void aStoreThatRefusesIsNoEmptyStore() throws Exception {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          byte[] body =
              "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
                  .getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(403, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    try {
      String url =
          "s3://bucket/app?region=us-east-1&endpoint=http://127.0.0.1:"
              + server.getAddress().getPort();
      assertFailed(java("restore", "--if-replica-exists", url, "-o", "r.db"), 4);
      assertFailed(java("info", url), 4);
    } finally {
      server.stop(0);
    }
  }

  @Test
  void restoresThroughTheLauncher() throws Exception {
    Path output = dir.resolve("restored.db");
    Exit exit =
        launcher(LAUNCHER, Map.of(), "restore", "--json", "-o", output.toString(), replica.url());
    assertThat(exit.err()).isEmpty();
    assertThat(exit.code()).isZero();
    assertThat(new ObjectMapper().readTree(exit.out()).get("txid").longValue()).isEqualTo(3);
    assertThat(output).hasBinaryContent(replica.state(3));
  }

  @Test
  void theLauncherFindsTheJarThroughLinksAndBesideItself() throws Exception {
    Path bin = Files.createDirectories(dir.resolve("with space/bin"));
    Path lib = Files.createDirectories(dir.resolve("with space/lib"));
    Files.copy(JAR, lib.resolve("sidewal.jar"));
    Path copy = Files.copy(LAUNCHER, bin.resolve("sidewal"));
    Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path second =
        Files.createSymbolicLink(dir.resolve("second"), Path.of("with space/bin/sidewal"));
    Path first = Files.createSymbolicLink(dir.resolve("first"), Path.of("second"));
    Exit expected = new Exit(0, "sidewal 0.1.0\n", "");
    for (Path launcher : List.of(LAUNCHER, copy, second, first)) {
      assertThat(launcher(launcher, Map.of(), "--version")).as("%s", launcher).isEqualTo(expected);
    }
  }

  /** Containers and cron have no locale; the file's name is UTF-8 all the same. */
  @Test
  void theLauncherTakesNamesBeyondAsciiWithoutALocale() throws Exception {
    for (Map<String, String> locale :
        List.of(Map.of("LC_ALL", "C"), Map.of("LC_ALL", "", "LC_CTYPE", "", "LANG", "POSIX"))) {
      // The shell makes the name and looks for it, since this JVM's own locale may be C, too.
      Exit exit =
          run(
              List.of(
                  "sh",
                  "-c",
                  "f=$(printf '\\303\\274.db') && \"$1\" restore \"$2\" -o \"$f\" && rm \"$f\"",
                  "sh",
                  LAUNCHER.toString(),
                  replica.url()),
              locale);
      assertThat(exit.err()).isEmpty();
      assertThat(exit.code()).isZero();
    }
  }

  @Test
  void theLauncherTellsWhatIsMissing() throws Exception {
    Exit noJava = launcher(LAUNCHER, Map.of("JAVA_HOME", dir.toString()), "--version");
    assertFailed(noJava, 2);
    assertThat(noJava.err()).contains("JAVA_HOME is " + dir);
    Path old = Files.createDirectories(dir.resolve("old/bin"));
    Path java = Files.createFile(old.resolve("java"));
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.writeString(dir.resolve("old/release"), "JAVA_VERSION=\"11.0.2\"\n");
    Exit tooOld =
        launcher(LAUNCHER, Map.of("JAVA_HOME", dir.resolve("old").toString()), "--version");
    assertFailed(tooOld, 2);
    assertThat(tooOld.err()).contains("Java 17 or newer");
    Path alone = Files.copy(LAUNCHER, dir.resolve("sidewal"));
    Files.setPosixFilePermissions(alone, PosixFilePermissions.fromString("rwxr-xr-x"));
    Exit noJar = launcher(alone, Map.of(), "--version");
    assertFailed(noJar, 2);
    assertThat(noJar.err()).contains("sidewal.jar is neither in");
  }

  @Test
  void theJarHasTheNativeLibrariesOfTheNamedPlatformsOnly() throws IOException {
    try (JarFile jar = new JarFile(JAR.toFile())) {
      List<String> names =
          jar.stream()
              .map(entry -> entry.getName())
              .filter(name -> name.matches(".*\\.(so|dylib|dll)"))
              .map(name -> name.replaceFirst("-\\d.*\\.(so|dylib|dll)$", ".$1"))
              .toList();
      assertThat(names)
          .containsExactlyInAnyOrder(
              "org/sqlite/native/Linux/x86_64/libsqlitejdbc.so",
              "org/sqlite/native/Linux/aarch64/libsqlitejdbc.so",
              "org/sqlite/native/Linux-Musl/x86_64/libsqlitejdbc.so",
              "org/sqlite/native/Linux-Musl/aarch64/libsqlitejdbc.so",
              "org/sqlite/native/Mac/x86_64/libsqlitejdbc.dylib",
              "org/sqlite/native/Mac/aarch64/libsqlitejdbc.dylib",
              "org/sqlite/native/Windows/x86_64/sqlitejdbc.dll",
              "linux/amd64/libzstd-jni.so",
              "linux/aarch64/libzstd-jni.so",
              "darwin/x86_64/libzstd-jni.dylib",
              "darwin/aarch64/libzstd-jni.dylib",
              "win/amd64/libzstd-jni.dll");
      Set<String> services =
          Set.of(
              "META-INF/services/java.sql.Driver",
              "META-INF/services/software.amazon.awssdk.http.SdkHttpService");
      for (String service : services) {
        assertThat(jar.getEntry(service)).as(service).isNotNull();
      }
    }
  }

  private Exit launcher(Path launcher, Map<String, String> environment, String... args)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(launcher.toString()));
    command.addAll(List.of(args));
    return run(command, environment);
  }
}
