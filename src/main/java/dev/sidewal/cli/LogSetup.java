package dev.sidewal.cli;

/** Switches logging on, before a command does anything. */
@FunctionalInterface
interface LogSetup {

  /**
   * Applies the options.
   *
   * @param debug whether log entries show the stack traces of failures
   */
  void apply(LogLevel level, LogFormat format, boolean debug);
}
