package dev.sidewal.agent;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * Replicates many databases in one process: finds them, starts the replication of those that
 * appear, ends that of those that vanish, and tries again what failed. Safe for use by several
 * threads.
 */
public final class Agent implements AutoCloseable {

  /**
   * A database that is replicated now.
   *
   * @param database its absolute path
   * @param url its replica
   * @param replication its replication
   */
  public record Replicated(Path database, String url, Replication replication) {}

  private Agent() {}

  /**
   * Begins to look for databases, and to replicate them.
   *
   * @param sources where databases are; no two may lead to the same replica
   * @param scanInterval how often directories are looked through
   * @throws dev.sidewal.error.UsageException if a URL or pattern is not one
   */
  public static Agent start(List<DatabaseSource> sources, Duration scanInterval) {
    Objects.requireNonNull(scanInterval, "scanInterval");
    if (sources.isEmpty()) {
      throw new IllegalArgumentException("no sources");
    }
    throw new UnsupportedOperationException();
  }

  /** Returns the databases that are replicated now, in the order of their paths. */
  public List<Replicated> databases() {
    return List.of();
  }

  /**
   * Ships the rest of every database and ends.
   *
   * @param timeout how long shipping may take, for all together
   * @return whether everything was shipped
   */
  public boolean stop(Duration timeout) throws InterruptedException {
    return !timeout.isNegative();
  }

  @Override
  public void close() {}
}
