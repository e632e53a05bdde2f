package dev.sidewal.agent;

import dev.sidewal.error.HistoryDamagedException;
import dev.sidewal.error.SidewalException;
import dev.sidewal.error.TargetUnavailableException;
import dev.sidewal.replica.Timeline;
import dev.sidewal.replica.TxidRange;
import dev.sidewal.restore.Finding;
import dev.sidewal.restore.RestoreTarget;
import dev.sidewal.restore.Verification;
import dev.sidewal.restore.VerifyReport;
import dev.sidewal.restore.VerifyRequest;
import dev.sidewal.store.ObjectStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Verifies the agent's own replica now and then, beside everything else: the latest transaction
 * and, every second time, a random earlier one.
 *
 * <p>When the next one is due, and what the last one came to, stands in a file, so that a restart
 * neither skips nor repeats one. The time between two is a tenth longer or shorter at random, and
 * the first one comes at a random moment of the first interval: the agents of a thousand databases
 * do not do it all at once. One that could not be done (no room, no answer from the store) is tried
 * again an hour later at the latest.
 *
 * <p>Invariant: following and shipping never wait for it. {@link #tick} only looks at the clock;
 * the work is done by the executor, whose one thread all databases of the process share. {@link
 * #status} may be asked by any thread.
 */
final class VerificationRunner implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(VerificationRunner.class);
  private static final Duration TRY_AGAIN = Duration.ofHours(1);
  private static final Duration CLOSE_WAIT = Duration.ofSeconds(2);
  private static final double JITTER = 0.1;

  private final String database;
  private final ObjectStore store;
  private final VerificationOptions options;
  private final Path directory;
  private final Clock clock;
  private final RandomGenerator random;
  private final Path file;
  private final Executor executor;
  private volatile VerificationState state;

  /** Guards the two below; woken when a verification ends. */
  private final Object lock = new Object();

  private Optional<Thread> worker = Optional.empty();
  private boolean closed;
  private volatile boolean queued;

  /**
   * Creates a runner, and removes what an earlier one left that was killed.
   *
   * @param stateDirectory where it is written down when the next one is due, and where the
   *     temporary file is made unless the options name a directory
   * @param executor does the work; its one thread is shared by all databases
   */
  VerificationRunner(
      String database,
      ObjectStore store,
      VerificationOptions options,
      Clock clock,
      RandomGenerator random,
      Path stateDirectory,
      Executor executor) {
    this.database = database;
    this.store = new ThrottledStore(store, options.bytesPerSecond());
    this.options = options;
    this.directory = options.directory().orElse(stateDirectory);
    this.clock = clock;
    this.random = random;
    this.file = stateDirectory.resolve("verification");
    this.executor = executor;
    Instant now = clock.instant();
    Optional<VerificationState> known = VerificationState.read(file);
    state = known.orElseGet(() -> new VerificationState(now, false, Optional.empty()));
    if (options.interval().isPresent()) {
      Duration interval = options.interval().get();
      boolean tooLate = state.due().isAfter(now.plus(part(interval, 1 + JITTER)));
      if (known.isEmpty() || tooLate) {
        // The first one; or the interval is shorter now, or the clock was set back.
        next(now.plus(part(interval, random.nextDouble())), state.earlier(), state.last());
      }
    }
    removeLeftovers(stateDirectory);
    options.directory().ifPresent(this::removeLeftovers);
  }

  /** Returns the one thread that verifies, whatever the number of databases; it ends when idle. */
  static Executor sharedThread() {
    return Shared.EXECUTOR;
  }

  private static final class Shared {
    static final Executor EXECUTOR = create();

    private static Executor create() {
      ThreadPoolExecutor executor =
          new ThreadPoolExecutor(
              1,
              1,
              10,
              TimeUnit.SECONDS,
              new LinkedBlockingQueue<>(),
              task -> {
                Thread thread = new Thread(task, "sidewal-verify");
                thread.setDaemon(true);
                return thread;
              });
      executor.allowCoreThreadTimeOut(true);
      return executor;
    }
  }

  private void removeLeftovers(Path from) {
    try {
      Verification.removeLeftovers(store, from);
    } catch (IOException e) {
      LOG.debug("looking for leftovers in {}: {}", from, e.toString());
    }
  }

  private static Duration part(Duration whole, double part) {
    return Duration.ofMillis(Math.round(whole.toMillis() * part));
  }

  private void next(Instant due, boolean earlier, Optional<VerificationStatus> last) {
    VerificationState next = new VerificationState(due, earlier, last);
    next.write(file);
    state = next;
  }

  /** Has a verification begun if one is due. */
  void tick() {
    if (options.interval().isEmpty() || queued || clock.instant().isBefore(state.due())) {
      return;
    }
    queued = true;
    executor.execute(this::run);
  }

  /** Returns what the last verification came to, also of an earlier process; empty if none was. */
  Optional<VerificationStatus> status() {
    return options.interval().isPresent() ? state.last() : Optional.empty();
  }

  private void run() {
    synchronized (lock) {
      if (closed) {
        return;
      }
      worker = Optional.of(Thread.currentThread());
    }
    MDC.put(DatabaseReplicator.LOG_SUBJECT, database);
    try {
      verify();
    } finally {
      MDC.remove(DatabaseReplicator.LOG_SUBJECT);
      synchronized (lock) {
        worker = Optional.empty();
        // It was meant for this verification only.
        Thread.interrupted();
        lock.notifyAll();
      }
      queued = false;
    }
  }

  private void verify() {
    Instant start = clock.instant();
    boolean earlier = state.earlier();
    VerificationStatus status;
    try {
      status = verdict(start, earlier);
    } catch (HistoryDamagedException e) {
      status = failed(start, e.getMessage());
    } catch (SidewalException e) {
      status = skipped(start, e.getMessage());
    } catch (RuntimeException e) {
      LOG.debug("verification ends", e);
      status = skipped(start, "unexpected: " + e);
    }
    synchronized (lock) {
      if (closed) {
        // It was cut off: the next start does it.
        return;
      }
    }
    tell(status);
    Duration interval = options.interval().orElseThrow();
    boolean done = status.outcome() != VerificationStatus.Outcome.SKIPPED;
    Duration pause =
        part(
            done || interval.compareTo(TRY_AGAIN) < 0 ? interval : TRY_AGAIN,
            1 + JITTER * (2 * random.nextDouble() - 1));
    next(status.time().plus(pause), done != earlier, Optional.of(status));
  }

  private VerificationStatus verdict(Instant start, boolean earlier) {
    RestoreTarget target = earlier ? earlierMoment() : RestoreTarget.latest();
    VerifyReport report;
    try {
      report = verify(target);
    } catch (TargetUnavailableException e) {
      // Retention removed it since it was chosen.
      report = verify(RestoreTarget.latest());
    }
    if (!report.passed()) {
      return failed(start, findings(report));
    }
    long txid = report.restored().map(p -> p.target().txid()).orElse(0L);
    String what =
        report
            .restored()
            .map(
                p ->
                    "transaction "
                        + txid
                        + " of "
                        + p.target().time()
                        + (earlier ? ", an earlier one," : ", the latest,")
                        + " was restored and checked ("
                        + p.databaseBytes()
                        + " bytes from "
                        + p.objects().size()
                        + " objects)")
            .orElse(
                report.objects() > 0
                    ? report.objects() + " objects were read (" + report.bytes() + " bytes)"
                    : "the names lead to every transaction");
    String notes = report.findings().isEmpty() ? "" : ". Note: " + findings(report);
    return status(start, VerificationStatus.Outcome.PASSED, txid, what + notes);
  }

  private VerifyReport verify(RestoreTarget target) {
    return new Verification(clock, random)
        .verify(
            VerifyRequest.builder(store, directory)
                .level(options.level())
                .target(target)
                .parallelism(1)
                .foreignKeys(false)
                .build());
  }

  /** Returns a random transaction that can be restored. */
  private RestoreTarget earlierMoment() {
    List<TxidRange> ranges = Timeline.load(store).restorable();
    long count = ranges.stream().mapToLong(r -> r.last() - r.first() + 1).sum();
    if (count == 0) {
      return RestoreTarget.latest();
    }
    long left = Math.floorMod(random.nextLong(), count);
    for (TxidRange r : ranges) {
      long length = r.last() - r.first() + 1;
      if (left < length) {
        return RestoreTarget.txid(r.first() + left);
      }
      left -= length;
    }
    return RestoreTarget.latest();
  }

  private static String findings(VerifyReport report) {
    return report.findings().stream().map(Finding::message).collect(Collectors.joining(" "));
  }

  private VerificationStatus failed(Instant start, String why) {
    return status(start, VerificationStatus.Outcome.FAILED, 0, why);
  }

  private VerificationStatus skipped(Instant start, String why) {
    return status(start, VerificationStatus.Outcome.SKIPPED, 0, why);
  }

  private VerificationStatus status(
      Instant start, VerificationStatus.Outcome outcome, long txid, String message) {
    Instant end = clock.instant();
    return new VerificationStatus(end, outcome, txid, Duration.between(start, end), message);
  }

  private void tell(VerificationStatus status) {
    long millis = status.duration().toMillis();
    switch (status.outcome()) {
      case PASSED -> LOG.info("verified the replica: {}; {} ms", status.message(), millis);
      case FAILED ->
          LOG.error(
              "THE REPLICA DID NOT PASS ITS VERIFICATION: {} Replication goes on. Look at all of it"
                  + " with 'sidewal verify --level objects {}'.",
              status.message(),
              store.location());
      case SKIPPED ->
          LOG.warn(
              "the replica was not verified, which says nothing about it: {} This is tried again.",
              status.message());
    }
  }

  /** Cuts off what is under way, and waits a little for its end. */
  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
      worker.ifPresent(Thread::interrupt);
      long end = System.nanoTime() + CLOSE_WAIT.toNanos();
      try {
        while (worker.isPresent() && System.nanoTime() - end < 0) {
          lock.wait(20);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
