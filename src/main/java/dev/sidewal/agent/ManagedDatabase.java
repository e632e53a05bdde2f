package dev.sidewal.agent;

import dev.sidewal.error.SupersededException;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ReplicaUrl;
import dev.sidewal.store.SharedStores;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * One database of an {@link Agent}: its replication, which is begun anew some time after it has
 * failed. One that another agent took over stays ended: two that claim in turn would never end.
 * Used by the thread that scans; {@link #replication} by any.
 */
final class ManagedDatabase {

  private static final Logger LOG = LoggerFactory.getLogger(ManagedDatabase.class);
  private static final GrowingRest FIRST_REST =
      new GrowingRest(Duration.ofSeconds(5), Duration.ofMinutes(5));

  private final Path path;
  private final ReplicaUrl url;
  private final SharedStores stores;
  private final ReplicationOptions options;
  private volatile Replication replication;
  private boolean told;
  private GrowingRest rest = FIRST_REST;

  // Moments of System.nanoTime; the second counts when it has failed.
  private long begunAt;
  private long retryAt;

  ManagedDatabase(Path path, ReplicaUrl url, SharedStores stores, ReplicationOptions options) {
    this.path = path;
    this.url = url;
    this.stores = stores;
    this.options = options;
    this.replication = begin();
  }

  private Replication begin() {
    begunAt = System.nanoTime();
    ObjectStore store = stores.openForWriting(url);
    return Replication.start(path, store, options);
  }

  ReplicaUrl url() {
    return url;
  }

  Replication replication() {
    return replication;
  }

  /** Looks whether it has ended, and begins anew when it is time. */
  void look() {
    Optional<RuntimeException> failure = replication.failure();
    if (failure.isEmpty()) {
      if (System.nanoTime() - begunAt > rest.longest().toNanos()) {
        rest = FIRST_REST;
      }
      return;
    }
    MDC.put(DatabaseReplicator.LOG_SUBJECT, path.toString());
    try {
      boolean superseded = failure.get() instanceof SupersededException;
      if (!told) {
        told = true;
        retryAt = System.nanoTime() + rest.time().toNanos();
        LOG.error(
            "replication has ended{}: {}",
            superseded
                ? " until this agent is started again"
                : " and is begun anew in " + rest.time().toSeconds() + " s",
            failure.get().getMessage());
      }
      if (!superseded && System.nanoTime() - retryAt >= 0) {
        rest = rest.next();
        told = false;
        replication = begin();
      }
    } catch (RuntimeException e) {
      LOG.error("replication cannot be begun; it is tried again: {}", e.getMessage());
      retryAt = System.nanoTime() + rest.time().toNanos();
    } finally {
      MDC.remove(DatabaseReplicator.LOG_SUBJECT);
    }
  }

  /** Returns whether the store has all that was copied of its file before it vanished. */
  boolean isAtRest() {
    ReplicationStatus status = replication.status();
    return status.state().ended()
        || (status.state() == ReplicationState.WAITING && status.unshippedSince().isEmpty());
  }
}
