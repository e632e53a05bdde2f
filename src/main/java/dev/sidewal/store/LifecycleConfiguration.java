package dev.sidewal.store;

import java.util.Objects;
import java.util.Optional;

/**
 * All lifecycle rules of a bucket, as the store words them.
 *
 * @param xml the document {@code LifecycleConfiguration}; empty if the bucket has no rules
 * @param minimumSize what the store says next to it about the smallest objects that transitions are
 *     for (the header {@code x-amz-transition-default-minimum-object-size}); a change of the rules
 *     that does not repeat it would change it too
 */
public record LifecycleConfiguration(Optional<String> xml, Optional<String> minimumSize) {

  /** A bucket without rules. */
  public static final LifecycleConfiguration NONE =
      new LifecycleConfiguration(Optional.empty(), Optional.empty());

  /** Checks for nulls. */
  public LifecycleConfiguration {
    Objects.requireNonNull(xml, "xml");
    Objects.requireNonNull(minimumSize, "minimumSize");
  }
}
