package dev.sidewal.agent;

import dev.sidewal.error.HistoryDamagedException;
import dev.sidewal.error.SidewalException;
import dev.sidewal.error.StoreException;
import dev.sidewal.error.SupersededException;
import dev.sidewal.fault.CrashPoint;
import dev.sidewal.replica.Generations;
import dev.sidewal.replica.HistoryPublisher;
import dev.sidewal.segment.FileSegmentSource;
import dev.sidewal.segment.SegmentReader;
import dev.sidewal.sqlite.LogFollower;
import dev.sidewal.store.ObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ships what an earlier session made safe on local disk and did not ship, under the generation in
 * which it was recorded.
 *
 * <p>Invariant: only what the state calls safe is shipped. Anything else was never handed to the
 * store and is recorded again. An object that does not read back as it was written (a machine that
 * lost power) is dropped with all that follow it. Not safe for use by several threads.
 */
final class Leftovers {

  private static final Logger LOG = LoggerFactory.getLogger(Leftovers.class);
  private static final Duration WAIT = Duration.ofMillis(20);
  private static final Duration FIRST_REST = Duration.ofMillis(250);
  private static final Duration LONGEST_REST = Duration.ofSeconds(15);

  private final Path database;
  private final RunDirectory run;
  private final ObjectStore store;
  private final ReplicationOptions options;
  private final boolean again;

  /**
   * Creates it.
   *
   * @param again whether this run of the agent has claimed a generation before: then another agent
   *     that has taken over ends it
   */
  Leftovers(
      Path database,
      RunDirectory run,
      ObjectStore store,
      ReplicationOptions options,
      boolean again) {
    this.database = database;
    this.run = run;
    this.store = store;
    this.options = options;
    this.again = again;
  }

  /**
   * Ships them all, for as long as it takes.
   *
   * @param holding holds the log meanwhile
   * @return false if told to give up
   * @throws LogLetGoException if the log can be held no longer
   */
  boolean ship(SessionStart.Host host, Optional<LogFollower> holding)
      throws IOException, InterruptedException {
    List<Spool.Entry> entries = usable();
    while (!entries.isEmpty()) {
      CrashPoint.LEFTOVERS.reached();
      long generation = entries.get(0).name().generation();
      List<Spool.Entry> batch =
          entries.stream().filter(e -> e.name().generation() == generation).toList();
      try {
        if (!ship(generation, batch, host, holding)) {
          return false;
        }
      } catch (SupersededException e) {
        if (again) {
          throw e;
        }
        LOG.warn(
            "another agent has written to {} since this one ran: {} objects that were not shipped"
                + " then are dropped, for they would never be restored",
            store.location(),
            batch.size());
        remove(entries);
        return true;
      }
      entries = entries.subList(batch.size(), entries.size());
    }
    return true;
  }

  private boolean ship(
      long generation,
      List<Spool.Entry> batch,
      SessionStart.Host host,
      Optional<LogFollower> holding)
      throws IOException, InterruptedException {
    LOG.info("shipping {} objects that an earlier session left", batch.size());
    HoldLimit limit = new HoldLimit(database, options.maxHeldLogBytes());
    HistoryPublisher publisher = new HistoryPublisher(store, generation);
    Optional<Boolean> ours = isOurs(publisher, host, holding, limit);
    if (ours.isEmpty()) {
      return false;
    }
    if (ours.get() && !firstIsThere(generation)) {
      LOG.warn(
          "the first snapshot of generation {} did not get into the store: what came after it is"
              + " recorded anew",
          generation);
      remove(batch);
      return true;
    }
    if (!ours.get()) {
      LOG.warn(
          "{} is not the replica for which {} objects wait in {}: they are dropped",
          store.location(),
          batch.size(),
          run.path());
      remove(batch);
      return true;
    }
    Spool spool = new Spool();
    batch.forEach(spool::add);
    long last = batch.get(batch.size() - 1).name().lastTxid();
    try (Shipper shipper =
        new Shipper(
            database.toString(),
            spool,
            publisher,
            options.outageLimit(),
            options.clock(),
            Duration.ZERO,
            0,
            this::shipped,
            host::progress)) {
      while (!shipper.awaitShipped(last, WAIT)) {
        Optional<SidewalException> failure = shipper.failure();
        if (failure.isPresent()) {
          throw failure.get();
        }
        host.trouble(shipper.outage());
        if (host.giveUp()) {
          return false;
        }
        if (holding.isPresent()) {
          SessionStart.checkHold(holding.get(), limit);
        }
      }
      host.trouble(Optional.empty());
      return true;
    }
  }

