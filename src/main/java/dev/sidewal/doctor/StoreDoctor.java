package dev.sidewal.doctor;

import dev.sidewal.store.ReplicaUrl;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Objects;

/**
 * Examines a replica and the store that holds it.
 *
 * @param url the replica
 * @param database whose replica it is
 * @param writes whether writing is tried
 * @param clock this machine's
 */
public record StoreDoctor(ReplicaUrl url, Path database, boolean writes, Clock clock)
    implements Examination {

  /** Checks for nulls. */
  public StoreDoctor {
    Objects.requireNonNull(url, "url");
    Objects.requireNonNull(database, "database");
    Objects.requireNonNull(clock, "clock");
  }

  @Override
  public List<Finding> examine() {
    return url instanceof ReplicaUrl.S3 s3
        ? new BucketExamination(s3, writes, clock).examine()
        : new DirectoryExamination((ReplicaUrl.Directory) url, Subject.of(database), writes, clock)
            .examine();
  }
}
