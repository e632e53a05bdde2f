package dev.sidewal.agent;

import dev.sidewal.error.HistoryDamagedException;
import dev.sidewal.error.StoreException;
import dev.sidewal.replica.HistoryObject;
import dev.sidewal.segment.FileSegmentSource;
import dev.sidewal.segment.ObjectKind;
import dev.sidewal.segment.SegmentMerger;
import dev.sidewal.segment.SegmentReader;
import dev.sidewal.segment.SegmentSummary;
import dev.sidewal.segment.SegmentWriterOptions;
import dev.sidewal.store.ObjectStore;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Merges the segments of one session, and those that earlier ones left, into packs, from the local
 * files; puts the packs into the store, and has the segments removed there.
 *
 * <p><b>Threads.</b> The shipper hands over what it has shipped, the session's loop looks now and
 * then whether there is something to do; both only take a lock for a moment. The work is done by
 * the {@link Workers}.
 *
 * <p>Invariants: at most one pack is made at a time; a segment leaves the local disk when its pack
 * is verified in the store, or when it is given up, and then it stays in the store as it is. So
 * nothing that goes wrong here costs more than objects that are smaller and more than need be.
 * Replication never ends because of it. A store that fails is asked again after a minute at the
 * earliest. Safe for use by several threads.
 */
final class Packer implements Closeable {

  private static final Logger LOG = LoggerFactory.getLogger(Packer.class);
  private static final Duration LOOK = Duration.ofMillis(50);
  private static final Duration REST = Duration.ofMinutes(1);
  private static final Duration CLOSING = Duration.ofSeconds(2);

  /** The shipper has a backlog when something has been waiting all the time for so long. */
  private static final Duration BACKLOG = Duration.ofSeconds(5);

  private final String database;
  private final UUID replicaId;
  private final PackingDirectory directory;
  private final PackUpload upload;
  private final PackOptions options;
  private final SegmentWriterOptions writer;
  private final Clock clock;
  private final Spool spool;
  private final AtomicReference<PackCounts> counts = new AtomicReference<>(PackCounts.NONE);
  private final ReentrantLock lock = new ReentrantLock();

  /** Guarded by the lock. */
  private final PackRuns runs;

  // Used by the session's loop alone; moments of System.nanoTime.
  private long nextLook = System.nanoTime();
  private long shipsSince = System.nanoTime();
  private Optional<Serial> work = Optional.empty();

  // Used by the thread that works, and while none does by the session's loop: working says which.
  private final AtomicBoolean working = new AtomicBoolean();
  private final SegmentRemover remover;
  private final Trouble trouble;
  private final List<Spool.Entry> found;
  private Optional<LeftoverPacks> leftovers = Optional.empty();
  private Optional<PackFile> pending = Optional.empty();
  private long restsUntil = System.nanoTime();

  private volatile boolean backlog;
  private volatile boolean closed;

  /**
   * Creates it; what earlier sessions left is noted, and dealt with later.
   *
   * @param spool what waits to be shipped, which comes first
   */
  Packer(
      String database,
      UUID replicaId,
      PackingDirectory directory,
      ObjectStore store,
      Spool spool,
      ReplicationOptions options) {
    this.database = database;
    this.replicaId = replicaId;
    this.directory = directory;
    this.upload = new PackUpload(store, replicaId);
    this.options = options.pack();
    this.writer = options.writer();
    this.clock = options.clock();
    this.spool = spool;
    this.runs = new PackRuns(this.options, this::letGo);
    this.remover = new SegmentRemover(store, clock);
    this.trouble = new Trouble(LOG, clock);
    this.found = directory.entries();
  }

  /** Takes the local file of an object that the store has. */
  void shipped(Spool.Entry entry) {
    if (!options.isOn() || entry.name().kind() != ObjectKind.SEGMENT) {
      letGo(entry);
      return;
    }
    Optional<Spool.Entry> kept = directory.keep(entry);
    if (kept.isPresent()) {
      lock.lock();
      try {
        runs.add(kept.get(), clock.instant());
      } finally {
        lock.unlock();
      }
    }
  }

  private void letGo(Spool.Entry entry) {
    directory.remove(entry.file());
  }

  /** Looks whether there is something to do. Cheap; called often, by the session's loop. */
  void tick() {
    long now = System.nanoTime();
    if (spool.isEmpty()) {
      shipsSince = now;
    }
    if (now - nextLook < 0) {
      return;
    }
    nextLook = now + LOOK.toNanos();
    backlog = now - shipsSince > BACKLOG.toNanos();
    if (mayGoOn() && !working.get() && now - restsUntil >= 0 && isDue()) {
      working.set(true);
      work = Optional.of(Serial.once(Workers.Kind.BESIDE, database, this::work));
    }
  }

  private boolean mayGoOn() {
    return !closed && !backlog;
  }