  private void shipped(Spool.Entry entry) {
    if (options.pack().isOn() && !entry.name().kind().isImage()) {
      // The next session packs it.
      run.packing().keep(entry);
    } else {
      run.packing().remove(entry.file());
    }
  }

  /**
   * Returns whether something can be restored that the objects build on. Asks the store if need be.
   */
  private boolean firstIsThere(long generation) throws IOException {
    if (run.images().missingFirst().filter(g -> g == generation || g == Long.MAX_VALUE).isEmpty()) {
      return true;
    }
    boolean[] found = {false};
    store.list(Generations.directory(generation) + "snapshots/", object -> found[0] = true);
    if (found[0]) {
      run.images().firstIsThere();
    }
    return found[0];
  }

  /**
   * Returns whether the store holds the replica for which the objects were made; empty if told to
   * give up. Asks for as long as it takes.
   */
  private Optional<Boolean> isOurs(
      HistoryPublisher publisher,
      SessionStart.Host host,
      Optional<LogFollower> holding,
      HoldLimit limit)
      throws IOException, InterruptedException {
    UUID replicaId = run.state().last().orElseThrow().replicaId();
    Trouble trouble = new Trouble(LOG, options.clock());
    Instant begun = options.clock().instant();
    Duration rest = FIRST_REST;
    while (true) {
      try {
        boolean ours = publisher.isClaimedIn(replicaId);
        trouble.over();
        host.trouble(Optional.empty());
        return Optional.of(ours);
      } catch (StoreException e) {
        Duration passed = Duration.between(begun, options.clock().instant());
        if (options.outageLimit().filter(l -> passed.compareTo(l) > 0).isPresent()) {
          throw e;
        }
        trouble.report("shipping fails since " + passed.toSeconds() + " s: " + e.getMessage());
        host.trouble(trouble.reason());
      }
      long end = System.nanoTime() + rest.toNanos();
      while (System.nanoTime() - end < 0) {
        if (host.giveUp()) {
          return Optional.empty();
        }
        if (holding.isPresent()) {
          SessionStart.checkHold(holding.get(), limit);
        }
        host.pause(WAIT);
      }
      rest = rest.compareTo(LONGEST_REST) < 0 ? rest.multipliedBy(2) : rest;
    }
  }

  private List<Spool.Entry> usable() throws IOException {
    run.spool().removeOpen();
    List<Spool.Entry> all = run.spool().entries();
    Optional<SavedState> state = run.state().last();
    List<Spool.Entry> usable = new ArrayList<>();
    for (Spool.Entry entry : all) {
      boolean safe = state.isPresent() && entry.name().lastTxid() <= state.get().position().txid();
      if (!safe || !isWhole(entry)) {
        break;
      }
      usable.add(entry);
    }
    remove(all.subList(usable.size(), all.size()));
    return usable;
  }

  private static boolean isWhole(Spool.Entry entry) throws IOException {
    try (FileSegmentSource source = new FileSegmentSource(entry.file())) {
      SegmentReader.open(source).verifyAll();
      return true;
    } catch (HistoryDamagedException e) {
      LOG.error(
          "{} was not written completely, because the machine lost power perhaps. It and what"
              + " follows it is recorded anew: {}",
          entry.file(),
          e.getMessage());
      return false;
    }
  }

  private static void remove(List<Spool.Entry> entries) throws IOException {
    for (Spool.Entry entry : entries) {
      Files.deleteIfExists(entry.file());
    }
  }
}
