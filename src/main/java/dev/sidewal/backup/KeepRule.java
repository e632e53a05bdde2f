package dev.sidewal.backup;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Which backups in a directory stay: those that are younger than an age, and the last so many. What
 * either keeps stays; without both everything does.
 *
 * @param age how old one may be
 * @param last how many stay whatever their age, 1 or more
 */
public record KeepRule(Optional<Duration> age, OptionalInt last) {

  /** Everything stays. */
  public static final KeepRule ALL = new KeepRule(Optional.empty(), OptionalInt.empty());

  /** Checks the ranges. */
  public KeepRule {
    if (last.isPresent() && last.getAsInt() < 1) {
      throw new IllegalArgumentException("keep the last " + last.getAsInt());
    }
    if (age.isPresent() && age.get().isNegative()) {
      throw new IllegalArgumentException("keep for " + age.get());
    }
  }

  /** Returns whether anything may be removed. */
  public boolean removes() {
    return age.isPresent() || last.isPresent();
  }
}
