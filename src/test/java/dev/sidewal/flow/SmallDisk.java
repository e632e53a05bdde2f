package dev.sidewal.flow;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** A file system in memory that is soon full. Closing unmounts it. */
final class SmallDisk implements AutoCloseable {

  private static final int CHUNK = 1 << 16;

  private final Path path;

  private SmallDisk(Path path) {
    this.path = path;
  }

  /** Mounts one; skips the test, saying so, where that is not allowed. */
  static SmallDisk mount(Path directory, int megabytes) throws Exception {
    Path path = Files.createDirectories(directory);
    Assumptions.assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=" + megabytes + "m", "tmpfs", path.toString()),
        "skipped: a small file system cannot be mounted here; it needs root on Linux");
    return new SmallDisk(path);
  }

  Path path() {
    return path;
  }

  /** Takes all the room that there is now. */
  void fill() throws IOException {
    try (OutputStream ballast =
        Files.newOutputStream(
            path.resolve("ballast"), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      byte[] bytes = new byte[CHUNK];
      while (true) {
        ballast.write(bytes);
      }
    } catch (IOException e) {
      if (!e.getMessage().contains("No space left")) {
        throw e;
      }
    }
  }

  /** Gives the room back that {@link #fill} took. */
  void empty() throws IOException {
    Files.delete(path.resolve("ballast"));
  }

  private static boolean run(String... command) throws InterruptedException {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException e) {
      return false; // There is no such program.
    }
  }

  @Override
  public void close() {
    try {
      if (!run("umount", path.toString())) {
        run("umount", "--lazy", path.toString());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
