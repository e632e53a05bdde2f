package dev.sidewal.cli;

import dev.sidewal.error.ExitCode;
import java.util.concurrent.Callable;

/**
 * Ends the process in order when SIGTERM, SIGINT or SIGHUP arrives. The JVM answers these signals
 * by running shutdown hooks and then exits with 128 + the signal's number; the hook made here does
 * the rest of the work and then halts the process with the exit code that the work deserves.
 */
final class Shutdown {

  private Shutdown() {}

  /** Has {@code end} called on a signal; the process exits with the code that it returns. */
  static Thread onSignal(Callable<Integer> end, Failures failures) {
    Thread hook =
        new Thread(
            () -> {
              int code;
              try {
                code = end.call();
              } catch (Exception e) {
                code = failures.report(e, "sidewal replicate", false).code();
              }
              NativeLibraries.remove();
              Runtime.getRuntime().halt(code);
            },
            "sidewal shutdown");
    Runtime.getRuntime().addShutdownHook(hook);
    return hook;
  }

  /** Takes the hook back; when a signal was faster, waits for it to end the process. */
  static void cancel(Thread hook) throws InterruptedException {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException alreadyEnding) {
      hook.join();
      throw new InterruptedException("ended by a signal with code " + ExitCode.DONE.code());
    }
  }
}
