package dev.sidewal.cli;

import com.github.luben.zstd.util.Native;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.sqlite.SQLiteJDBCLoader;

/**
 * Where SQLite's and zstd's native libraries are unpacked: a directory of this process's own in
 * {@code java.io.tmpdir}, which is removed at the end, also when a signal ends the process. Without
 * it each run that ends by a signal would leave a megabyte in the temporary directory.
 */
final class NativeLibraries {

  private static final List<String> PROPERTIES = List.of("org.sqlite.tmpdir", "ZstdTempFolder");

  private static volatile Optional<Path> directory = Optional.empty();

  private NativeLibraries() {}

  /** Makes the directory, unless the libraries are told to be somewhere else. */
  static void unpackPrivately() {
    if (PROPERTIES.stream().anyMatch(p -> System.getProperty(p) != null)) {
      return;
    }
    try {
      Path made = Files.createTempDirectory("sidewal-");
      directory = Optional.of(made);
      PROPERTIES.forEach(p -> System.setProperty(p, made.toString()));
      Runtime.getRuntime()
          .addShutdownHook(new Thread(NativeLibraries::remove, "sidewal native libraries"));
    } catch (IOException e) {
      // Not every command needs a library; the one that does says what is wrong with the directory.
      directory = Optional.empty();
    }
  }

  /**
   * Loads them now and removes the directory, where files can be removed so. A command that goes on
   * working while the process is being ended needs that, and one that is killed leaves nothing.
   */
  static void load() {
    Native.load();
    try {
      SQLiteJDBCLoader.initialize();
    } catch (Exception e) {
      throw new IllegalStateException("Cannot load SQLite: " + e.getMessage(), e);
    }
    remove();
  }

  /** Removes what was unpacked; libraries that are loaded go on working where files can be so. */
  static void remove() {
    Optional<Path> made = directory;
    if (made.isEmpty()) {
      return;
    }
    try (Stream<Path> files = Files.list(made.get())) {
      for (Path file : files.toList()) {
        Files.deleteIfExists(file);
      }
      Files.deleteIfExists(made.get());
    } catch (IOException | UncheckedIOException e) {
      // Windows keeps a loaded library; there is nobody left to tell.
      directory = Optional.empty();
    }
  }
}
