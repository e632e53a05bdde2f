package dev.sidewal.bench.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the kernel says of processes. */
final class ProcFilesTest {

  @Test
  void fieldsAreCountedBehindTheName() {
    String stat = "4711 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 100 23 1000 1 20 0 1 0 1 1 1";
    assertThat(ProcFiles.time(stat, 14 - 3, 15 - 3)).isEqualTo(Duration.ofMillis(1230));
    assertThat(ProcFiles.time(stat, 16 - 3, 17 - 3)).isEqualTo(Duration.ofMillis(10_010));
  }

  @Test
  void memoryIsInMillionsOfBytes() {
    String status = "Name:\tjava\nVmHWM:\t   1000 kB\nRssAnon:\t 10 kB\n";
    assertThat(ProcFiles.megabytes(status, "VmHWM")).isEqualTo(1.024);
    assertThat(ProcFiles.megabytes(status, "VmRSS")).isZero();
  }

  @Test
  void theCpuOfARunIsItsOwnAndThatOfItsChildren(@TempDir Path scratch)
      throws IOException, InterruptedException {
    String work = "i=0; while [ $i -lt 1000000 ]; do i=$((i + 1)); done";
    ShortRun idle =
        ShortRun.of(
            new Command(List.of("sleep", "0.3"), Map.of()),
            scratch.resolve("log"),
            Duration.ofMinutes(1));
    assertThat(idle.wall()).isGreaterThanOrEqualTo(Duration.ofMillis(300));
    assertThat(idle.cpu()).isLessThan(Duration.ofMillis(100));
    ShortRun busy =
        ShortRun.of(
            new Command(List.of("sh", "-c", "sh -c '" + work + "'; true"), Map.of()),
            scratch.resolve("log"),
            Duration.ofMinutes(1));
    assertThat(busy.cpu()).isGreaterThanOrEqualTo(Duration.ofMillis(100));
    assertThat(busy.cpu()).isLessThanOrEqualTo(busy.wall().plusMillis(50));
    assertThat(busy.peakMegabytes()).isPositive();
  }
}
