package dev.sidewal.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/**
 * The database that is examined, by its names.
 *
 * @param named as it was given
 * @param real with symbolic links followed, as SQLite does; {@code named} where there is no file
 */
public record Subject(Path named, Path real) {

  /** Checks for nulls. */
  public Subject {
    Objects.requireNonNull(named, "named");
    Objects.requireNonNull(real, "real");
  }

  /** Finds out where a path leads. */
  public static Subject of(Path named) {
    Path absolute = named.toAbsolutePath().normalize();
    try {
      return new Subject(absolute, absolute.toRealPath());
    } catch (IOException e) {
      return new Subject(absolute, absolute);
    }
  }

  /** Returns whether there is a file. */
  public boolean exists() {
    return Files.isRegularFile(real);
  }

  /** Returns the log. */
  public Path log() {
    return beside("-wal");
  }

  /** Returns the shared memory of the log's index. */
  public Path shm() {
    return beside("-shm");
  }

  /** Returns the rollback journal. */
  public Path journal() {
    return beside("-journal");
  }

  /** Returns the directory that holds it. */
  public Path directory() {
    return real.getParent();
  }

  /** Returns a file's length; 0 if it is not there. */
  static long length(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      return 0;
    }
  }

  private Path beside(String suffix) {
    return real.resolveSibling(real.getFileName() + suffix);
  }
}
