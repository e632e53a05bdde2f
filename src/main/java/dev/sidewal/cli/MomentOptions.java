package dev.sidewal.cli;

import dev.sidewal.error.UsageException;
import dev.sidewal.restore.RestoreTarget;
import java.time.Clock;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which moment of a replica is meant: the latest unless told otherwise. */
final class MomentOptions {

  @Option(
      names = "--timestamp",
      paramLabel = "T",
      converter = TimeArgument.Converter.class,
      description = {
        "The last transaction at or before T: RFC 3339 with a zone, now, or an age such as -90m,",
        "-2h, -1d12h (w, d, h, m, s). Not together with --txid.",
      })
  private Optional<TimeArgument> timestamp = Optional.empty();

  @Option(
      names = "--txid",
      paramLabel = "N",
      description = "Transaction N (decimal). Default: the latest.")
  private Optional<Long> txid = Optional.empty();

  /** Refuses what contradicts itself. */
  void check() {
    if (txid.isPresent() && timestamp.isPresent()) {
      throw new UsageException("--timestamp and --txid contradict each other; give one of them");
    }
    if (txid.isPresent() && txid.get() < 1) {
      throw new UsageException("--txid is " + txid.get() + "; transactions count from 1");
    }
  }

  /** Returns whether a moment was named. */
  boolean isGiven() {
    return txid.isPresent() || timestamp.isPresent();
  }

  /** Returns whether a time was named. */
  boolean isTime() {
    return timestamp.isPresent();
  }

  /** Returns the moment. */
  RestoreTarget target(Clock clock) {
    return target(clock, false);
  }

  /**
   * Returns the moment.
   *
   * @param exact whether a time must not be stood for by an older image
   */
  RestoreTarget target(Clock clock, boolean exact) {
    if (txid.isPresent()) {
      return RestoreTarget.txid(txid.get());
    }
    return timestamp
        .map(time -> time.resolve(clock))
        .map(time -> exact ? RestoreTarget.exactlyAt(time) : RestoreTarget.at(time))
        .orElse(RestoreTarget.latest());
  }
}
