package dev.sidewal.agent;

import dev.sidewal.replica.HistoryObject;
import dev.sidewal.segment.ObjectKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory in which segments that the store has wait on local disk to be packed, and packs for
 * the store.
 *
 * <p>Invariant: a file has the name of a pack only when it is complete; before it is called {@code
 * open-pack-<n>}. It stays until the store has it, verified, and the segments in it are gone from
 * here. So after a crash the same pack is put again, to the byte, and never another one that
 * overlaps it. Nothing here is needed for a restore: whatever is lost here lies in the store. Safe
 * for use by several threads.
 */
final class PackingDirectory {

  private static final Logger LOG = LoggerFactory.getLogger(PackingDirectory.class);
  private static final String OPEN = "open-pack-";

  private final Path path;

  PackingDirectory(Path path) throws IOException {
    this.path = Files.createDirectories(path);
  }

  /** Takes the file of a segment that the store has; empty, and the file is gone, if it cannot. */
  Optional<Spool.Entry> keep(Spool.Entry entry) {
    Path file = path.resolve(fileName(entry.name()));
    try {
      Files.move(entry.file(), file, StandardCopyOption.ATOMIC_MOVE);
      return Optional.of(new Spool.Entry(entry.name(), file, entry.bytes(), entry.image()));
    } catch (IOException e) {
      LOG.debug("{} will not be packed: {}", entry.name(), e.toString());
      remove(entry.file());
      return Optional.empty();
    }
  }

  private static String fileName(HistoryObject name) {
    return name.key().replace('/', '+');
  }

  /** Makes a file for a pack that is being written; no other writer ever has the same. */
  Path newFile() throws IOException {
    // Not a temporary file of the JDK's, which nobody else may read: a store may share the file.
    return Files.createFile(path.resolve(OPEN + UUID.randomUUID()));
  }

  /** Gives a complete pack its name. */
  Spool.Entry complete(Path open, HistoryObject name, long bytes) throws IOException {
    Path file = path.resolve(fileName(name));
    Files.move(open, file, StandardCopyOption.ATOMIC_MOVE);
    return new Spool.Entry(name, file, bytes, false);
  }

  /** Removes a file that is needed here no longer. */
  void remove(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      LOG.debug("removing {} failed: {}", file, e.toString());
    }
  }

  /**
   * Returns the complete packs, then the segments, in the order of the history; removes what is
   * neither.
   */
  List<Spool.Entry> entries() {
    List<Spool.Entry> entries = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(path)) {
      for (Path file : files) {
        Optional<HistoryObject> name =
            HistoryObject.parse(file.getFileName().toString().replace('+', '/'))
                .filter(n -> !n.kind().isImage());
        if (name.isPresent()) {
          entries.add(new Spool.Entry(name.get(), file, Files.size(file), false));
        } else {
          remove(file);
        }
      }
    } catch (IOException | UncheckedIOException e) {
      LOG.warn("{} cannot be read, and what waits there is not packed: {}", path, e.toString());
      return List.of();
    }
    entries.sort(
        Comparator.comparing((Spool.Entry e) -> e.name().kind() != ObjectKind.PACK)
            .thenComparingLong(e -> e.name().generation())
            .thenComparingLong(e -> e.name().firstTxid()));
    return entries;
  }
}
