package dev.sidewal.store;

import java.util.Optional;

/**
 * The lifecycle rules of a bucket. They belong to the bucket as a whole, so that writing them
 * concerns everybody who uses it: all rules that were read have to be written again.
 *
 * <p>The methods throw {@link dev.sidewal.error.StoreException} when the store is unreachable or
 * refuses, {@link dev.sidewal.error.StoreDeniedException} when it does not allow the call.
 */
public interface BucketLifecycle extends AutoCloseable {

  /** Returns the URL of the replica for messages; without secrets. */
  String location();

  /** Returns all rules; empty if the store has no such thing as lifecycle rules. */
  Optional<LifecycleConfiguration> read();

  /** Removes all rules. */
  void delete();

  /** Replaces all rules. */
  void write(LifecycleConfiguration configuration);

  /** Returns whether the bucket keeps what was deleted. */
  BucketVersioning versioning();

  /** Releases connections. */
  @Override
  void close();
}