  private boolean isDue() {
    lock.lock();
    try {
      runs.endOld(clock.instant());
      return runs.isDue()
          || leftovers.isEmpty()
          || !leftovers.get().isEmpty()
          || pending.isPresent()
          || remover.isDue();
    } finally {
      lock.unlock();
    }
  }

  /** Gives up what waits to be packed, because the local disk is full. */
  void giveRoom() {
    lock.lock();
    try {
      runs.letAllGo();
    } finally {
      lock.unlock();
    }
    if (!working.get()) {
      pending.ifPresent(this::giveUp);
    }
  }

  private void giveUp(PackFile pack) {
    pending = Optional.empty();
    pack.segments().forEach(this::letGo);
    letGo(pack.pack());
  }

  /** Returns whether it is at work. */
  boolean busy() {
    return working.get();
  }

  /** Returns what was packed. */
  PackCounts counts() {
    return counts.get();
  }

  private void work() {
    try {
      while (mayGoOn() && step()) {
        // As long as there is something to do.
      }
    } catch (StoreException | UncheckedIOException e) {
      if (!closed) {
        if (trouble.reason().isEmpty()) {
          trouble.report(
              "Packing segments fails. Nothing is lost, they stay in the store as they are: "
                  + e.getMessage());
        }
        restsUntil = System.nanoTime() + REST.toNanos();
      }
    } catch (RuntimeException | Error e) {
      if (!closed) {
        // Nothing here is worth ending the replication for.
        LOG.error("packing segments failed; they stay in the store as they are", e);
        pending.ifPresent(this::giveUp);
        restsUntil = System.nanoTime() + REST.toNanos();
      }
    } finally {
      working.set(false);
    }
  }

  /** Does the next thing; false if there is none. */
  private boolean step() {
    if (leftovers.isEmpty()) {
      leftovers = Optional.of(LeftoverPacks.examine(replicaId, found, options, this::letGo));
      return true;
    }
    if (pending.isEmpty()) {
      pending = leftovers.get().nextPack();
    }
    if (pending.isPresent()) {
      put(pending.get());
      return true;
    }
    Optional<List<Spool.Entry>> run = leftovers.get().nextRun().or(this::takeRun);
    if (run.isPresent()) {
      pending = merge(run.get());
      return true;
    }
    if (remover.isDue()) {
      remover.removeDue(this::mayGoOn, counts::updateAndGet);
      trouble.over();
      return true;
    }
    return false;
  }

  private Optional<List<Spool.Entry>> takeRun() {
    lock.lock();
    try {
      return runs.take();
    } finally {
      lock.unlock();
    }
  }

  /** Makes a pack on local disk; empty if that fails, and then the segments are given up. */
  private Optional<PackFile> merge(List<Spool.Entry> run) {
    Optional<Path> written = Optional.empty();
    try {
      Path open = directory.newFile();
      written = Optional.of(open);
      SegmentSummary summary = merge(run, open);
      HistoryObject name =
          HistoryObject.pack(
              summary.header().generation(),
              summary.header().firstTxid(),
              summary.lastTxid(),
              summary.firstTime(),
              summary.lastTime());
      return Optional.of(new PackFile(directory.complete(open, name, summary.length()), run));
    } catch (IOException | HistoryDamagedException | IllegalArgumentException e) {
      written.ifPresent(directory::remove);
      if (!closed) {
        LOG.warn(
            "{} and what follows it cannot be packed, and stays in the store as it is: {}",
            run.get(0).name(),
            e.getMessage());
        run.forEach(this::letGo);
      }
      return Optional.empty();
    }
  }

  private SegmentSummary merge(List<Spool.Entry> run, Path file) throws IOException {
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16);
        SegmentMerger merger = new SegmentMerger(out, writer)) {
      for (Spool.Entry segment : run) {
        try (FileSegmentSource source = new FileSegmentSource(segment.file())) {
          merger.add(SegmentReader.open(source));
        }
      }
      SegmentSummary summary = merger.finish();
      out.flush();
      return summary;
    }
  }

  /** Puts a pack into the store; from then on its segments are needed nowhere. */
  private void put(PackFile file) {
    HistoryObject name = file.pack().name();
    try {
      long length = upload.put(name, file.pack().file());
      trouble.over();
      LOG.debug("packed {} segments into {} ({} bytes)", file.segments().size(), name, length);
      counts.updateAndGet(c -> c.withPack(file.segments().size(), length));
      remover.verified(name, length, file.segmentNames());
      giveUp(file);
    } catch (HistoryDamagedException e) {
      LOG.error("{}", e.getMessage());
      giveUp(file);
    } catch (IOException e) {
      if (!closed) {
        LOG.warn("reading {} failed, and its segments stay: {}", file.pack().file(), e.toString());
        giveUp(file);
      }
    }
  }

  /** Ends at once; what waits is found again by the next start. */
  @Override
  public void close() {
    closed = true;
    work.ifPresent(Serial::close);
    try {
      if (work.isPresent() && !work.get().awaitEnd(CLOSING)) {
        LOG.debug("packing is still busy with the store");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
