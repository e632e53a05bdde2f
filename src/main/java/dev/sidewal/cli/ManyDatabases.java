package dev.sidewal.cli;

import dev.sidewal.agent.Agent;
import dev.sidewal.error.StoreException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The replication of many databases: what goes wrong with one ends nothing. */
final class ManyDatabases implements Replicating {

  private static final Duration EVER = Duration.ofDays(36_500);

  private final Agent agent;

  ManyDatabases(Agent agent) {
    this.agent = agent;
  }

  @Override
  public void syncAll() throws InterruptedException {
    if (!agent.syncAll(EVER)) {
      throw new StoreException(
          "Not every database was shipped; the log says which and why. What is missing is still in"
              + " the databases; the next run ships it.",
          true,
          null);
    }
  }

  @Override
  public boolean awaitEnd(Duration time) throws InterruptedException {
    return new CountDownLatch(1).await(time.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public Optional<RuntimeException> failure() {
    return Optional.empty();
  }

  @Override
  public boolean stop(Duration timeout) throws InterruptedException {
    return agent.stop(timeout);
  }

  @Override
  public List<Agent.Replicated> databases() {
    return agent.databases();
  }
}
