package dev.sidewal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TextsTest {

  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "1023, 1023 B",
    "1024, 1.0 KiB",
    "1536, 1.5 KiB",
    "1048524, 1023.9 KiB",
    "1048575, 1.0 MiB",
    "1048576, 1.0 MiB",
    "5368709120, 5.0 GiB",
    "9223372036854775807, 8.0 EiB",
  })
  void bytes(long bytes, String expected) {
    assertThat(Texts.bytes(bytes)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"0, 0s", "59, 59s", "60, 1m 0s", "3599, 59m 59s", "7500, 2h 5m", "93600, 1d 2h"})
  void durations(long seconds, String expected) {
    assertThat(Texts.duration(Duration.ofSeconds(seconds))).isEqualTo(expected);
  }

  @Test
  void timesHaveExactlyThreeDecimals() {
    assertThat(Texts.time(Instant.parse("2026-11-21T10:00:00Z")))
        .isEqualTo("2026-11-21T10:00:00.000Z");
    assertThat(Texts.time(Instant.parse("2026-11-21T10:00:00.123999Z")))
        .isEqualTo("2026-11-21T10:00:00.123Z");
  }

  @Test
  void aTimeAheadOfTheClockIsNoAge() {
    Instant now = Instant.parse("2026-11-21T10:00:00Z");
    assertThat(Texts.age(now.minusSeconds(90), now)).isEqualTo("1m 30s ago");
    assertThat(Texts.age(now.plusSeconds(90), now)).isEqualTo("in 1m 30s: clocks differ");
  }

  @Test
  void checksumsHaveSixteenDigits() {
    assertThat(Texts.checksum(0x1fL)).isEqualTo("000000000000001f");
    assertThat(Texts.checksum(-1L)).isEqualTo("ffffffffffffffff");
  }
}
