package dev.sidewal.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** The arithmetic behind the table. */
final class SpreadTest {

  @Test
  void theMedianIsTheMiddleOneOrTheMeanOfTwo() {
    assertThat(Spread.of(List.of(9.0, 1.0, 5.0)).orElseThrow().median()).isEqualTo(5);
    assertThat(Spread.of(List.of(9.0, 1.0, 5.0, 6.0)).orElseThrow().median()).isEqualTo(5.5);
    assertThat(Spread.of(List.of())).isEmpty();
  }

  @Test
  void percentilesAreNearestRank() {
    double[] values = new double[1000];
    for (int i = 0; i < values.length; i++) {
      values[i] = 1000 - i;
    }
    assertThat(Spread.percentile(values, 0.5)).isEqualTo(500);
    assertThat(Spread.percentile(values, 0.999)).isEqualTo(999);
    assertThat(Spread.percentile(values, 1)).isEqualTo(1000);
    assertThat(Spread.percentile(new double[] {7}, 0.01)).isEqualTo(7);
  }

  @Test
  void ratiosAreTakenWithinPairs() {
    Runs runs = new Runs();
    run(runs, "none", 1, 10);
    run(runs, "sidewal", 1, 9); // 0.9
    run(runs, "none", 2, 100);
    run(runs, "sidewal", 2, 120); // 1.2
    run(runs, "sidewal", 3, 1); // Nothing to compare it with.
    Spread ratio = runs.ratio("sidewal", "rate").orElseThrow();
    assertThat(ratio.values()).containsExactly(0.9, 1.2);
    assertThat(ratio.median()).isCloseTo(1.05, org.assertj.core.data.Offset.offset(1e-9));
    assertThat(runs.figure("sidewal", "rate").orElseThrow().median()).isEqualTo(9);
  }

  @Test
  void theTableIsAlignedAndSaysWhatIsMet() {
    Runs runs = new Runs();
    run(runs, "none", 1, 1000);
    run(runs, "sidewal", 1, 900);
    runs.add(new Run("s", "peer", 1, Map.of(), Optional.of("it ended")));
    Sheet sheet =
        new Sheet(
            "s",
            "a title",
            List.of(
                Row.figure("rate", "rate").to(Target.atMost(80, 1000, " a second")),
                Row.ratio("ratio", "rate").to(Target.atLeast(0.95, " ×"))),
            runs);
    List<Column> columns =
        List.of(
            new Column("none", OptionalInt.empty(), false),
            new Column("sidewal", OptionalInt.of(17), true),
            new Column("peer", OptionalInt.empty(), false));
    assertThat(new Table(columns).lines(List.of(sheet)))
        .containsExactly(
            "what     none   sidewal  peer    target                                 met",
            "[s] a title",
            "  rate   1,000  900      failed  ≤ 80 a second on 25, ≤ 1,000 a second  met",
            "  ratio  1      0.900    failed  ≥ 0.95 ×                               missed",
            "s, peer: failed: it ended");
  }

  @Test
  void figuresHaveThreeDigits() {
    assertThat(new Spread(12_345.6, 0.01234, 99.96, List.of()).text(Spread.Precision.significant()))
        .isEqualTo("12,346 (0.012…100)");
  }

  private static void run(Runs runs, String contender, int pair, double rate) {
    runs.add(new Run("s", contender, pair, Map.of("rate", rate), Optional.empty()));
  }
}
