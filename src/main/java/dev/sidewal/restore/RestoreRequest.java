package dev.sidewal.restore;

import dev.sidewal.store.ObjectStore;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * What is to be restored, to where and how.
 *
 * @param store the replica; stays open
 * @param target the state
 * @param output the file to be made; its directory must be there
 * @param force whether a file that is there may be replaced
 * @param check what is verified before the file gets its name
 * @param parallelism how many threads fetch and decode, 1 to {@link #MAX_PARALLELISM}
 * @param owner the file's owner as {@code user}, {@code user:group} or {@code :group}, by name or
 *     number; empty for the process's own
 * @param mode the file's permissions; empty for those of the file it replaces, else what new files
 *     get
 * @param progress gets told how far it is
 */
public record RestoreRequest(
    ObjectStore store,
    RestoreTarget target,
    Path output,
    boolean force,
    RestoreCheck check,
    int parallelism,
    Optional<String> owner,
    Optional<Set<PosixFilePermission>> mode,
    RestoreProgress progress) {

  /** The largest parallelism. */
  public static final int MAX_PARALLELISM = 64;

  /** Checks the ranges. */
  public RestoreRequest {
    Objects.requireNonNull(store, "store");
    Objects.requireNonNull(target, "target");
    Objects.requireNonNull(output, "output");
    Objects.requireNonNull(check, "check");
    Objects.requireNonNull(progress, "progress");
    mode = mode.map(Set::copyOf);
    if (parallelism < 1 || parallelism > MAX_PARALLELISM) {
      throw new IllegalArgumentException("parallelism " + parallelism);
    }
  }

  /** Returns the parallelism that is used if none is asked for: the cores, at most 4. */
  public static int defaultParallelism() {
    return Math.min(4, Runtime.getRuntime().availableProcessors());
  }

  /** Begins a request with the defaults: latest, no force, database checksum. */
  public static Builder builder(ObjectStore store, Path output) {
    return new Builder(store, output);
  }

  /** Collects the parts of a request. Not thread-safe. */
  public static final class Builder {
    private final ObjectStore store;
    private final Path output;
    private RestoreTarget target = RestoreTarget.latest();
    private boolean force;
    private RestoreCheck check = RestoreCheck.CHECKSUM;
    private int parallelism = defaultParallelism();
    private Optional<String> owner = Optional.empty();
    private Optional<Set<PosixFilePermission>> mode = Optional.empty();
    private RestoreProgress progress = RestoreProgress.NONE;

    private Builder(ObjectStore store, Path output) {
      this.store = store;
      this.output = output;
    }

    /** Sets the state to restore. */
    public Builder target(RestoreTarget value) {
      target = value;
      return this;
    }

    /** Sets whether a file that is there may be replaced. */
    public Builder force(boolean value) {
      force = value;
      return this;
    }

    /** Sets what is verified. */
    public Builder check(RestoreCheck value) {
      check = value;
      return this;
    }

    /** Sets the number of threads. */
    public Builder parallelism(int value) {
      parallelism = value;
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

    /** Sets who gets told how far it is. */
    public Builder progress(RestoreProgress value) {
      progress = value;
      return this;
    }

    /** Returns the request. */
    public RestoreRequest build() {
      return new RestoreRequest(
          store, target, output, force, check, parallelism, owner, mode, progress);
    }
  }
}
