package dev.sidewal.retention;

import dev.sidewal.error.StoreDeniedException;
import dev.sidewal.error.StoreException;
import dev.sidewal.retention.LifecycleFinding.Severity;
import dev.sidewal.store.BucketLifecycle;
import dev.sidewal.store.ObjectStores;
import dev.sidewal.store.ReplicaUrl;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What an agent says at its start about the lifecycle rules of its bucket.
 *
 * @param warns whether it is a warning; else it is only worth knowing
 * @param message for the log
 */
public record LifecycleAdvice(boolean warns, String message) {

  /** Checks for nulls. */
  public LifecycleAdvice {
    Objects.requireNonNull(message, "message");
  }

  /**
   * Looks at the rules for a replica; two requests. Never fails because of the store: an agent
   * replicates whatever the rules are.
   */
  public static List<LifecycleAdvice> atStart(ReplicaUrl url) {
    Optional<BucketLifecycle> bucket = ObjectStores.openLifecycle(url);
    if (bucket.isEmpty()) {
      return List.of(
          new LifecycleAdvice(
              false,
              "Nothing deletes files of "
                  + url
                  + " by a rule: run 'sidewal prune' from time to time to delete what is retired."));
    }
    try (BucketLifecycle rules = bucket.get()) {
      return of(rules, ((ReplicaUrl.S3) url).prefix());
    }
  }

  /** Looks at the rules of a bucket for a replica with a prefix. */
  static List<LifecycleAdvice> of(BucketLifecycle bucket, String prefix) {
    try {
      return new BucketRules(bucket, prefix)
          .check().verdict().findings().stream()
              .filter(f -> f.severity() != Severity.OK)
              .map(f -> new LifecycleAdvice(f.severity() != Severity.NOTE, f.message()))
              .toList();
    } catch (StoreDeniedException e) {
      return List.of(
          new LifecycleAdvice(
              false,
              "Whether the lifecycle rules fit could not be checked, and is not needed to go on: "
                  + e.getMessage()
                  + " Run 'sidewal lifecycle check' with credentials that may read them."));
    } catch (StoreException e) {
      return List.of(
          new LifecycleAdvice(
              false, "Whether the lifecycle rules fit could not be checked: " + e.getMessage()));
    }
  }
}
