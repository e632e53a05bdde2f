package dev.sidewal.store;

import java.time.Clock;
import java.util.Optional;

/** Opens the store that a URL names. */
public final class ObjectStores {

  private ObjectStores() {}

  /**
   * Opens a store. Nothing is asked of it yet, so a place that is not there shows with the first
   * call. The classes of the S3 client are loaded for S3 URLs only.
   *
   * @throws dev.sidewal.error.UsageException if no region is known for a bucket on AWS
   */
  public static ObjectStore open(ReplicaUrl url) {
    if (url instanceof ReplicaUrl.Directory directory) {
      return new FileObjectStore(directory, Clock.systemUTC());
    }
    return S3ObjectStore.open((ReplicaUrl.S3) url);
  }

  /** Opens the lifecycle rules of the bucket that a URL names; empty for a directory. */
  public static Optional<BucketLifecycle> openLifecycle(ReplicaUrl url) {
    return url instanceof ReplicaUrl.S3 s3
        ? Optional.of(S3BucketLifecycle.open(s3))
        : Optional.empty();
  }

  /**
   * Opens a store that somebody was told to write to: a directory is made if it is not there. For
   * readers use {@link #open}, to which a directory whose parent is missing too is a place that
   * cannot be listed.
   *
   * @throws dev.sidewal.error.StoreException if the directory cannot be made
   */
  public static ObjectStore openForWriting(ReplicaUrl url) {
    ObjectStore store = open(url);
    if (store instanceof FileObjectStore directory) {
      directory.make();
    }
    return store;
  }
}
