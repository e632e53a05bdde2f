package dev.sidewal.backup;

import dev.sidewal.store.ObjectStore;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Objects;

/** Where a backup goes. */
public sealed interface BackupDestination {

  /**
   * A file.
   *
   * @param path its name
   * @param force whether an older backup of that name is replaced, after success
   */
  record ToFile(Path path, boolean force) implements BackupDestination {
    /** Checks for null. */
    public ToFile {
      Objects.requireNonNull(path, "path");
    }
  }

  /**
   * A file in a directory that is named after the database and the time.
   *
   * @param path the directory; made if it is not there
   * @param keep which older ones stay
   */
  record ToDirectory(Path path, KeepRule keep) implements BackupDestination {
    /** Checks for null. */
    public ToDirectory {
      Objects.requireNonNull(path, "path");
      Objects.requireNonNull(keep, "keep");
    }
  }

  /**
   * A stream, which gets nothing before the copy was checked.
   *
   * @param out is flushed, and stays open
   */
  record ToStream(OutputStream out) implements BackupDestination {
    /** Checks for null. */
    public ToStream {
      Objects.requireNonNull(out, "out");
    }
  }

  /**
   * A snapshot in the history of a replica.
   *
   * @param store the replica; stays open
   * @param takeOver whether an agent that replicates to it is superseded
   * @param version the program's version, for the claim
   */
  record ToReplica(ObjectStore store, boolean takeOver, String version)
      implements BackupDestination {
    /** Checks for null. */
    public ToReplica {
      Objects.requireNonNull(store, "store");
      Objects.requireNonNull(version, "version");
    }
  }
}
