package dev.sidewal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The program where it may write nothing but its data: a temporary directory without execute
 * permission and a working directory that is read-only, as in a locked container.
 */
final class NativeLibrariesIT {

  private static final Path JAR = Path.of(System.getProperty("sidewal.jar"));
  private static final Path LAUNCHER = Path.of("deploy/sidewal").toAbsolutePath();

  @TempDir Path dir;
  private Path installation;
  private Path noexec;
  private Path readOnly;

  @BeforeEach
  void mount() throws Exception {
    installation = Files.createDirectories(dir.resolve("opt"));
    Files.copy(JAR, installation.resolve("sidewal.jar"));
    Files.copy(LAUNCHER, installation.resolve("sidewal"));
    Files.setPosixFilePermissions(
        installation.resolve("sidewal"), PosixFilePermissions.fromString("rwxr-xr-x"));
    noexec = tmpfs("noexec", "noexec,size=16m");
    readOnly = tmpfs("read-only", "ro,size=1m");
  }

  private Path tmpfs(String name, String options) throws Exception {
    Path path = Files.createDirectories(dir.resolve(name));
    Assumptions.assumeTrue(
        run(List.of("mount", "-t", "tmpfs", "-o", options, "tmpfs", path.toString()), dir) == 0,
        "skipped: a file system cannot be mounted here; it needs root on Linux");
    return path;
  }

  @AfterEach
  void unmount() throws Exception {
    for (Path path : List.of(dir.resolve("noexec"), dir.resolve("read-only"))) {
      if (Files.exists(path)) {
        run(List.of("umount", "--lazy", path.toString()), dir);
      }
    }
  }

  private int run(List<String> command, Path workingDirectory)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(workingDirectory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(dir.resolve("output").toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("SIDEWAL_JAVA_OPTS", "-Djava.io.tmpdir=" + noexec);
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      return -1; // There is no such program.
    }
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("ended").isTrue();
    } finally {
      process.destroyForcibly();
    }
    return process.exitValue();
  }

  private int sidewal(String... args) throws Exception {
    List<String> command = new ArrayList<>(List.of(installation.resolve("sidewal").toString()));
    command.addAll(List.of(args));
    return run(command, readOnly);
  }

  private String output() throws IOException {
    return Files.readString(dir.resolve("output"));
  }

  /** Unpacks this machine's libraries from the jar as the image's build does. */
  private void unpack() throws IOException {
    Path target = Files.createDirectories(installation.resolve("native"));
    boolean arm = System.getProperty("os.arch").equals("aarch64");
    List<String> directories =
        arm
            ? List.of("org/sqlite/native/Linux/aarch64/", "linux/aarch64/")
            : List.of("org/sqlite/native/Linux/x86_64/", "linux/amd64/");
    try (JarFile jar = new JarFile(JAR.toFile())) {
      for (JarEntry entry : jar.stream().toList()) {
        for (String directory : directories) {
          if (entry.getName().startsWith(directory) && !entry.isDirectory()) {
            try (InputStream in = jar.getInputStream(entry)) {
              Files.copy(in, target.resolve(entry.getName().substring(directory.length())));
            }
          }
        }
      }
    }
  }

  @Test
  void librariesThatLieUnpackedNeedNoTemporaryDirectory() throws Exception {
    TestReplica written = TestReplica.write(dir, 3);
    Path restored = dir.resolve("restored.db");

    // Without them it cannot work here: this is what the test would miss.
    assertThat(sidewal("restore", written.url(), "-o", restored.toString())).isNotZero();
    assertThat(restored).doesNotExist();

    unpack();
    assertThat(sidewal("restore", "--check", "full", written.url(), "-o", restored.toString()))
        .as(output())
        .isZero();
    assertThat(restored).hasBinaryContent(written.state(3));
    // The restored file is in rollback-journal mode or not: --enable-wal serves both.
    assertThat(
            sidewal(
                "replicate",
                "--once",
                "--enable-wal",
                restored.toString(),
                "file:" + dir.resolve("second")))
        .as(output())
        .isZero();
    try (Stream<Path> left = Files.list(noexec)) {
      assertThat(left).isEmpty();
    }
  }
}
