package dev.sidewal.agent;

import dev.sidewal.error.NoBackupException;
import dev.sidewal.restore.RestoreRequest;
import dev.sidewal.restore.RestoreResult;
import dev.sidewal.restore.Restorer;
import dev.sidewal.retention.RetireMode;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ObjectStores;
import dev.sidewal.store.ReplicaUrl;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The public API: replicate a live database, restore it to any of its transactions. The commands of
 * the command line call the same methods.
 *
 * <p>A replica is named by a URL: {@code s3://bucket/prefix}, {@code file:///absolute/dir} or
 * {@code file:relative/dir}. Failures are the types of {@code dev.sidewal.error}, all of them
 * unchecked. Safe for use by several threads.
 *
 * <p>The application may use the same database in the same process, through the same {@code
 * sqlite-jdbc} library. It must never open the database file, or its {@code -shm} file, by other
 * means: closing it drops the POSIX locks of all connections in the process. Sidewal itself keeps
 * to that; it opens the file once and leaves it open until the process ends.
 */
public final class Sidewal {

  private Sidewal() {}

  /** Begins to replicate a database, with the default options. */
  public static Replication replicate(Path database, String replicaUrl) {
    return replicate(database, replicaUrl, ReplicationOptions.builder().build());
  }

  /**
   * Begins to replicate a database. Returns at once; {@link Replication#sync} waits for the first
   * snapshot.
   *
   * @throws dev.sidewal.error.UsageException if the URL is not one
   * @throws dev.sidewal.error.StoreException if it names a directory that cannot be made
   */
  public static Replication replicate(
      Path database, String replicaUrl, ReplicationOptions options) {
    ReplicaUrl url = ReplicaUrl.parse(replicaUrl);
    ObjectStore store = ObjectStores.openForWriting(url);
    if (url instanceof ReplicaUrl.S3 && options.retire() != RetireMode.NONE) {
      LifecycleLog.begin(url);
    }
    return Replication.start(database, store, options);
  }

  /**
   * Restores the latest transaction to a file that is not there yet, and verifies it.
   *
   * @throws dev.sidewal.error.SidewalException if it cannot; no file is left behind then
   */
  public static RestoreResult restore(String replicaUrl, Path output) {
    return restore(replicaUrl, output, options -> {});
  }

  /**
   * Restores the latest transaction if the file is not there; for the start of an application,
   * before it or {@link #replicate} opens the database.
   *
   * <p>It does nothing if the file is there, and nothing if there is provably no backup: then the
   * application makes a new database. Everything else is thrown, a store that is out of reach among
   * it, and an application should not start then: it would begin with an empty database.
   *
   * @return what was restored; empty if nothing was
   * @throws dev.sidewal.error.SidewalException if it cannot be said whether there is a backup, or
   *     it cannot be restored; no file is left behind then
   */
  public static Optional<RestoreResult> restoreIfMissing(String replicaUrl, Path output) {
    if (Files.exists(output)) {
      return Optional.empty();
    }
    try {
      return Optional.of(restore(replicaUrl, output));
    } catch (NoBackupException e) {
      return Optional.empty();
    }
  }

  /**
   * Restores a transaction to a file, and verifies it. When this returns, the file is complete and
   * durable under its name; when it throws, what was under that name is as it was.
   *
   * @param options sets the target and whatever else is not as usual
   * @throws dev.sidewal.error.SidewalException if it cannot
   */
  public static RestoreResult restore(
      String replicaUrl, Path output, Consumer<RestoreRequest.Builder> options) {
    try (ObjectStore store = ObjectStores.open(ReplicaUrl.parse(replicaUrl))) {
      RestoreRequest.Builder request = RestoreRequest.builder(store, output);
      options.accept(request);
      return new Restorer(Clock.systemUTC(), new SecureRandom()).restore(request.build());
    }
  }
}
