package dev.sidewal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.error.ExitCode;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;

/** One run of the command line inside the test's process, and what came of it. */
public record CliRun(int code, String out, String err, List<String> logging) {

  /** What the clock of every run says. */
  public static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

  /** Runs the command line with its own streams and a clock that stands still. */
  public static CliRun of(String... args) {
    return with(Map.of(), args);
  }

  /** Runs it with variables in its environment. */
  static CliRun with(Map<String, String> environment, String... args) {
    return with(Clock.fixed(NOW, ZoneOffset.UTC), environment, args);
  }

  /** Runs it with the machine's clock. */
  public static CliRun live(String... args) {
    return live(new ByteArrayOutputStream(), args);
  }

  /** Runs it with the machine's clock; {@code out} gets standard output, which may be no text. */
  public static CliRun live(ByteArrayOutputStream out, String... args) {
    return with(Clock.systemUTC(), Map.of(), out, args);
  }

  private static CliRun with(Clock clock, Map<String, String> environment, String... args) {
    return with(clock, environment, new ByteArrayOutputStream(), args);
  }

  private static CliRun with(
      Clock clock, Map<String, String> environment, ByteArrayOutputStream out, String... args) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    List<String> logging = new ArrayList<>();
    CliContext context =
        new CliContext(
            Output.of(out),
            ErrorOutput.of(err, false),
            clock,
            (level, format, debug) -> logging.add(level + " " + format + " " + debug),
            environment);
    int code = Cli.run(context, args);
    return new CliRun(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8), logging);
  }

  /** Returns the program's parser, for command lines that are only looked at. */
  public static CommandLine parser() {
    return Cli.commandLine(context()).setCaseInsensitiveEnumValuesAllowed(true);
  }

  /** Returns a context for looking at commands that are not run. */
  static CliContext context() {
    return new CliContext(
        Output.of(new ByteArrayOutputStream()),
        ErrorOutput.of(new ByteArrayOutputStream(), false),
        Clock.fixed(NOW, ZoneOffset.UTC),
        (level, format, debug) -> {},
        Map.of());
  }

  /** Checks that it failed as every failure must: one message, no result, no stack trace. */
  public CliRun failedWith(ExitCode expected) {
    assertThat(err).as("standard error").startsWith("error: ").doesNotContain("\tat ");
    assertThat(err.lines().filter(line -> line.startsWith("error: "))).as("messages").hasSize(1);
    assertThat(out).as("standard output").isEmpty();
    assertThat(code).as(err).isEqualTo(expected.code());
    return this;
  }

  /** Checks that it succeeded and had nothing to complain of. */
  public CliRun succeeded() {
    assertThat(err).as("standard error").isEmpty();
    assertThat(code).isEqualTo(0);
    return this;
  }
}
