package dev.sidewal.torture;

import static dev.sidewal.torture.Seeds.oneOf;

import dev.sidewal.fault.CrashPoint;
import dev.sidewal.torture.TortureWriter.Mode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

/**
 * What is chosen for one life of the agent.
 *
 * @param end how it ends
 * @param crashPoint where it dies, if it is told to and comes there
 * @param passesBefore how often it passes that point before
 * @param afterAttaching whether {@code delay} counts from when it has attached, not from its start
 * @param delay how long it lives
 * @param arguments its options
 * @param loseState whether the state directory is gone before it starts
 * @param writersBefore what writers do before it starts
 * @param killWriter whether a writer is killed before it starts
 * @param absence how long no agent is there before it starts
 * @param writersAtStart what the writers do while it starts
 * @param writersDuring what the writers do once it has attached
 * @param writersAtEnd what the writers do when it ends
 */
record LifePlan(
    End end,
    Optional<CrashPoint> crashPoint,
    int passesBefore,
    boolean afterAttaching,
    Duration delay,
    List<String> arguments,
    boolean loseState,
    Optional<Mode> writersBefore,
    boolean killWriter,
    Duration absence,
    Optional<Mode> writersAtStart,
    Optional<Mode> writersDuring,
    Optional<Mode> writersAtEnd) {

  /** How a life ends. */
  enum End {
    /** By SIGKILL, or at a crash point before. */
    KILL,
    /** By SIGTERM. */
    STOP
  }

  /** Chooses. */
  static LifePlan of(Random random) {
    double kind = random.nextDouble();
    Optional<CrashPoint> point = Optional.empty();
    int passes = 0;
    End end = End.KILL;
    boolean afterAttaching = true;
    Duration delay;
    if (kind < 0.45) {
      CrashPoint chosen = crashPoint(random);
      point = Optional.of(chosen);
      passes =
          switch (chosen) {
            case COPYING -> random.nextInt(oneOf(random, 1, 30, 300));
            case ATTACHED, CLAIM_BEFORE, CLAIM_AFTER, LEFTOVERS -> 0;
            case PAUSE_LOCKED, PAUSE_TURNED, SNAPSHOT_STEP -> random.nextInt(2);
            case PACK_BEFORE, PACK_PUT, PACK_VERIFIED -> random.nextInt(2);
            case IMAGE_COMPLETE, IMAGE_SHIPPED -> random.nextInt(3);
            case CLOSING -> {
              end = End.STOP;
              yield 0;
            }
            default -> random.nextInt(oneOf(random, 1, 4, 12));
          };
      int patience = isRare(chosen) ? 2500 : 700;
      delay = Duration.ofMillis(end == End.STOP ? random.nextInt(300) : patience);
    } else if (kind < 0.87) {
      double how = random.nextDouble();
      afterAttaching = how < 0.65;
      delay =
          Duration.ofMillis(
              afterAttaching
                  ? (long) (random.nextDouble() * random.nextDouble() * 500)
                  : random.nextInt(how < 0.8 ? 500 : 1500));
    } else {
      end = End.STOP;
      delay = Duration.ofMillis(random.nextInt(500));
    }
    if (random.nextInt(7) == 0) {
      delay = delay.plusMillis(random.nextInt(4000));
    }
    return new LifePlan(
        end,
        point,
        passes,
        afterAttaching,
        delay,
        arguments(random, point),
        random.nextDouble() < losingState(point),
        random.nextDouble() < 0.35 ? Optional.of(mode(random)) : Optional.empty(),
        random.nextDouble() < 0.08,
        Duration.ofMillis(random.nextDouble() < 0.3 ? random.nextInt(200) : 0),
        random.nextDouble() < 0.3 ? Optional.of(mode(random)) : Optional.empty(),
        random.nextDouble() < 0.8 ? Optional.of(Mode.WRITING) : Optional.empty(),
        random.nextDouble() < 0.2 ? Optional.of(mode(random)) : Optional.empty());
  }

  /** Those of images and packs are passed more rarely than others: they are drawn more often. */
  private static CrashPoint crashPoint(Random random) {
    boolean rare = random.nextInt(3) == 0;
    List<CrashPoint> points =
        Stream.of(CrashPoint.values())
            .filter(p -> !p.name().startsWith("RESTORE_"))
            .filter(p -> !rare || isRare(p))
            .toList();
    return points.get(random.nextInt(points.size()));
  }

  private static boolean isRare(CrashPoint point) {
    return isImage(point) || point.name().startsWith("PACK_");
  }

  private static boolean isImage(CrashPoint point) {
    return point == CrashPoint.SNAPSHOT_STEP || point.name().startsWith("IMAGE_");
  }

  /** The image with which a generation begins goes another way than the later ones. */
  private static double losingState(Optional<CrashPoint> point) {
    return point
        .map(
            p ->
                switch (p) {
                  case SNAPSHOT_STEP -> 0.5;
                  case IMAGE_COMPLETE, IMAGE_SHIPPED -> 0.2;
                  default -> 0.04;
                })
        .orElse(0.04);
  }

  private static Mode mode(Random random) {
    return oneOf(random, Mode.WRITING, Mode.WRITING, Mode.RESTING, Mode.CLOSED, Mode.CLOSED);
  }

  private static List<String> arguments(Random random, Optional<CrashPoint> point) {
    List<String> arguments = arguments(random);
    boolean pause =
        point.filter(p -> p == CrashPoint.PAUSE_LOCKED || p == CrashPoint.PAUSE_TURNED).isPresent();
    if (pause) {
      arguments.removeIf(a -> a.startsWith("--max-log-size") || a.equals("--no-pauses"));
      arguments.add("--max-log-size=4KiB");
    }
    boolean pack = point.filter(p -> p.name().startsWith("PACK_")).isPresent();
    if (pack) {
      arguments.removeIf(
          a -> List.of("--pack-", "--segment-", "--sync-").stream().anyMatch(a::startsWith));
      arguments.add("--sync-interval=" + oneOf(random, "0ms", "20ms"));
      arguments.add("--pack-size=" + oneOf(random, "8KiB", "64KiB"));
      arguments.add("--pack-age=50ms");
    }
    if (point.filter(LifePlan::isImage).isPresent()) {
      arguments.removeIf(a -> List.of("--snapshot-", "--delta-").stream().anyMatch(a::startsWith));
      arguments.add("--snapshot-interval=" + oneOf(random, "200ms", "500ms", "off"));
      arguments.add("--delta-interval=" + oneOf(random, "50ms", "200ms"));
    }
    return arguments;
  }

  /** Chooses options of {@code replicate}. */
  static List<String> arguments(Random random) {
    List<String> arguments = new ArrayList<>();
    arguments.add("--log-level=debug");
    arguments.add("--listen=off");
    arguments.add("--sync-interval=" + oneOf(random, "0ms", "20ms", "50ms", "50ms", "150ms"));
    arguments.add("--segment-size=" + oneOf(random, "4KiB", "32KiB", "256KiB", "8MiB"));
    arguments.add("--max-log-size=" + oneOf(random, "64KiB", "256KiB", "1MiB", "16MiB"));
    if (random.nextInt(4) == 0) {
      arguments.add("--spool-limit=" + oneOf(random, "16KiB", "128KiB"));
    }
    if (random.nextInt(3) > 0) {
      arguments.add("--pack-size=" + oneOf(random, "4KiB", "16KiB", "64KiB", "512KiB"));
      arguments.add("--pack-age=" + oneOf(random, "0ms", "100ms", "500ms", "15m"));
    }
    images(random, arguments);
    // Retention has tests of its own, and prune runs between the stages of some rounds.
    arguments.add("--retire=none");
    if (random.nextInt(10) == 0) {
      arguments.add("--no-pauses");
    }
    return arguments;
  }

  private static void images(Random random, List<String> arguments) {
    arguments.add("--snapshot-interval=" + oneOf(random, "300ms", "2s", "5s", "5s", "24h", "off"));
    arguments.add(
        "--delta-interval=" + oneOf(random, "100ms", "100ms", "300ms", "1s", "2s", "5s", "off"));
    if (random.nextInt(3) == 0) {
      arguments.add("--snapshot-bandwidth=" + oneOf(random, "3MiB", "8MiB", "16MiB"));
    }
  }

  /** Returns the JVM options that set the crash point. */
  List<String> properties() {
    return crashPoint
        .map(p -> List.of("-D" + CrashPoint.PROPERTY + "=" + p + ":" + passesBefore))
        .orElse(List.of());
  }
}
