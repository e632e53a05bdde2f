package dev.sidewal.cli;

import dev.sidewal.agent.HttpEndpoint;
import dev.sidewal.agent.MetricsPage;
import dev.sidewal.error.ExitCode;
import dev.sidewal.error.StoreException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** One run of {@code replicate}, from its beginning to the exit code that it deserves. */
final class ReplicateRun {

  private static final Duration LOOK = Duration.ofMillis(200);

  /** How long a shell may take to notice that what it ran has ended. */
  private static final Duration SETTLE = Duration.ofMillis(500);

  /** How often it is looked whether memory can be given back. */
  private static final Duration MEMORY_LOOK = Duration.ofSeconds(5);

  private final Replicating replicating;
  private final AgentFlags settings;
  private final EndpointFlags.Endpoint endpoint;
  private final MetricsPage metrics;
  private final Failures failures;
  private final IdleHeap heap = IdleHeap.ofThisProcess();

  /**
   * Creates a run.
   *
   * @param endpoint what is to be opened, unless everything is shipped once only
   */
  ReplicateRun(
      Replicating replicating,
      AgentFlags settings,
      EndpointFlags.Endpoint endpoint,
      MetricsPage metrics,
      Failures failures) {
    this.replicating = replicating;
    this.settings = settings;
    this.endpoint = endpoint;
    this.metrics = metrics;
    this.failures = failures;
  }

  /** Ships everything there is, then ends. */
  int once() throws InterruptedException {
    Thread hook = Shutdown.onSignal(this::stop, failures);
    try {
      replicating.syncAll();
    } catch (RuntimeException e) {
      // The other databases are closed as they should be.
      boolean unused = replicating.stop(settings.shutdownTimeout());
      throw e;
    } finally {
      // Also after a failure, which the hook would report a second time.
      Shutdown.cancel(hook);
    }
    return stop();
  }

  /** Runs until it ends by itself, or a signal ends the process. */
  int untilSignal() throws InterruptedException {
    Thread hook = Shutdown.onSignal(this::stop, failures);
    Optional<HttpEndpoint> endpoint = open(hook);
    try {
      // Until it ends by itself, or a signal ends the process.
      while (!replicating.awaitEnd(MEMORY_LOOK)) {
        heap.look();
      }
    } finally {
      endpoint.ifPresent(HttpEndpoint::close);
    }
    Shutdown.cancel(hook);
    return stop();
  }

  /** Opens the endpoint; if it cannot, the hook does not say with which code the process ends. */
  private Optional<HttpEndpoint> open(Thread hook) throws InterruptedException {
    try {
      return endpoint.open(replicating::databases, metrics);
    } catch (RuntimeException e) {
      Shutdown.cancel(hook);
      throw e;
    }
  }

  /** Stops and returns the exit code; throws what replication ended with. */
  private int stop() throws InterruptedException {
    boolean shipped = replicating.stop(settings.shutdownTimeout());
    if (replicating.failure().isPresent()) {
      throw replicating.failure().get();
    }
    if (!shipped) {
      throw new StoreException(
          "Not everything was shipped within --shutdown-timeout ("
              + settings.shutdownTimeout().toSeconds()
              + " s). What is missing is still in the database; the next start ships it.",
          true,
          null);
    }
    return ExitCode.DONE.code();
  }

  /** Runs a command, ends when that does, and returns its exit code unless that is 0. */
  int beside(String command) throws IOException, InterruptedException {
    Process child = new ProcessBuilder("/bin/sh", "-c", command).inheritIO().start();
    Thread hook = Shutdown.onSignal(() -> childEnded(terminate(child)), failures);
    Optional<HttpEndpoint> endpoint = open(hook);
    try {
      while (!child.waitFor(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
        if (replicating.failure().isPresent()) {
          terminate(child);
          throw replicating.failure().get();
        }
        heap.look();
      }
    } finally {
      endpoint.ifPresent(HttpEndpoint::close);
      Shutdown.cancel(hook);
    }
    return childEnded(child.exitValue());
  }

  /**
   * Ends a command and returns its exit code. What the shell runs is told first, so that a shell
   * that only waits for it ends with its code; a script that goes on after that is told as well.
   */
  private static int terminate(Process shell) throws InterruptedException {
    List<ProcessHandle> running = shell.children().filter(ProcessHandle::destroy).toList();
    for (ProcessHandle process : running) {
      process.onExit().join();
    }
    if (running.isEmpty() || !shell.waitFor(SETTLE.toMillis(), TimeUnit.MILLISECONDS)) {
      shell.destroy();
    }
    return shell.waitFor();
  }

  private int childEnded(int code) throws InterruptedException {
    int stopped = stop();
    return code != 0 ? code : stopped;
  }
}
