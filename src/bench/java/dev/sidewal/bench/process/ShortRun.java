package dev.sidewal.bench.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * A process that was run to its end, and what it cost.
 *
 * <p>The CPU time is exact, in the kernel's steps of 10 ms: a child's time is added to its parent's
 * when the parent waits for it, which Java does for every process, so that the difference between
 * before and after is that of the child, its start and its own children included. This holds as
 * long as no other child ends meanwhile, which is why scenarios run one thing at a time. Peak
 * memory is the kernel's own high-water mark, read every 5 ms until the process is gone: what it
 * grows by in its last 5 ms may be missed.
 *
 * @param peakMegabytes resident memory, with what is shared with files
 */
public record ShortRun(Duration wall, Duration cpu, double peakMegabytes) {

  /** Runs a command to its end, with its output in a file. */
  public static ShortRun of(Command command, Path log, Duration limit)
      throws IOException, InterruptedException {
    Duration before = ProcFiles.endedChildren();
    long begin = System.nanoTime();
    Process process =
        command
            .builder()
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    double peak = 0;
    try {
      while (!process.waitFor(5, TimeUnit.MILLISECONDS)) {
        peak = Math.max(peak, peak(process.pid()));
        if (System.nanoTime() - begin > limit.toNanos()) {
          throw new IOException("still running after " + limit + ": " + command.words());
        }
      }
    } finally {
      process.destroyForcibly().waitFor();
    }
    Duration wall = Duration.ofNanos(System.nanoTime() - begin);
    if (process.exitValue() != 0) {
      throw new IOException(
          command.words()
              + " ended with "
              + process.exitValue()
              + ": "
              + ProcessLog.end(Files.readString(log)));
    }
    return new ShortRun(wall, ProcFiles.endedChildren().minus(before), peak);
  }

  private static double peak(long pid) {
    try {
      return ProcFiles.megabytes(pid, "VmHWM");
    } catch (IOException e) {
      return 0; // It has just ended.
    }
  }
}
