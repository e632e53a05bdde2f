package dev.sidewal.agent;

import dev.sidewal.error.SidewalException;
import dev.sidewal.replica.StoredObject;
import dev.sidewal.replica.Timeline;
import dev.sidewal.retention.RetentionPass;
import dev.sidewal.retention.RetentionReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Retires what a replica does not need any more, beside everything else: at most once an hour, and
 * only after an image came into the store; else once a day, and only after anything did. An idle
 * database costs no requests.
 *
 * <p>When the last pass was stands in a file, so that an agent that runs for a minute at a time
 * comes to one as well. Used by the thread that follows; {@link #counts} and {@link #busy} by any.
 */
final class RetentionRunner implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(RetentionRunner.class);
  private static final Duration AFTER_IMAGE = Duration.ofHours(1);
  private static final Duration ANYWAY = Duration.ofDays(1);

  /** An agent that ships looks at least once a day; so old the newest object may be. */
  private static final Duration MOST_AHEAD = Duration.ofDays(2);

  private static final Duration CLOSE_WAIT = Duration.ofSeconds(2);

  private final String database;
  private final RetentionPass pass;
  private final Clock clock;
  private final Path file;
  private final Consumer<Timeline> listed;
  private Optional<Instant> last;
  private long imagesAtLast;
  private long shippedAtLast;
  private Optional<Serial> running = Optional.empty();
  private volatile RetentionCounts counts = RetentionCounts.NONE;
  private boolean saidThatPruneIsNeeded;

  /**
   * Creates a runner.
   *
   * @param file where it is written down when the last pass was
   * @param listed hears what a listing has shown
   */
  RetentionRunner(
      String database, RetentionPass pass, Clock clock, Path file, Consumer<Timeline> listed) {
    this.listed = listed;
    this.database = database;
    this.pass = pass;
    this.clock = clock;
    this.file = file;
    this.last = read(file).or(() -> begin(file, clock.instant()));
  }

  /**
   * Begins a pass if one is due.
   *
   * @param taken the images that the store has taken from the session
   * @param shipped how many objects it has taken besides
   */
  void tick(ImageCounts taken, long shipped) {
    long images = taken.snapshots() + taken.deltas();
    if (pass.isOff() || busy() || (images == imagesAtLast && shipped == shippedAtLast)) {
      return;
    }
    Instant now = clock.instant();
    Duration rest = images > imagesAtLast ? AFTER_IMAGE : ANYWAY;
    if (last.filter(now::isBefore).isPresent()) {
      // The clock was set back.
      last = Optional.of(now);
    }
    if (last.filter(at -> now.isBefore(at.plus(rest))).isPresent()) {
      return;
    }
    last = Optional.of(now);
    imagesAtLast = images;
    shippedAtLast = shipped;
    running = Optional.of(Serial.once(Workers.Kind.BESIDE, database, () -> run(now)));
  }

  /** Says that what is counted begins at zero again. */
  void newSession() {
    imagesAtLast = 0;
    shippedAtLast = 0;
  }

  /** Returns whether a pass is under way. */
  boolean busy() {
    return running.filter(r -> !r.hasEnded()).isPresent();
  }

  /** Returns what was retired by this process. */
  RetentionCounts counts() {
    return counts;
  }

  private void run(Instant now) {
    try {
      RetentionPass.Prepared prepared = pass.prepare();
      listed.accept(prepared.timeline());
      Optional<String> ahead = clockIsAhead(prepared.timeline(), now);
      if (ahead.isPresent()) {
        counts = counts.with(0, 0, 1);
        LOG.error("{}", ahead.get());
        return;
      }
      RetentionReport report = pass.carryOut(prepared);
      Files.writeString(file, now.toString());
      report.failures().forEach(LOG::warn);
      if (report.pruneNeeded() && !saidThatPruneIsNeeded) {
        saidThatPruneIsNeeded = true;
        LOG.warn(
            "objects that are not needed any more stay in the replica, because the store has no"
                + " object tags: delete them with 'sidewal prune', or let the agent do it with"
                + " --retire delete");
      }
      RetentionReport.Total total = report.total();
      counts = counts.with(total.objects(), total.bytes(), report.failures().size());
      if (total.objects() > 0) {
        LOG.info("retired {} objects of {} bytes", total.objects(), total.bytes());
      }
    } catch (SidewalException | IOException e) {
      counts = counts.with(0, 0, 1);
      LOG.warn(
          "retiring what is not needed any more failed; it is tried again: {}", e.getMessage());
    } catch (RuntimeException e) {
      counts = counts.with(0, 0, 1);
      LOG.error("retiring what is not needed any more failed; nothing else is affected", e);
    }
  }

  /**
   * A clock that is far ahead would make all history old. The store has its own, which it shows by
   * the time of what this agent has shipped a moment ago.
   */
  private static Optional<String> clockIsAhead(Timeline timeline, Instant now) {
    Optional<Instant> newest =
        timeline.listing().generations().stream()
            .flatMap(g -> g.objects().stream())
            .map(StoredObject::written)
            .max(Instant::compareTo);
    return newest
        .filter(written -> Duration.between(written, now).compareTo(MOST_AHEAD) > 0)
        .map(
            written ->
                "This machine's clock says "
                    + now
                    + ", but the store says that the newest object was written at "
                    + written
                    + ", and this agent ships objects now. Nothing is retired before that is set"
                    + " right: a clock that is ahead would make all history old. Set the clock. (If this"
                    + " machine has slept since, all is well, and it is tried again tomorrow.)");
  }

  private static Optional<Instant> read(Path file) {
    try {
      return Optional.of(Instant.parse(Files.readString(file).trim()));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException | RuntimeException e) {
      LOG.debug("{} cannot be read: {}", file, e.toString());
      return Optional.empty();
    }
  }

  /** Whoever begins has nothing that is old. */
  private static Optional<Instant> begin(Path file, Instant now) {
    try {
      Files.writeString(file, now.toString());
    } catch (IOException e) {
      LOG.debug("{} cannot be written: {}", file, e.toString());
    }
    return Optional.of(now);
  }

  @Override
  public void close() {
    try {
      if (running.isPresent()) {
        running.get().close();
        boolean unused = running.get().awaitEnd(CLOSE_WAIT);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
