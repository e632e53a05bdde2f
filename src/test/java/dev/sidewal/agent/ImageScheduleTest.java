package dev.sidewal.agent;

import static dev.sidewal.segment.ObjectKind.DELTA;
import static dev.sidewal.segment.ObjectKind.SNAPSHOT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.replica.Position;
import dev.sidewal.segment.ObjectKind;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ImageScheduleTest {

  private static final Instant NOON = Instant.parse("2026-11-21T12:00:00Z");
  private static final long MIB = 1 << 20;

  private final ImageSchedule schedule = new ImageSchedule(ImageOptions.DEFAULT, NOON);

  /** A snapshot of transaction 10 that was taken at noon. */
  private static Optional<SnapshotBase.Facts> base(long bytes, long deltaBytes) {
    return Optional.of(
        new SnapshotBase.Facts(
            new UUID(1, 1), new Position(1, 10, 0), 5, 4096, bytes, NOON, 1, 10, NOON, deltaBytes));
  }

  private Optional<ObjectKind> due(Duration after, long txid, long sealed, long deltaBytes) {
    return schedule.due(NOON.plus(after), txid, sealed, base(100 * MIB, deltaBytes));
  }

  @Test
  void nothingIsDueWithoutACommit() {
    assertThat(due(Duration.ofDays(400), 10, 0, 0)).isEmpty();
    assertThat(due(Duration.ofDays(400), 11, 100, 0)).contains(SNAPSHOT);
  }

  @Test
  void aDeltaIsDueAfterAnHourIfItIsWorthIt() {
    assertThat(due(Duration.ofMinutes(59), 11, 100, 0)).isEmpty();
    assertThat(due(Duration.ofMinutes(60), 11, 100, 0)).contains(DELTA);
    assertThat(due(Duration.ofMinutes(60), 11, 7 * MIB, 80 * MIB)).isEmpty();
    assertThat(due(Duration.ofMinutes(60), 11, 10 * MIB, 80 * MIB)).contains(DELTA);
    assertThat(due(Duration.ofHours(24), 11, 10, 80 * MIB)).contains(SNAPSHOT);
  }

  @Test
  void aLongLogMakesADeltaEarlyButNotTooOften() {
    Duration later = Duration.ofSeconds(19);
    assertThat(due(later, 11, 30 * MIB, 0)).isEmpty();
    later = later.plusSeconds(1);
    assertThat(due(later, 11, 24 * MIB, 0)).isEmpty();
    assertThat(due(later, 11, 25 * MIB, 0)).contains(DELTA);
    assertThat(due(later, 11, 49 * MIB, 100 * MIB)).isEmpty();
    schedule.begun(25 * MIB);
    later = later.plusSeconds(30);
    schedule.ended(NOON.plus(later), Duration.ofSeconds(30));
    later = later.plusSeconds(89);
    assertThat(due(later, 12, 90 * MIB, 0)).isEmpty();
    later = later.plusSeconds(1);
    assertThat(due(later, 12, 49 * MIB, 0)).isEmpty();
    assertThat(due(later, 12, 50 * MIB, 0)).contains(DELTA);
  }

  @Test
  void aClockThatWasSetBackDelaysALongLogByTheRestAtMost() {
    schedule.begun(0);
    schedule.ended(NOON.plusSeconds(50), Duration.ofHours(-1));
    assertThat(due(Duration.ofSeconds(40), 11, 30 * MIB, 0)).isEmpty();
    assertThat(due(Duration.ofSeconds(29), 11, 30 * MIB, 0)).contains(DELTA);
  }

  @Test
  void aClockThatWasSetBackDelaysNothingForLong() {
    assertThat(due(Duration.ofHours(-1), 11, 10, 0)).isEmpty();
    assertThat(due(Duration.ofHours(-2), 11, 10, 0)).contains(DELTA);
    assertThat(due(Duration.ofHours(-25), 11, 10, 0)).contains(SNAPSHOT);
  }

  @Test
  void whereTheLastSnapshotIsNotKnownTheSessionCounts() {
    assertThat(schedule.due(NOON.plus(Duration.ofHours(23)), 11, 1 << 30, Optional.empty()))
        .isEmpty();
    assertThat(schedule.due(NOON.plus(Duration.ofHours(24)), 11, 10, Optional.empty()))
        .contains(SNAPSHOT);
  }
}
