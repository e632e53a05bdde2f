package dev.sidewal.cli;

import dev.sidewal.error.ExitCode;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;

/**
 * What all commands share. A command parses, calls and prints: it returns its exit code or throws;
 * how failures are told is decided in one place, {@link Failures}.
 */
abstract class SidewalCommand implements Callable<Integer> {

  @Mixin private final CommonOptions common = new CommonOptions();

  private final CliContext context;

  SidewalCommand(CliContext context) {
    this.context = context;
  }

  /** Returns the streams and the clock of this run. */
  final CliContext context() {
    return context;
  }

  /** Returns whether stack traces are wanted. */
  final boolean debug() {
    return common.debug();
  }

  /** Returns the level at which the command logs unless told otherwise. */
  LogLevel defaultLogLevel() {
    return LogLevel.WARN;
  }

  /** Returns the exit codes that help lists. */
  abstract Set<ExitCode> exitCodes();

  /** Does the work and returns the process's exit code. */
  abstract int run() throws Exception;

  @Override
  public final Integer call() throws Exception {
    common.apply(context.logs(), defaultLogLevel());
    return run();
  }
}
