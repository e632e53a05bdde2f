package dev.sidewal.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory in which images are written and the last snapshot's hashes are kept.
 *
 * <p>Invariant: {@code first} is there, with the generation's number in it, from before the state
 * names a transaction of a generation that begins with a snapshot, until the store has that
 * snapshot. As long as it is there nothing of that generation can be restored, so nothing builds on
 * it. Not safe for use by several threads.
 */
final class ImageDirectory {

  private static final Logger LOG = LoggerFactory.getLogger(ImageDirectory.class);
  private static final String FIRST = "first";
  private static final String WORK = "work-";
  private static final String TABLES = "base-*.hash";

  private final Path path;
  private long works;
  private long lastTable;

  ImageDirectory(Path path) throws IOException {
    this.path = Files.createDirectories(path);
    removeWork();
    try (DirectoryStream<Path> tables = Files.newDirectoryStream(path, TABLES)) {
      for (Path table : tables) {
        String name = table.getFileName().toString();
        String digits = name.substring("base-".length(), name.length() - ".hash".length());
        lastTable = Math.max(lastTable, Long.parseLong(digits));
      }
    } catch (NumberFormatException e) {
      LOG.debug("a foreign file in {}: {}", path, e.getMessage());
    }
  }

  Path path() {
    return path;
  }

  /** Makes an empty directory for one image. */
  Path newWork() throws IOException {
    return Files.createDirectory(path.resolve(WORK + ++works));
  }

  /** Removes what was written for images. */
  void removeWork() {
    try (DirectoryStream<Path> all = Files.newDirectoryStream(path, WORK + "*")) {
      for (Path work : all) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(work)) {
          for (Path file : files) {
            Files.deleteIfExists(file);
          }
        }
        Files.deleteIfExists(work);
      }
    } catch (IOException | UncheckedIOException e) {
      LOG.debug("removing work files of images: {}", e.toString());
    }
  }

  /** Returns the name of a new table of hashes. */
  Path newTable() {
    return SnapshotBase.table(path, ++lastTable);
  }

  /** Returns the number of the table that was made last. */
  long lastTable() {
    return lastTable;
  }

  /** Removes the table that was made last, which is of use to nobody. */
  void removeLastTable() {
    try {
      Files.deleteIfExists(SnapshotBase.table(path, lastTable));
    } catch (IOException e) {
      LOG.debug("removing a table of hashes: {}", e.toString());
    }
  }

  /** Removes all tables but one. */
  void removeOtherTables(long number) throws IOException {
    try (DirectoryStream<Path> tables = Files.newDirectoryStream(path, TABLES)) {
      for (Path table : tables) {
        if (!table.equals(SnapshotBase.table(path, number))) {
          Files.deleteIfExists(table);
        }
      }
    }
  }

  /** Opens what is known of the last snapshot. */
  Optional<SnapshotBase> base(UUID replicaId, int pageSize) {
    try {
      return SnapshotBase.open(path, replicaId, pageSize);
    } catch (IOException | UncheckedIOException e) {
      LOG.warn(
          "what is known of the last snapshot cannot be read; there are no deltas until the next"
              + " one: {}",
          e.toString());
      return Optional.empty();
    }
  }

  /** A generation begins, whose first snapshot the store does not have. */
  void firstIsMissing(long generation) throws IOException {
    SnapshotBase.forget(path);
    Files.writeString(path.resolve(FIRST), Long.toString(generation));
  }

  /** The store has the first snapshot. */
  void firstIsThere() throws IOException {
    Files.deleteIfExists(path.resolve(FIRST));
  }

  /** Returns the generation whose first snapshot the store does not have. */
  Optional<Long> missingFirst() throws IOException {
    try {
      return Optional.of(Long.parseLong(Files.readString(path.resolve(FIRST)).trim()));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (NumberFormatException e) {
      // Cut off when the machine lost power: whichever it was, nothing is built on it.
      return Optional.of(Long.MAX_VALUE);
    }
  }
}
