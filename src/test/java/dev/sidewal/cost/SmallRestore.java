package dev.sidewal.cost;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.cli.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A restore by the command line in a JVM with a small heap. */
final class SmallRestore {

  private static final int HEADER = 100;

  private SmallRestore() {}

  /** Restores the latest state and compares it, page by page, with what it must be. */
  static void run(SimulatedAgent agent, int heapMegabytes, Path expected, Path directory)
      throws IOException, InterruptedException {
    Path output = directory.resolve("restored.db");
    Files.deleteIfExists(output);
    Path log = directory.resolve("restore.log");
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heapMegabytes + "m",
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "restore",
                agent.url(),
                "-o",
                output.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().putAll(agent.environment());
    Process process = builder.start();
    try {
      assertThat(process.waitFor(10, TimeUnit.MINUTES)).as("the restore ends").isTrue();
      assertThat(process.exitValue()).as(Files.readString(log)).isZero();
    } finally {
      process.destroyForcibly();
    }
    byte[] restored = Files.readAllBytes(output);
    byte[] wanted = Files.readAllBytes(expected);
    assertThat(restored.length).isEqualTo(wanted.length);
    // The header has counters that a copy by SQLite changes.
    for (int i = HEADER; i < wanted.length; i++) {
      if (restored[i] != wanted[i]) {
        throw new AssertionError("the restored file differs at byte " + i);
      }
    }
    System.out.printf(
        "restored %.1f MB with a heap of %d MiB%n", wanted.length / 1e6, heapMegabytes);
  }
}
