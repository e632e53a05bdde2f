package dev.sidewal.cli;

import java.util.Optional;
import picocli.CommandLine.Option;

/** The options that every command has. */
final class CommonOptions {

  @Option(
      names = "--log-level",
      paramLabel = "LEVEL",
      description = "What is logged to standard error: ${COMPLETION-CANDIDATES}.")
  private Optional<LogLevel> logLevel = Optional.empty();

  @Option(
      names = "--log-format",
      paramLabel = "FORMAT",
      defaultValue = "text",
      description = "How it is logged: ${COMPLETION-CANDIDATES} (default ${DEFAULT-VALUE}).")
  private LogFormat logFormat = LogFormat.TEXT;

  @Option(
      names = "--debug",
      description = "Show stack traces of failures; --log-level becomes debug unless given.")
  private boolean debug;

  /** Returns whether stack traces are wanted. */
  boolean debug() {
    return debug;
  }

  /** Switches logging on once more, if anything but the defaults was given. */
  void applyGiven(LogSetup logs, LogLevel defaultLevel) {
    if (logLevel.isPresent() || logFormat != LogFormat.TEXT) {
      apply(logs, defaultLevel);
    }
  }

  /** Switches logging on. */
  void apply(LogSetup logs, LogLevel defaultLevel) {
    logs.apply(logLevel.orElse(debug ? LogLevel.DEBUG : defaultLevel), logFormat, debug);
  }
}
