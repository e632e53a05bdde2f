package dev.sidewal.cli;

import dev.sidewal.agent.ImageOptions;
import java.util.Optional;
import java.util.OptionalLong;
import picocli.CommandLine.Option;

/** The options that say when snapshots and deltas are taken. */
final class ImageFlags {

  @Option(
      names = "--snapshot-interval",
      paramLabel = "TIME|off",
      defaultValue = "24h",
      converter = Quantities.IntervalConverter.class,
      description =
          "Take a snapshot when the last one is so old and something was committed since; off for"
              + " only on demand (default ${DEFAULT-VALUE}).")
  private Quantities.Interval snapshotInterval = new Quantities.Interval(Optional.empty());

  @Option(
      names = "--delta-interval",
      paramLabel = "TIME|off",
      defaultValue = "1h",
      converter = Quantities.IntervalConverter.class,
      description =
          "Take a delta, what changed since the last snapshot, when the last image is so old; also"
              + " sooner, when the log grows much longer than it; off for never (default"
              + " ${DEFAULT-VALUE}).")
  private Quantities.Interval deltaInterval = new Quantities.Interval(Optional.empty());

  @Option(
      names = "--snapshot-bandwidth",
      paramLabel = "SIZE",
      converter = Quantities.SizeConverter.class,
      description =
          "How many bytes a second snapshots and deltas may read (default: 16MiB, and no limit for"
              + " the snapshot with which a history begins).")
  private Optional<Long> bandwidth = Optional.empty();

  ImageOptions options() {
    return new ImageOptions(
        snapshotInterval.time(),
        deltaInterval.time(),
        bandwidth.isPresent()
            ? OptionalLong.of(Math.max(1, bandwidth.get()))
            : OptionalLong.empty());
  }
}
