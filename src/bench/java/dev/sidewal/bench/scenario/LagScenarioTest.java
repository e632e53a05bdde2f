package dev.sidewal.bench.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which object belongs to which commit. */
final class LagScenarioTest {

  @Test
  void theFirstObjectAfterACommitBeganIsItsOwn() throws IOException {
    assertThat(
            LagScenario.lags(
                millis(1000, 4000, 7000),
                millis(1002, 4002, 7002),
                millis(900, 1050, 1100, 4001, 7302)))
        .containsExactly(48, 0, 300);
  }

  @Test
  void aCommitWithoutAnObjectIsAFailure() {
    assertThatThrownBy(() -> LagScenario.lags(millis(1000, 4000), millis(1001, 4001), millis(4020)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("commit 1");
  }

  private static List<Instant> millis(long... moments) {
    return Arrays.stream(moments).mapToObj(Instant::ofEpochMilli).toList();
  }
}
