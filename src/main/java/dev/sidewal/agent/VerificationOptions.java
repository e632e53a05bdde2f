package dev.sidewal.agent;

import dev.sidewal.restore.VerifyLevel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * Whether and how the agent verifies its own replica.
 *
 * @param interval how often; empty for never
 * @param level how much
 * @param directory where the temporary file is made; empty for the database's state directory
 * @param bytesPerSecond how much is read from the store at most
 */
public record VerificationOptions(
    Optional<Duration> interval, VerifyLevel level, Optional<Path> directory, long bytesPerSecond) {

  /** How much is read a second unless told otherwise. */
  public static final long BYTES_PER_SECOND = 16L << 20;

  /** Never. */
  public static final VerificationOptions OFF =
      new VerificationOptions(
          Optional.empty(), VerifyLevel.RESTORE, Optional.empty(), BYTES_PER_SECOND);

  /** Checks the ranges. */
  public VerificationOptions {
    Objects.requireNonNull(level, "level");
    Objects.requireNonNull(directory, "directory");
    if (interval.filter(i -> i.isZero() || i.isNegative()).isPresent()) {
      throw new IllegalArgumentException("interval " + interval.get());
    }
    if (bytesPerSecond < 1) {
      throw new IllegalArgumentException("bandwidth " + bytesPerSecond);
    }
  }
}
