package dev.sidewal.agent;

import java.time.Duration;
import java.util.Objects;

/**
 * When segments that were shipped are merged into packs.
 *
 * @param packBytes segments that follow each other are packed when together they have so many
 *     bytes; a segment that has them alone is left as it is; 0: nothing is ever packed
 * @param packAge they are packed, however few bytes they have, when the oldest was shipped so long
 *     ago
 */
public record PackOptions(long packBytes, Duration packAge) {

  /** At 8 MiB, or after 15 minutes. */
  public static final PackOptions DEFAULT = new PackOptions(8L << 20, Duration.ofMinutes(15));

  /** Segments stay as they are. */
  public static final PackOptions NONE = new PackOptions(0, Duration.ofMinutes(15));

  /** Checks the ranges. */
  public PackOptions {
    Objects.requireNonNull(packAge, "packAge");
    if (packBytes < 0 || packAge.isNegative()) {
      throw new IllegalArgumentException("packs of " + packBytes + " bytes, after " + packAge);
    }
  }

  /** Returns whether anything is packed. */
  boolean isOn() {
    return packBytes > 0;
  }
}
