package dev.sidewal.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sidewal.error.UsageException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TimeArgumentTest {

  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-11-21T12:00:00.500Z"), ZoneOffset.UTC);

  @ParameterizedTest
  @CsvSource({
    "2026-11-21T10:00:00Z, 2026-11-21T10:00:00Z",
    "2026-11-21t10:00:00z, 2026-11-21T10:00:00Z",
    "2026-11-21 10:00:00Z, 2026-11-21T10:00:00Z",
    "2026-11-21T10:00:00.123456789+05:30, 2026-11-21T04:30:00.123456789Z",
    "2026-11-21T10:00:00-00:00, 2026-11-21T10:00:00Z",
    "now, 2026-11-21T12:00:00.500Z",
    "NOW, 2026-11-21T12:00:00.500Z",
    "-90m, 2026-11-21T10:30:00.500Z",
    "-2h, 2026-11-21T10:00:00.500Z",
    "-1d12h, 2026-11-20T00:00:00.500Z",
    "-1w2d3h4m5s, 2026-11-12T08:55:55.500Z",
    "-0s, 2026-11-21T12:00:00.500Z",
  })
  void readsTimes(String text, Instant expected) {
    assertThat(TimeArgument.parse(text).resolve(CLOCK)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "2026-11-21T10:00:00 | has no zone",
        "2026-11-21 | is not a time",
        "2026-11-21T10:00Z | is not a time",
        "2026-02-30T10:00:00Z | is not a time that exists",
        "2026-11-21T25:00:00Z | is not a time that exists",
        "2026-11-21T10:00:00+25:00 | is not a time that exists",
        "'' | is not a time",
        "- | is not a time",
        "90m | an age has a minus: -90m",
        "-90 | is not a time",
        "-1h1d | is not a time",
        "--1h | is not a time",
        "-1.5h | is not a time",
        "yesterday | is not a time",
        "-99999999999999999999d | is too long ago",
        "-9999999999999999w | is too long ago",
        "-3651000d | is too long ago",
      })
  void refusesEverythingElse(String text, String message) {
    assertThatThrownBy(() -> TimeArgument.parse(text))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("'" + text + "' ")
        .hasMessageContaining(message);
  }
}
