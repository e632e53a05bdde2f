package dev.sidewal.cli;

import dev.sidewal.agent.Agent;
import dev.sidewal.agent.DatabaseSource;
import dev.sidewal.agent.Replication;
import dev.sidewal.agent.Sidewal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;

/** The replication of one database, which ends when that cannot go on. */
final class OneDatabase implements Replicating {

  private static final Duration SETTLE_LOOK = Duration.ofMillis(20);
  private static final Duration EVER = Duration.ofDays(36_500);

  private final Path database;
  private final String url;
  private final Replication replication;

  OneDatabase(Path database, DatabaseSource source) {
    this.database = database;
    this.url = source.url();
    this.replication = Sidewal.replicate(database, url, source.options());
  }

  @Override
  public void syncAll() throws InterruptedException {
    try {
      replication.sync(EVER);
      // What has become due meanwhile is part of everything.
      while (replication.status().busyBeside() && replication.failure().isEmpty()) {
        replication.awaitEnd(SETTLE_LOOK);
      }
    } catch (TimeoutException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public boolean awaitEnd(Duration time) throws InterruptedException {
    return replication.awaitEnd(time);
  }

  @Override
  public Optional<RuntimeException> failure() {
    return replication.failure();
  }

  @Override
  public boolean stop(Duration timeout) throws InterruptedException {
    return replication.stop(timeout);
  }

  @Override
  public List<Agent.Replicated> databases() {
    return List.of(new Agent.Replicated(database, url, replication));
  }
}
