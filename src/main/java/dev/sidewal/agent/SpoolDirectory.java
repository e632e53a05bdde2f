package dev.sidewal.agent;

import dev.sidewal.fault.CrashPoint;
import dev.sidewal.replica.HistoryObject;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The directory in which history objects wait for the store.
 *
 * <p>Invariant: a file has the name of a history object only when it is complete; before it is
 * called {@code open-<n>}. Not safe for use by several threads.
 */
final class SpoolDirectory {

  private static final String OPEN = "open-";

  private final Path path;
  private long opened;

  SpoolDirectory(Path path) throws IOException {
    this.path = Files.createDirectories(path);
  }

  /** Returns whether the directory is still there. */
  boolean exists() {
    return Files.isDirectory(path);
  }

  /** Returns a new name for an object that is being written. */
  Path newFile() {
    return path.resolve(OPEN + ++opened);
  }

  /** Gives a complete object its name. */
  Spool.Entry complete(Path open, HistoryObject name, long bytes, boolean image)
      throws IOException {
    CrashPoint.SEAL_BEFORE.reached();
    Path file = path.resolve(name.key().replace('/', '+'));
    Files.move(open, file, StandardCopyOption.ATOMIC_MOVE);
    CrashPoint.STATE_BEFORE.reached();
    return new Spool.Entry(name, file, bytes, image);
  }

  /** Removes what an earlier run had not completed. */
  void removeOpen() throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(path, OPEN + "*")) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    }
  }

  /** Returns the complete objects in the order of the history. */
  List<Spool.Entry> entries() throws IOException {
    List<Spool.Entry> entries = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(path)) {
      for (Path file : files) {
        Optional<HistoryObject> name =
            HistoryObject.parse(file.getFileName().toString().replace('+', '/'));
        if (name.isPresent()) {
          entries.add(new Spool.Entry(name.get(), file, Files.size(file), false));
        }
      }
    }
    entries.sort(
        Comparator.<Spool.Entry>comparingLong(e -> e.name().generation())
            .thenComparingLong(e -> e.name().lastTxid()));
    return entries;
  }
}
