package dev.sidewal.agent;

import dev.sidewal.error.SidewalException;
import dev.sidewal.error.StoreException;
import dev.sidewal.fault.CrashPoint;
import dev.sidewal.replica.HistoryObject;
import dev.sidewal.replica.HistoryPublisher;
import dev.sidewal.store.Payload;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ships what the spool holds, one object after the other, beside following, which so never waits
 * for the store.
 *
 * <p>Invariant: an object is shipped only after all before it were; {@link #shippedTxid()} is the
 * last transaction that the store has. A store that fails is tried again, with growing pauses and
 * jitter: one line in the log when that begins, one a minute, one when it ends. When another agent
 * took over, or the outage limit is reached, shipping ends for good. Safe for use by several
 * threads.
 */
final class Shipper implements Closeable {

  private static final Logger LOG = LoggerFactory.getLogger(Shipper.class);
  private static final Duration REPORT = Duration.ofMinutes(1);
  static final Duration SUPERSEDED_CHECK = Duration.ofSeconds(10);
  private static final Duration UNTIL_ADDED = Duration.ofHours(1);

  private static final Duration CLOSE_WAIT = Duration.ofSeconds(5);

  private final String database;
  private final Spool spool;
  private final HistoryPublisher publisher;
  private final Optional<Duration> outageLimit;
  private final Clock clock;
  private final Consumer<Spool.Entry> shippedFile;
  private final Runnable progress;
  private final Serial serial;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private long shippedTxid;
  private Optional<Instant> shippedTime = Optional.empty();
  private long shippedObjects;
  private long shippedBytes;
  private Optional<SidewalException> failure = Optional.empty();
  private boolean closed;
  private Instant nextSupersededCheck;

  // Of the attempts to ship what is in front; used by the steps.
  private Workers.Kind kind = Workers.Kind.SHIP;
  private Optional<Instant> failingSince = Optional.empty();
  private Instant nextReport = Instant.MIN;
  private Backoff rests = new Backoff();

  /** A moment of {@link System#nanoTime}; counts while the store fails. */
  private long nextTry;

  private volatile Optional<String> outage = Optional.empty();

  /**
   * Creates a shipper and begins to ship.
   *
   * @param checkAfter when to look for the first time whether another agent has taken over
   * @param shipped the last transaction that the store has already, 0 if none
   * @param shippedFile gets the local file of each object that the store has, to move or remove it
   */
  Shipper(
      String database,
      Spool spool,
      HistoryPublisher publisher,
      Optional<Duration> outageLimit,
      Clock clock,
      Duration checkAfter,
      long shipped,
      Consumer<Spool.Entry> shippedFile,
      Runnable progress) {
    this.database = database;
    this.spool = spool;
    this.publisher = publisher;
    this.outageLimit = outageLimit;
    this.clock = clock;
    this.shippedFile = shippedFile;
    this.progress = progress;
    this.shippedTxid = shipped;
    this.nextSupersededCheck = clock.instant().plus(checkAfter);
    this.serial = new Serial(Workers.SHARED, database, this::step);
    spool.onAdd(serial::wake);
    serial.start(kind);
  }

  /** Ships what is there; the rest after a failure of the store is a step's. */
  private Optional<Serial.Rest> step() {
    try {
      while (!isClosed()) {
        Optional<Spool.Entry> entry = spool.first();
        if (entry.isEmpty()) {
          return rest(UNTIL_ADDED);
        }
        Workers.Kind needed =
            entry.get().stream().isPresent() ? Workers.Kind.IMAGE : Workers.Kind.SHIP;
        if (kind != needed) {
          kind = needed;
          return rest(Duration.ZERO);
        }
        Optional<Duration> rest = ship(entry.get());
        if (rest.isPresent()) {
          return rest(rest.get());
        }
        spool.removeFirst();
        CrashPoint.SHIPPED.reached();
        if (entry.get().stream().isEmpty()) {
          shippedFile.accept(entry.get());
        }
        shipped(entry.get());
      }
    } catch (SidewalException e) {
      fail(e);
    } catch (InterruptedException e) {
      if (!isClosed()) {
        fail(new StoreException("Shipping " + database + " was interrupted", true, e));
      }
    } catch (IOException | RuntimeException | Error e) {
      fail(new StoreException("Shipping " + database + " failed: " + e, false, e));
    }
    abandonStream();
    return Optional.empty();
  }

  private Optional<Serial.Rest> rest(Duration time) {
    return Optional.of(new Serial.Rest(kind, time));
  }

  private void abandonStream() {
    spool
        .first()
        .flatMap(Spool.Entry::stream)
        .filter(stream -> stream.state() == ImageStream.State.OPEN)
        .ifPresent(ImageStream::abandoned);
  }

  /** Ships one object; returns how long to rest before it is tried again, empty if it was taken. */
  private Optional<Duration> ship(Spool.Entry entry) throws InterruptedException, IOException {
    long restLeft = failingSince.isPresent() ? nextTry - System.nanoTime() : 0;
    if (restLeft > 0) {
      // Woken, because there is more now.
      return Optional.of(Duration.ofNanos(restLeft));
    }
    try {
      checkNotSuperseded();
      CrashPoint.PUT_BEFORE.reached();
      if (entry.stream().isPresent()) {
        entry.stream().get().ship();
      } else {
        publisher.publish(entry.name(), Payload.of(entry.file()));
      }
      CrashPoint.PUT_AFTER.reached();
      outage = Optional.empty();
      if (failingSince.isPresent()) {
        LOG.info(
            "the store takes objects again, after {} s; shipping what has waited",
            Duration.between(failingSince.get(), clock.instant()).toSeconds());
      }
      failingSince = Optional.empty();
      rests = new Backoff();
      return Optional.empty();
    } catch (StoreException | UncheckedIOException e) {
      return Optional.of(failed(e));
    }
  }

  private Duration failed(RuntimeException e) {
    Instant now = clock.instant();
    if (failingSince.isEmpty()) {
      failingSince = Optional.of(now);
      nextReport = Instant.MIN;
    }
    Duration outageTime = Duration.between(failingSince.get(), now);
    if (outageLimit.filter(limit -> outageTime.compareTo(limit) >= 0).isPresent()) {
      throw e instanceof StoreException s ? s : new StoreException(e.getMessage(), true, e);
    }
    outage =
        Optional.of("shipping fails since " + outageTime.toSeconds() + " s: " + e.getMessage());
    if (!now.isBefore(nextReport)) {
      LOG.warn(
          "shipping fails since {} s and is tried again; {} bytes wait on local disk: {}",
          outageTime.toSeconds(),
          spool.bytes(),
          e.getMessage());
      nextReport = now.plus(REPORT);
    }
    Duration rest = rests.next();
    nextTry = System.nanoTime() + rest.toNanos();
    return rest;
  }

  private void checkNotSuperseded() {
    if (!clock.instant().isBefore(nextSupersededCheck)) {
      publisher.checkNotSuperseded();
      publisher.checkClaimIsThere();
      nextSupersededCheck = clock.instant().plus(SUPERSEDED_CHECK);
    }
  }

  private void shipped(Spool.Entry entry) {
    HistoryObject name = entry.name();
    LOG.debug("shipped {} ({} bytes)", name.key(), entry.length());
    lock.lock();
    try {
      shippedTxid = name.lastTxid();
      shippedTime = Optional.of(name.lastTime());
      shippedObjects++;
      shippedBytes += entry.length();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    progress.run();
  }

  private void fail(SidewalException e) {
    lock.lock();
    try {
      failure = Optional.of(e);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    progress.run();
  }

  private boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  /** Returns the last transaction that the store has, 0 if none. */
  long shippedTxid() {
    lock.lock();
    try {
      return shippedTxid;
    } finally {
      lock.unlock();
    }
  }

  /** Returns the time of the last transaction that it has shipped; empty before the first. */
  Optional<Instant> shippedTime() {
    lock.lock();
    try {
      return shippedTime;
    } finally {
      lock.unlock();
    }
  }

  /** Returns what keeps the store from taking objects; empty while it takes them. */
  Optional<String> outage() {
    return outage;
  }

  /** Returns how many objects were shipped. */
  long shippedObjects() {
    lock.lock();
    try {
      return shippedObjects;
    } finally {
      lock.unlock();
    }
  }

  /** Returns how many bytes were shipped. */
  long shippedBytes() {
    lock.lock();
    try {
      return shippedBytes;
    } finally {
      lock.unlock();
    }
  }

  /** Returns why shipping ended for good, empty as long as it goes on. */
  Optional<SidewalException> failure() {
    lock.lock();
    try {
      return failure;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until a transaction is in the store.
   *
   * @return false if that took too long or shipping ended for good
   */
  boolean awaitShipped(long txid, Duration timeout) throws InterruptedException {
    lock.lock();
    try {
      long left = timeout.toNanos();
      while (shippedTxid < txid && failure.isEmpty() && left > 0) {
        left = changed.awaitNanos(left);
      }
      return shippedTxid >= txid;
    } finally {
      lock.unlock();
    }
  }

  /** Ends shipping; what is on its way is broken off. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    serial.close();
    try {
      if (serial.awaitEnd(CLOSE_WAIT)) {
        abandonStream();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
