package dev.sidewal.cli;

import java.time.Clock;
import java.util.Map;
import java.util.Objects;

/**
 * What a command has of the process that it runs in; tests pass their own.
 *
 * @param out standard output, for results
 * @param err standard error, for messages, logs and progress
 * @param clock tells what {@code now} and ages mean
 * @param logs switches logging on as the options say
 * @param environment the variables of the environment
 */
record CliContext(
    Output out, ErrorOutput err, Clock clock, LogSetup logs, Map<String, String> environment) {

  CliContext {
    Objects.requireNonNull(out, "out");
    Objects.requireNonNull(err, "err");
    Objects.requireNonNull(clock, "clock");
    Objects.requireNonNull(logs, "logs");
    environment = Map.copyOf(environment);
  }
}
