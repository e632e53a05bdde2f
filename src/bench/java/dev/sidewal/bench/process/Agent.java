package dev.sidewal.bench.process;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A replicating process that runs until it is told to stop. */
public final class Agent implements AutoCloseable {

  private final Process process;
  private final ProcessLog log;
  private final long begin;
  private final int port;

  private Agent(Process process, ProcessLog log, long begin, int port) {
    this.process = process;
    this.log = log;
    this.begin = begin;
    this.port = port;
  }

  /**
   * Starts it.
   *
   * @param port where it was told to listen for HTTP
   */
  public static Agent start(Command command, Path log, int port) throws IOException {
    long begin = System.nanoTime();
    Process process = command.builder().redirectErrorStream(true).start();
    return new Agent(process, ProcessLog.of(process.getInputStream(), log), begin, port);
  }

  /** Returns the port for HTTP. */
  public int port() {
    return port;
  }

  /** Waits until it has said something so often, and returns how long after its start that was. */
  public Duration await(String mark, int count, Duration limit)
      throws IOException, InterruptedException {
    return Duration.ofNanos(log.await(mark, count, limit) - begin);
  }

  /** Returns its CPU time until now. */
  public Duration cpu() throws IOException {
    return ProcFiles.cpu(process.pid());
  }

  /** Returns a field of its {@code status} in MB. */
  public double megabytes(String field) throws IOException {
    return ProcFiles.megabytes(process.pid(), field);
  }

  /** Returns how many threads it has. */
  public int threads() throws IOException {
    return ProcFiles.entries(process.pid(), "task");
  }

  /** Returns how many file descriptors it has open. */
  public int descriptors() throws IOException {
    return ProcFiles.entries(process.pid(), "fd");
  }

  /** Tells it to stop, in order, and returns how long that took. */
  public Duration stop() throws IOException, InterruptedException {
    long now = System.nanoTime();
    process.toHandle().destroy(); // Process.destroy would close its output as well.
    if (!process.waitFor(120, TimeUnit.SECONDS)) {
      throw new IOException("the agent did not stop within 120 s");
    }
    return Duration.ofNanos(System.nanoTime() - now);
  }

  /** Kills it if it still runs. */
  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
