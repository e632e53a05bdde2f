package dev.sidewal.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.util.Optional;
import java.util.Set;

/**
 * What a new file in a store's directory has besides its bytes: the file system, its mode, and the
 * owner and group that the directory gives it. A file that becomes an object by a second name keeps
 * its own, and whoever reads the replica would find objects that only the agent may read. Safe for
 * use by several threads.
 */
final class NewFileRights {

  private record Rights(
      Object device,
      UserPrincipal owner,
      GroupPrincipal group,
      Set<PosixFilePermission> permissions) {
    static Rights of(Path file) throws IOException {
      PosixFileAttributes a = Files.readAttributes(file, PosixFileAttributes.class);
      return new Rights(
          Files.getAttribute(file, "unix:dev"), a.owner(), a.group(), a.permissions());
    }
  }

  private final TemporaryFiles temporaries;
  private Optional<Rights> ofNewFiles = Optional.empty();

  NewFileRights(TemporaryFiles temporaries) {
    this.temporaries = temporaries;
  }

  /** Returns whether a file lies where a new one in the store would, with the same rights. */
  synchronized boolean areThoseOfNewFiles(Path file) throws IOException {
    try {
      if (ofNewFiles.isEmpty()) {
        Path probe = temporaries.create();
        try {
          ofNewFiles = Optional.of(Rights.of(probe));
        } finally {
          Files.deleteIfExists(probe);
        }
      }
      return ofNewFiles.get().equals(Rights.of(file));
    } catch (UnsupportedOperationException e) {
      // No such rights on this system.
      return false;
    }
  }
}
