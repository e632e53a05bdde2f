package dev.sidewal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the launcher tells the JVM; in its place stands a program that prints its arguments. */
final class LauncherTest {

  @TempDir Path dir;
  private Path launcher;

  @BeforeEach
  void install() throws IOException {
    Assumptions.assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "skipped: there is no /bin/sh");
    launcher = Files.copy(Path.of("deploy/sidewal"), dir.resolve("sidewal"));
    Files.createFile(dir.resolve("sidewal.jar"));
    Path java = Files.createDirectories(dir.resolve("java/bin")).resolve("java");
    Files.writeString(java, "#!/bin/sh\nprintf '%s\\n' \"$@\"\n");
    for (Path program : List.of(launcher, java)) {
      Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    version("25.0.1");
  }

  private void version(String version) throws IOException {
    Files.writeString(dir.resolve("java/release"), "JAVA_VERSION=\"" + version + "\"\n");
  }

  private List<String> run(Map<String, String> environment, String... args) throws Exception {
    List<String> command = new ArrayList<>(List.of(launcher.toString()));
    command.addAll(List.of(args));
    Path output = dir.resolve("output");
    ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(output.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("SIDEWAL_"));
    builder.environment().put("JAVA_HOME", dir.resolve("java").toString());
    builder.environment().putAll(environment);
    Process process = builder.start();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("ended").isTrue();
    assertThat(process.exitValue()).isZero();
    return Files.readAllLines(output);
  }

  @ParameterizedTest
  @CsvSource({
    "64, 20, 32, -XX:TieredStopAtLevel=1",
    "96, 36, 32, -XX:TieredStopAtLevel=1",
    "128, 64, 64, -XX:+TieredCompilation",
    "200, 100, 64, -XX:+TieredCompilation",
    "256, 128, 64, -XX:+TieredCompilation",
    "4096, 128, 64, -XX:+TieredCompilation",
  })
  void theHeapFitsTheLimit(String limit, int heap, int code, String compiler) throws Exception {
    assertThat(run(Map.of("SIDEWAL_MEMORY", limit), "verify", "a", "b"))
        .contains("-Xmx" + heap + "m", "-XX:ReservedCodeCacheSize=" + code + "m", compiler)
        .endsWith("-jar", dir.toRealPath().resolve("sidewal.jar").toString(), "verify", "a", "b");
  }

  /** It would compile for seconds in the midst of the application's first burst. */
  @Test
  void agentAndRestoreDoWithoutTheOptimisingCompiler() throws Exception {
    assertThat(run(Map.of(), "replicate", "a", "b")).contains("-XX:TieredStopAtLevel=1", "-Xms8m");
    assertThat(run(Map.of(), "restore", "a")).contains("-XX:TieredStopAtLevel=1", "-Xms64m");
    assertThat(run(Map.of(), "verify", "a")).contains("-XX:+TieredCompilation");
  }

  @Test
  void whatTheUserSaysComesLast() throws Exception {
    List<String> arguments = run(Map.of("SIDEWAL_JAVA_OPTS", "-Xmx99m -Da=b"), "info", "a b");
    assertThat(arguments).containsSubsequence("-Xmx99m", "-Da=b", "-jar", "info", "a b");
    assertThat(arguments.stream().filter(a -> a.startsWith("-Xmx")).toList())
        .hasSize(2)
        .endsWith("-Xmx99m");
  }

  /** The JVM's own exit code for that is 3, which would say that there is no backup. */
  @Test
  void outOfHeapIsNoAnswer() throws Exception {
    assertThat(run(Map.of(), "restore", "x"))
        .containsSubsequence("-XX:OnOutOfMemoryError=kill -KILL %p", "-XX:+ExitOnOutOfMemoryError");
  }

  @Test
  void whatLiesBesideTheJarIsUsed() throws Exception {
    Path cache = dir.toRealPath().resolve("sidewal.aot");
    Path libraries = dir.toRealPath().resolve("native");
    assertThat(run(Map.of(), "info")).noneMatch(a -> a.matches(".*(AOT|native\\.dir|Archive).*"));
    Files.createFile(cache);
    Files.createDirectory(libraries);
    assertThat(run(Map.of(), "info"))
        .contains("-XX:AOTCache=" + cache, "-Dsidewal.native.dir=" + libraries);
    version("21.0.2"); // knows no AOT cache
    assertThat(run(Map.of(), "info"))
        .contains("-Dsidewal.native.dir=" + libraries)
        .noneMatch(a -> a.contains("AOT") || a.contains("SharedArchiveFile"));
    Path archive = Files.createFile(cache.resolveSibling("sidewal.jsa"));
    assertThat(run(Map.of(), "info")).contains("-XX:SharedArchiveFile=" + archive);
  }

  /** The JVM refuses to start with two of them. */
  @Test
  void theUsersOwnCacheIsTheOnlyOne() throws Exception {
    Files.createFile(dir.resolve("sidewal.aot"));
    for (String option :
        List.of(
            "-XX:AOTCache=/x",
            "-XX:AOTCacheOutput=/x",
            "-XX:SharedArchiveFile=/x",
            "-Xshare:off")) {
      assertThat(run(Map.of("SIDEWAL_JAVA_OPTS", option), "info"))
          .contains(option)
          .noneMatch(a -> a.contains("sidewal.aot"));
    }
  }
}
