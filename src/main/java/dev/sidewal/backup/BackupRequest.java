package dev.sidewal.backup;

import dev.sidewal.restore.RestoreProgress;
import dev.sidewal.sqlite.CopyProgress;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What is to be backed up, to where and how.
 *
 * @param database the live database
 * @param destination where the copy goes
 * @param method how it is made
 * @param check what SQLite checks of it before it is put in place
 * @param compression how it is compressed; not for replicas, which have their own
 * @param level the level of compression; empty for the usual one
 * @param copyRetries how often copies of the files are tried again where SQLite cannot open them
 * @param scratch where temporary files are made: the first directory that has the room is taken
 * @param rollbackJournal whether the header of the copy is to say that it is not in WAL mode
 * @param owner the file's owner as {@code user}, {@code user:group} or {@code :group}
 * @param mode the file's permissions; empty for those of the database
 * @param dryRun whether nothing is to be written or removed
 * @param copying gets told how far the copying of the database is
 * @param progress gets told how far the rest is: VERIFYING while the copy is read back, CHECKING
 *     while SQLite checks it, RESTORING while it is compressed or sent
 */
public record BackupRequest(
    Path database,
    BackupDestination destination,
    BackupMethod method,
    BackupCheck check,
    Compression compression,
    OptionalInt level,
    int copyRetries,
    List<Path> scratch,
    boolean rollbackJournal,
    Optional<String> owner,
    Optional<Set<PosixFilePermission>> mode,
    boolean dryRun,
    CopyProgress copying,
    RestoreProgress progress) {

  /** How often copies of the files are tried again unless told otherwise: about 20 seconds. */
  public static final int DEFAULT_COPY_RETRIES = 8;

  /** Checks the ranges. */
  public BackupRequest {
    Objects.requireNonNull(database, "database");
    Objects.requireNonNull(destination, "destination");
    Objects.requireNonNull(method, "method");
    Objects.requireNonNull(check, "check");
    Objects.requireNonNull(compression, "compression");
    Objects.requireNonNull(copying, "copying");
    Objects.requireNonNull(progress, "progress");
    scratch = List.copyOf(scratch);
    mode = mode.map(Set::copyOf);
    if (copyRetries < 0) {
      throw new IllegalArgumentException("copy retries " + copyRetries);
    }
  }

  /** Begins a request with the defaults: pages, a quick check, not compressed. */
  public static Builder builder(Path database, BackupDestination destination, List<Path> scratch) {
    return new Builder(database, destination, scratch);
  }

  /** Collects the parts of a request. Not thread-safe. */
  public static final class Builder {
    private final Path database;
    private final BackupDestination destination;
    private final List<Path> scratch;
    private BackupMethod method = BackupMethod.PAGES;
    private BackupCheck check = BackupCheck.QUICK;
    private Compression compression = Compression.NONE;
    private OptionalInt level = OptionalInt.empty();
    private int copyRetries = DEFAULT_COPY_RETRIES;
    private boolean rollbackJournal;
    private Optional<String> owner = Optional.empty();
    private Optional<Set<PosixFilePermission>> mode = Optional.empty();
    private boolean dryRun;
    private CopyProgress copying = (pages, of, pageSize) -> {};
    private RestoreProgress progress = RestoreProgress.NONE;

    private Builder(Path database, BackupDestination destination, List<Path> scratch) {
      this.database = database;
      this.destination = destination;
      this.scratch = scratch;
    }

    /** Sets how the copy is made. */
    public Builder method(BackupMethod value) {
      method = value;
      return this;
    }

    /** Sets what SQLite checks. */
    public Builder check(BackupCheck value) {
      check = value;
      return this;
    }

    /** Sets how it is compressed. */
    public Builder compression(Compression value, OptionalInt atLevel) {
      compression = value;
      level = atLevel;
      return this;
    }

    /** Sets how often copies of the files are tried again. */
    public Builder copyRetries(int value) {
      copyRetries = value;
      return this;
    }

    /** Sets whether the copy's header says that it is not in WAL mode. */
    public Builder rollbackJournal(boolean value) {
      rollbackJournal = value;
      return this;
    }

    /** Sets the owner. */
    public Builder owner(String value) {
      owner = Optional.of(value);
      return this;
    }

    /** Sets the permissions. */
    public Builder mode(Set<PosixFilePermission> value) {
      mode = Optional.of(value);
      return this;
    }

    /** Sets whether nothing is written or removed. */
    public Builder dryRun(boolean value) {
      dryRun = value;
      return this;
    }

    /** Sets who gets told how far it is. */
    public Builder progress(CopyProgress ofCopying, RestoreProgress ofTheRest) {
      copying = ofCopying;
      progress = ofTheRest;
      return this;
    }

    /** Returns the request. */
    public BackupRequest build() {
      return new BackupRequest(
          database,
          destination,
          method,
          check,
          compression,
          level,
          copyRetries,
          scratch,
          rollbackJournal,
          owner,
          mode,
          dryRun,
          copying,
          progress);
    }
  }
}
