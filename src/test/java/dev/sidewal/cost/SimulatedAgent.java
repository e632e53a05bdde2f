package dev.sidewal.cost;

import dev.sidewal.agent.ImageOptions;
import dev.sidewal.agent.Replication;
import dev.sidewal.agent.ReplicationOptions;
import dev.sidewal.agent.ReplicationStatus;
import dev.sidewal.agent.Sidewal;
import dev.sidewal.replica.GenerationListing;
import dev.sidewal.replica.ReplicaListing;
import dev.sidewal.replica.StoredObject;
import dev.sidewal.retention.RetireMode;
import dev.sidewal.segment.ObjectKind;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.testing.FaultyHttpProxy;
import dev.sidewal.testing.S3Operation;
import dev.sidewal.testing.S3Server;
import dev.sidewal.testing.StandingClock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * An agent beside a {@link Workload}, by a clock that passes second by second as soon as the agent
 * has nothing more to do in this one. Its store is an S3 server behind an HTTP proxy that counts.
 * All options are the defaults, but for three: segments are sealed by {@link #sync}, which stands
 * for the sync interval; what retention retires is deleted, because the server has no tags; and
 * images may be read fast, because they take no time by the clock that stands meanwhile.
 */
final class SimulatedAgent implements AutoCloseable {

  private static final Duration LONG = Duration.ofMinutes(2);
  private static final Duration SECOND = Duration.ofSeconds(1);

  /** Objects and their bytes. */
  record Stored(long objects, long bytes) {}

  private final StandingClock clock = new StandingClock(Instant.parse("2026-01-01T00:00:00Z"));
  private final RequestCounter counter = new RequestCounter();
  private final FaultyHttpProxy proxy;
  private final String prefix;
  private final Workload workload;
  private final Path state;
  private final Replication replication;

  private SimulatedAgent(FaultyHttpProxy proxy, String prefix, Workload workload, Path database) {
    this.proxy = proxy;
    this.prefix = prefix;
    this.workload = workload;
    this.state = database.resolveSibling("." + database.getFileName() + "-sidewal");
    proxy.plan(counter);
    proxy.useInThisJvm();
    this.replication =
        Sidewal.replicate(
            database,
            proxy.url(prefix).toString(),
            ReplicationOptions.builder()
                .clock(clock)
                .syncInterval(Duration.ofDays(1))
                .images(
                    new ImageOptions(
                        ImageOptions.DEFAULT.snapshotInterval(),
                        ImageOptions.DEFAULT.deltaInterval(),
                        OptionalLong.of(1L << 30)))
                .retire(RetireMode.DELETE)
                .build());
  }

  /** Starts it; returns when the first snapshot is in the store and nothing more is to do. */
  static SimulatedAgent start(S3Server server, String prefix, Path directory, int items)
      throws Exception {
    Path database = directory.resolve(prefix + ".db");
    Workload workload = Workload.create(database, items, 4711);
    workload.copyTo(directory.resolve(prefix + "-first.db"));
    FaultyHttpProxy proxy = FaultyHttpProxy.before(server);
    SimulatedAgent agent = new SimulatedAgent(proxy, prefix, workload, database);
    agent.sync();
    // The first segment after a quiet spell is sealed at once.
    workload.commit();
    agent.sync();
    agent.settle();
    // The look at the bucket's lifecycle rules, by a thread of its own.
    Awaitility.await().until(() -> agent.counter.of(S3Operation.OTHER) == 1);
    return agent;
  }

  /** Copies the database as it is now, page by page. */
  void copyTo(Path file) throws SQLException {
    workload.copyTo(file);
  }

  /** Returns what counts the requests. */
  RequestCounter counter() {
    return counter;
  }

  /** Returns what the agent says of itself. */
  ReplicationStatus status() {
    return replication.status();
  }

  /** Commits some transactions, waits until the agent has copied them, and lets a second pass. */
  void second(int commits) throws Exception {
    for (int i = 0; i < commits; i++) {
      workload.commit();
    }
    settle();
    clock.pass(SECOND);
  }

  /** Lets time pass in which nothing is committed, in one go. */
  void pass(Duration time) throws Exception {
    clock.pass(time);
    settle();
  }

  /** Has what was copied sealed and shipped; returns the last transaction. */
  long sync() throws Exception {
    return replication.sync(LONG);
  }

  /**
   * Lets time pass until the rest is packed, what packs cover is removed, and retention has looked.
   */
  void drain() throws Exception {
    sync();
    pass(Duration.ofMinutes(16));
    Awaitility.await().atMost(LONG).until(() -> isPacked());
    pass(Duration.ofMinutes(3));
    Awaitility.await()
        .atMost(LONG)
        .until(() -> status().packs().removedSegments() == status().packs().packedSegments());
    sync();
    settle();
  }

  private boolean isPacked() throws IOException {
    try (Stream<Path> files = Files.walk(state)) {
      return files.noneMatch(
          f -> f.getParent().endsWith("packing") && !f.getFileName().toString().startsWith("."));
    } catch (UncheckedIOException e) {
      return false; // A file went while it was looked at.
    }
  }

  /** Waits until the agent has copied everything and does nothing beside. */
  private void settle() {
    long expected = workload.transactions() + 1;
    Awaitility.await()
        .atMost(LONG)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(1))
        .failFast(() -> replication.failure().isPresent())
        .until(
            () -> {
              ReplicationStatus status = replication.status();
              return status.lastTxid() >= expected && !status.busyBeside();
            });
  }

  /** Returns the URL of the replica, past the proxy. */
  String url() {
    return proxy.behind().url(prefix).toString();
  }

  /** Returns the environment that a process needs to use it. */
  Map<String, String> environment() {
    return proxy.environment();
  }

  /** Opens the replica, past the proxy: what is asked there is not counted. */
  ObjectStore look() {
    return proxy.behind().open(prefix);
  }

  /** Returns the bytes of the newest object of a kind, 0 if there is none. */
  long lastBytes(ObjectKind kind) {
    try (ObjectStore store = look()) {
      return ReplicaListing.load(store).generations().stream()
          .flatMap(g -> g.objects().stream())
          .filter(o -> o.name().kind() == kind)
          .max(Comparator.comparing(o -> o.name().lastTxid()))
          .map(StoredObject::bytes)
          .orElse(0L);
    }
  }

  /** Returns what the store has, by kind. */
  Map<String, Stored> stored() {
    Map<String, Stored> stored = new TreeMap<>();
    try (ObjectStore store = look()) {
      for (GenerationListing generation : ReplicaListing.load(store).generations()) {
        for (StoredObject object : generation.objects()) {
          stored.merge(
              object.name().kind().name().toLowerCase(Locale.ROOT),
              new Stored(1, object.bytes()),
              (a, b) -> new Stored(a.objects() + b.objects(), a.bytes() + b.bytes()));
        }
      }
    }
    return stored;
  }

  @Override
  public void close() throws SQLException {
    try {
      replication.close();
    } finally {
      workload.close();
      proxy.close();
    }
  }
}
