package dev.sidewal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class ProgressLineTest {

  private static final String CLEAR = "\r\u001b[K";
  private static final long MIB = 1 << 20;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final AtomicLong nanos = new AtomicLong(1_000);

  @Test
  void showsShareBytesRateAndTimeLeftAndIsTakenAway() {
    ErrorOutput err = ErrorOutput.of(bytes, true);
    try (ProgressLine line = new ProgressLine(err, nanos::get)) {
      line.update("restoring", 0, 100 * MIB);
      nanos.addAndGet(2_000_000_000L);
      line.update("restoring", 50 * MIB, 100 * MIB);
    }
    assertThat(shown())
        .isEqualTo(
            CLEAR
                + "restoring   0% [                    ] 0 B of 100.0 MiB"
                + CLEAR
                + "restoring  50% [==========          ] 50.0 MiB of 100.0 MiB  25.0 MiB/s  ETA 2s"
                + CLEAR);
  }

  @Test
  void isDrawnAtMostTenTimesASecond() {
    ErrorOutput err = ErrorOutput.of(bytes, true);
    try (ProgressLine line = new ProgressLine(err, nanos::get)) {
      for (int i = 0; i < 10_000; i++) {
        line.update("restoring", i, 10_000);
        nanos.addAndGet(100_000);
      }
    }
    assertThat(shown().split("restoring", -1)).hasSize(1 + 10);
  }

  @Test
  void withoutTerminalNothingIsWritten() {
    ErrorOutput err = ErrorOutput.of(bytes, false);
    try (ProgressLine line = new ProgressLine(err, nanos::get)) {
      line.update("restoring", 1, 2);
    }
    assertThat(shown()).isEmpty();
  }

  @Test
  void otherLinesTakeItAwayFirst() {
    ErrorOutput err = ErrorOutput.of(bytes, true);
    try (ProgressLine line = new ProgressLine(err, nanos::get)) {
      line.update("restoring", 7, 0);
      err.line("a message");
    }
    assertThat(shown()).isEqualTo(CLEAR + "restoring  7 B" + CLEAR + "a message\n");
  }

  private String shown() {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
