package dev.sidewal.cli;

import com.github.luben.zstd.util.Native;
import com.github.luben.zstd.util.ZstdVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.sqlite.SQLiteJDBCLoader;
import org.sqlite.util.LibraryLoaderUtil;

/**
 * Where SQLite's and zstd's native libraries come from.
 *
 * <p>Those that lie unpacked in the directory that {@link #DIRECTORY} names are loaded from there;
 * nothing is written then, so that a root file system that is read-only and a temporary directory
 * without execute permission do not matter. The others are unpacked to a directory of this
 * process's own in {@code java.io.tmpdir}, which is removed at the end, also when a signal ends the
 * process. Without it each run that ends by a signal would leave a megabyte in the temporary
 * directory.
 */
final class NativeLibraries {

  /** The system property with the directory of the unpacked libraries; the launcher sets it. */
  static final String DIRECTORY = "sidewal.native.dir";

  private static final String SQLITE = LibraryLoaderUtil.getNativeLibName();

  /** Has the version in it: a library that was left by another version is not found. */
  private static final String ZSTD = System.mapLibraryName("zstd-jni-" + ZstdVersion.VERSION);

  private static final List<String> UNPACKING = List.of("org.sqlite.tmpdir", "ZstdTempFolder");

  private static final List<String> PLACES =
      List.of("org.sqlite.lib.path", "org.sqlite.lib.name", "ZstdNativePath");

  private static volatile Optional<Path> directory = Optional.empty();

  private NativeLibraries() {}

  /** Decides where they come from, unless the libraries themselves are told so. */
  static void locate() {
    if (Stream.concat(UNPACKING.stream(), PLACES.stream())
        .anyMatch(p -> System.getProperty(p) != null)) {
      return;
    }
    Optional<Path> unpacked = Optional.ofNullable(System.getProperty(DIRECTORY)).map(Path::of);
    boolean sqlite = unpacked.filter(d -> Files.isRegularFile(d.resolve(SQLITE))).isPresent();
    boolean zstd = unpacked.filter(d -> Files.isRegularFile(d.resolve(ZSTD))).isPresent();
    if (sqlite) {
      System.setProperty("org.sqlite.lib.path", unpacked.get().toAbsolutePath().toString());
      System.setProperty("org.sqlite.lib.name", SQLITE);
    }
    if (zstd) {
      System.setProperty(
          "ZstdNativePath", unpacked.get().resolve(ZSTD).toAbsolutePath().toString());
    }
    if (!sqlite || !zstd) {
      unpackPrivately();
    }
  }

  private static void unpackPrivately() {
    try {
      Path made = Files.createTempDirectory("sidewal-");
      directory = Optional.of(made);
      UNPACKING.forEach(p -> System.setProperty(p, made.toString()));
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
