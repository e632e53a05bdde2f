package dev.sidewal.store;

import java.util.HashMap;
import java.util.Map;

/**
 * Stores of many replicas that share what is costly: those in one bucket have one S3 client, with
 * its connections, threads and credentials.
 *
 * <p>Invariant: closing a store that was opened here leaves the client open, until this is closed.
 * Safe for use by several threads.
 */
public final class SharedStores implements AutoCloseable {

  private final Map<ReplicaUrl.S3, S3ObjectStore> buckets = new HashMap<>();

  /**
   * Opens a store for writing; see {@link ObjectStores#openForWriting}.
   *
   * @throws dev.sidewal.error.UsageException if no region is known for a bucket on AWS
   * @throws dev.sidewal.error.StoreException if a directory cannot be made
   */
  public synchronized ObjectStore openForWriting(ReplicaUrl url) {
    if (!(url instanceof ReplicaUrl.S3 s3)) {
      return ObjectStores.openForWriting(url);
    }
    ReplicaUrl.S3 bucket =
        new ReplicaUrl.S3(s3.bucket(), "", s3.endpoint(), s3.region(), s3.pathStyle());
    return buckets.computeIfAbsent(bucket, S3ObjectStore::open).at(s3);
  }

  @Override
  public synchronized void close() {
    buckets.values().forEach(S3ObjectStore::close);
    buckets.clear();
  }
}
