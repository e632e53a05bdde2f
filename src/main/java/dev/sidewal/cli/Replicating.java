package dev.sidewal.cli;

import dev.sidewal.agent.Agent;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What {@code replicate} runs: the replication of one database, or of many. */
interface Replicating {

  /** Ships everything there is. */
  void syncAll() throws InterruptedException;

  /** Waits until it ends by itself; returns false if it did not in this time. */
  boolean awaitEnd(Duration time) throws InterruptedException;

  /** Returns why it ended by itself; empty while it goes on. */
  Optional<RuntimeException> failure();

  /** Ships the rest and ends; returns whether everything was shipped. */
  boolean stop(Duration timeout) throws InterruptedException;

  /** Returns the databases that are replicated now. */
  List<Agent.Replicated> databases();
}
