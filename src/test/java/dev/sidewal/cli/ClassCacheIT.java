package dev.sidewal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a start loads, with and without the cache of classes, and that a cache can do no harm. */
final class ClassCacheIT {

  private static final Path JAR = Path.of(System.getProperty("sidewal.jar"));
  private static final String COMMAND_LINE = "picocli.CommandLine ";

  @TempDir Path dir;
  private Path lib;
  private Path loaded;

  /** What came of a process. */
  private record Exit(int code, String out, String err) {}

  @BeforeEach
  void install() throws IOException {
    lib = Files.createDirectories(dir.resolve("lib"));
    loaded = dir.resolve("loaded");
    Files.copy(JAR, lib.resolve("sidewal.jar"));
    Path launcher = Files.copy(Path.of("deploy/sidewal"), lib.resolve("sidewal"));
    Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Exit sidewal(String... args) throws Exception {
    List<String> command = new ArrayList<>(List.of(lib.resolve("sidewal").toString()));
    command.addAll(List.of(args));
    Path out = dir.resolve("out");
    Path err = dir.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().keySet().removeIf(name -> name.matches("SIDEWAL_.*|HOME|XDG_.*"));
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("SIDEWAL_JAVA_OPTS", "-Xlog:class+load:file=" + loaded);
    Process process = builder.start();
    try {
      assertThat(process.waitFor(120, TimeUnit.SECONDS)).as("ended").isTrue();
    } finally {
      process.destroyForcibly();
    }
    return new Exit(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  private void assertStarts(boolean fromCache) throws Exception {
    assertThat(sidewal("--version")).isEqualTo(new Exit(0, "sidewal 0.1.0\n", ""));
    try (Stream<String> lines = Files.lines(loaded)) {
      assertThat(lines.filter(line -> line.contains(COMMAND_LINE)))
          .hasSize(1)
          .allMatch(line -> line.contains("shared objects file") == fromCache);
    }
  }

  private List<String> caches() throws IOException {
    try (Stream<Path> files = Files.list(lib)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> !name.equals("sidewal") && !name.equals("sidewal.jar"))
          .sorted()
          .toList();
    }
  }

  @Test
  void aCacheIsUsedWithItsOwnJarOnly() throws Exception {
    assertStarts(false);
    assertThat(sidewal("--make-cache")).isEqualTo(new Exit(0, "", ""));
    String name = Runtime.version().feature() >= 25 ? "sidewal.aot" : "sidewal.jsa";
    assertThat(caches()).containsExactly(name);
    assertStarts(true);

    // Another jar: of the same size even, which only its time tells apart.
    Files.setLastModifiedTime(
        lib.resolve("sidewal.jar"), FileTime.from(Instant.parse("2026-01-01T00:00:00Z")));
    assertStarts(false);
    assertThat(sidewal("--make-cache").code()).isZero();
    assertStarts(true);

    Files.delete(lib.resolve(name));
    Files.writeString(lib.resolve(name), "no cache at all");
    assertStarts(false);
  }

  @Test
  void whereItCannotBeMadeNothingChanges() throws Exception {
    // A directory in the place of the file; root may write to every other place.
    for (String name : List.of("sidewal.aot", "sidewal.jsa")) {
      Files.createDirectory(lib.resolve(name));
    }
    assertThat(sidewal("--make-cache").code()).isNotZero();
    assertThat(caches()).containsExactly("sidewal.aot", "sidewal.jsa");
    assertThat(sidewal("--version").out()).isEqualTo("sidewal 0.1.0\n");
  }

  /** The SDK's classes alone take longer to load than a small restore. */
  @Test
  void aDirectoryAsReplicaLoadsNothingOfAws() throws Exception {
    TestReplica written = TestReplica.write(dir, 3);
    String output = dir.resolve("restored.db").toString();
    for (String[] command :
        List.of(
            new String[] {"restore", written.url(), "-o", output},
            new String[] {"info", written.url()},
            new String[] {
              "replicate", "--once", "--enable-wal", output, "file:" + dir.resolve("second")
            })) {
      Exit exit = sidewal(command);
      assertThat(exit.code()).as(exit.err()).isZero();
      String classes = Files.readString(loaded);
      assertThat(classes).contains("dev.sidewal.cli.Main");
      assertThat(classes.lines().filter(line -> line.contains("software.amazon"))).isEmpty();
      assertThat(classes.lines().filter(line -> line.contains("jackson.databind")))
          .as("Jackson's binding, in %s", command[0])
          .hasSizeLessThan(command[0].equals("replicate") ? Integer.MAX_VALUE : 1);
    }
  }
}
