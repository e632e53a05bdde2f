package dev.sidewal.agent;

import dev.sidewal.retention.RetentionPolicy;
import dev.sidewal.retention.RetireMode;
import dev.sidewal.segment.SegmentWriterOptions;
import dev.sidewal.sqlite.FollowOptions;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * How a database is replicated. Immutable; made by {@link #builder()}.
 *
 * @param stateDirectory where the agent keeps its work files; empty for the default, a hidden
 *     directory beside the database
 * @param syncInterval at most one segment is shipped in this time, except the first after a quiet
 *     spell and full ones; 0 or more
 * @param shutdownTimeout how long the rest may take to ship after a stop
 * @param outageLimit give up after the store failed for so long without a break; empty for never
 * @param segmentBytes a segment is shipped early when it reaches this many compressed bytes
 * @param spoolLimit bytes that may wait on local disk for the store; beyond it the log is held
 * @param maxHeldLogBytes bytes that the database's log may reach while nothing can be copied; then
 *     it is let go, and what is committed until copying goes on becomes one transaction
 * @param stallTimeout when following has not moved for so long, it is begun anew
 * @param enableWal whether a database in rollback-journal mode may be switched to WAL
 * @param waitForDatabase whether to wait for a database that does not exist yet
 * @param images when snapshots and deltas are taken
 * @param retention for how long what can be restored
 * @param retire how what is not needed any more is made to go
 * @param pack when segments that were shipped are merged into packs
 * @param verification whether and how the agent verifies its own replica
 * @param follow how the log is kept short
 * @param writer how history objects are written
 * @param clock gives the times of transactions
 * @param observer hears of requests to the store and of pauses for writers; empty for nobody
 */
public record ReplicationOptions(
    Optional<Path> stateDirectory,
    Duration syncInterval,
    Duration shutdownTimeout,
    Optional<Duration> outageLimit,
    long segmentBytes,
    long spoolLimit,
    long maxHeldLogBytes,
    Duration stallTimeout,
    boolean enableWal,
    boolean waitForDatabase,
    ImageOptions images,
    RetentionPolicy retention,
    RetireMode retire,
    PackOptions pack,
    VerificationOptions verification,
    FollowOptions follow,
    SegmentWriterOptions writer,
    Clock clock,
    Optional<ReplicationObserver> observer) {

  /** Checks the ranges. */
  public ReplicationOptions {
    Objects.requireNonNull(stateDirectory, "stateDirectory");
    Objects.requireNonNull(outageLimit, "outageLimit");
    Objects.requireNonNull(images, "images");
    Objects.requireNonNull(retention, "retention");
    Objects.requireNonNull(retire, "retire");
    Objects.requireNonNull(pack, "pack");
    Objects.requireNonNull(verification, "verification");
    Objects.requireNonNull(follow, "follow");
    Objects.requireNonNull(writer, "writer");
    Objects.requireNonNull(clock, "clock");
    Objects.requireNonNull(observer, "observer");
    follow = observer.isPresent() ? follow.withPauseListener(observer.get()) : follow;
    if (syncInterval.isNegative() || shutdownTimeout.isNegative()) {
      throw new IllegalArgumentException(
          "negative time: " + syncInterval + " or " + shutdownTimeout);
    }
    if (stallTimeout.isNegative() || stallTimeout.isZero()) {
      throw new IllegalArgumentException("stall timeout " + stallTimeout);
    }
    if (segmentBytes < 1 || spoolLimit < 1 || maxHeldLogBytes < 1) {
      throw new IllegalArgumentException("sizes must be positive");
    }
  }

  /** Returns where the state of a database is kept unless told otherwise: beside it. */
  public static Path defaultStateDirectory(Path database) {
    return RunDirectory.defaultStateDirectory(database.toAbsolutePath());
  }

  /** Returns a builder that holds the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects options. Not safe for use by several threads. */
  public static final class Builder {
    private Optional<Path> stateDirectory = Optional.empty();
    private Duration syncInterval = Duration.ofSeconds(1);
    private Duration shutdownTimeout = Duration.ofSeconds(30);
    private Optional<Duration> outageLimit = Optional.empty();
    private long segmentBytes = 8L << 20;
    private long spoolLimit = 1L << 30;
    private long maxHeldLogBytes = 1L << 30;
    private Duration stallTimeout = Duration.ofMinutes(1);
    private boolean enableWal;
    private boolean waitForDatabase = true;
    private ImageOptions images = ImageOptions.DEFAULT;
    private RetentionPolicy retention = RetentionPolicy.DEFAULT;
    private RetireMode retire = RetireMode.AUTO;
    private PackOptions pack = PackOptions.DEFAULT;
    private VerificationOptions verification = VerificationOptions.OFF;
    private FollowOptions follow = FollowOptions.DEFAULT;
    private SegmentWriterOptions writer = SegmentWriterOptions.DEFAULT;
    private Clock clock = Clock.systemUTC();
    private Optional<ReplicationObserver> observer = Optional.empty();

    private Builder() {}

    /** Sets where work files are kept. */
    public Builder stateDirectory(Path directory) {
      stateDirectory = Optional.of(directory);
      return this;
    }

    /** Sets the shortest time between two segments; 1 s by default. */
    public Builder syncInterval(Duration interval) {
      syncInterval = interval;
      return this;
    }

    /** Sets how long the rest may take to ship after a stop; 30 s by default. */
    public Builder shutdownTimeout(Duration timeout) {
      shutdownTimeout = timeout;
      return this;
    }

    /** Gives up after the store failed for so long without a break; never by default. */
    public Builder outageLimit(Duration limit) {
      outageLimit = Optional.of(limit);
      return this;
    }

    /** Sets the compressed size in bytes at which a segment is shipped early; 8 MiB by default. */
    public Builder segmentBytes(long bytes) {
      segmentBytes = bytes;
      return this;
    }

    /** Sets how many bytes may wait on local disk for the store; 1 GiB by default. */
    public Builder spoolLimit(long bytes) {
      spoolLimit = bytes;
      return this;
    }

    /**
     * Sets how long, in bytes, the database's log may get while nothing can be copied; 1 GiB by
     * default.
     */
    public Builder maxHeldLogBytes(long bytes) {
      maxHeldLogBytes = bytes;
      return this;
    }

    /** Sets after what time without progress following is begun anew; a minute by default. */
    public Builder stallTimeout(Duration timeout) {
      stallTimeout = timeout;
      return this;
    }

    /** Allows to switch a rollback-journal database to WAL; not by default. */
    public Builder enableWal(boolean enable) {
      enableWal = enable;
      return this;
    }

    /** Sets whether to wait for a database that does not exist yet; so by default. */
    public Builder waitForDatabase(boolean wait) {
      waitForDatabase = wait;
      return this;
    }

    /** Sets when snapshots and deltas are taken. */
    public Builder images(ImageOptions options) {
      images = options;
      return this;
    }

    /** Sets for how long what can be restored. */
    public Builder retention(RetentionPolicy policy) {
      retention = policy;
      return this;
    }

    /**
     * Sets how what is not needed any more is made to go; by tags where there are any by default.
     */
    public Builder retire(RetireMode mode) {
      retire = mode;
      return this;
    }

    /** Sets when segments are merged into packs; at 8 MiB or after 15 minutes by default. */
    public Builder pack(PackOptions options) {
      pack = options;
      return this;
    }

    /** Sets whether and how the agent verifies its own replica; not by default. */
    public Builder verification(VerificationOptions options) {
      verification = options;
      return this;
    }

    /** Sets how the log is kept short. */
    public Builder follow(FollowOptions options) {
      follow = options;
      return this;
    }

    /** Sets how history objects are written. */
    public Builder writer(SegmentWriterOptions options) {
      writer = options;
      return this;
    }

    /** Sets the clock. */
    public Builder clock(Clock source) {
      clock = source;
      return this;
    }

    /** Sets who hears of requests to the store and of pauses for writers; nobody by default. */
    public Builder observer(ReplicationObserver who) {
      observer = Optional.of(who);
      return this;
    }

    /**
     * Returns the options.
     *
     * @throws IllegalArgumentException if a value is out of range
     */
    public ReplicationOptions build() {
      return new ReplicationOptions(
          stateDirectory,
          syncInterval,
          shutdownTimeout,
          outageLimit,
          segmentBytes,
          spoolLimit,
          maxHeldLogBytes,
          stallTimeout,
          enableWal,
          waitForDatabase,
          images,
          retention,
          retire,
          pack,
          verification,
          follow,
          writer,
          clock,
          observer);
    }
  }
}
