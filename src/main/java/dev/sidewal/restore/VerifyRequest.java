package dev.sidewal.restore;

import dev.sidewal.store.ObjectStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What of a replica is verified, and how.
 *
 * @param store the replica; stays open
 * @param level how much
 * @param target the moment that is restored
 * @param against a live database to compare with; {@code target} is then not used
 * @param patience how long the replica may take to get what the live database has
 * @param scratch where the temporary file may be made: the first directory that has the room
 * @param parallelism how many threads fetch and decode
 * @param foreignKeys whether rows that refer to nothing are a failure; they are noted anyway
 * @param rows whether the rows of every table are counted, in what is restored and in {@code
 *     against}
 * @param progress gets told how far it is
 */
public record VerifyRequest(
    ObjectStore store,
    VerifyLevel level,
    RestoreTarget target,
    Optional<Path> against,
    Duration patience,
    List<Path> scratch,
    int parallelism,
    boolean foreignKeys,
    boolean rows,
    RestoreProgress progress) {

  /** Checks the ranges. */
  public VerifyRequest {
    Objects.requireNonNull(store, "store");
    Objects.requireNonNull(level, "level");
    Objects.requireNonNull(target, "target");
    Objects.requireNonNull(against, "against");
    Objects.requireNonNull(patience, "patience");
    Objects.requireNonNull(progress, "progress");
    scratch = List.copyOf(scratch);
    if (parallelism < 1 || parallelism > RestoreRequest.MAX_PARALLELISM) {
      throw new IllegalArgumentException("parallelism " + parallelism);
    }
    if (scratch.isEmpty()) {
      throw new IllegalArgumentException("no scratch directory");
    }
  }

  /** Begins a request with the defaults: a restore of the latest transaction. */
  public static Builder builder(ObjectStore store, Path scratch) {
    return new Builder(store, scratch);
  }

  /** Collects the parts of a request. Not thread-safe. */
  public static final class Builder {
    private final ObjectStore store;
    private List<Path> scratch;
    private VerifyLevel level = VerifyLevel.RESTORE;
    private RestoreTarget target = RestoreTarget.latest();
    private Optional<Path> against = Optional.empty();
    private Duration patience = Duration.ofSeconds(10);
    private int parallelism = RestoreRequest.defaultParallelism();
    private boolean foreignKeys = true;
    private boolean rows;
    private RestoreProgress progress = RestoreProgress.NONE;

    private Builder(ObjectStore store, Path scratch) {
      this.store = store;
      this.scratch = List.of(scratch);
    }

    /** Sets how much is verified. */
    public Builder level(VerifyLevel value) {
      level = value;
      return this;
    }

    /** Sets the moment that is restored. */
    public Builder target(RestoreTarget value) {
      target = value;
      return this;
    }

    /** Sets the live database to compare with. */
    public Builder against(Path database) {
      against = Optional.of(database);
      return this;
    }

    /** Sets how long the replica may take to get what the live database has. */
    public Builder patience(Duration value) {
      patience = value;
      return this;
    }

    /** Sets several scratch directories: the first that has the room is taken. */
    public Builder scratch(List<Path> directories) {
      scratch = directories;
      return this;
    }

    /** Sets the number of threads. */
    public Builder parallelism(int value) {
      parallelism = value;
      return this;
    }

    /** Sets whether rows that refer to nothing are a failure. */
    public Builder foreignKeys(boolean value) {
      foreignKeys = value;
      return this;
    }

    /** Sets whether the rows of every table are counted, with a live database to compare with. */
    public Builder rows(boolean value) {
      rows = value;
      return this;
    }

    /** Sets who gets told how far it is. */
    public Builder progress(RestoreProgress value) {
      progress = value;
      return this;
    }

    /** Returns the request. */
    public VerifyRequest build() {
      return new VerifyRequest(
          store,
          level,
          target,
          against,
          patience,
          scratch,
          parallelism,
          foreignKeys,
          rows,
          progress);
    }
  }
}
