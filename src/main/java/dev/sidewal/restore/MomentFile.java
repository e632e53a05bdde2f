package dev.sidewal.restore;

import dev.sidewal.segment.Transaction;
import dev.sidewal.sqlite.Connections;
import dev.sidewal.store.ObjectStore;
import java.io.Closeable;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * One moment of a replica as a database file of one's own, for as long as it is open: restored to a
 * temporary directory and proved by its database checksum. Not safe for use by several threads.
 */
public final class MomentFile implements Closeable {

  private static final String NAME = "moment.db";

  private final RestorePlan plan;
  private final ScratchDirectory scratch;

  private MomentFile(RestorePlan plan, ScratchDirectory scratch) {
    this.plan = plan;
    this.scratch = scratch;
  }

  /**
   * Where moments are restored from, and to.
   *
   * @param store the replica; stays open
   * @param directories where the file may be made: the first one that has the room is taken
   * @param parallelism how many threads fetch and decode, 1 to {@link
   *     RestoreRequest#MAX_PARALLELISM}
   * @param progress gets told how far it is
   * @param random names temporary files
   */
  public record Source(
      ObjectStore store,
      List<Path> directories,
      int parallelism,
      RestoreProgress progress,
      RandomGenerator random) {
    /** Takes a copy of the list. */
    public Source {
      Objects.requireNonNull(store, "store");
      Objects.requireNonNull(progress, "progress");
      Objects.requireNonNull(random, "random");
      directories = List.copyOf(directories);
    }
  }

  /**
   * Restores a moment. Throws what {@link Restorer#restore} throws, and {@link
   * dev.sidewal.error.NoRoomException} if no directory has the room.
   */
  public static MomentFile restore(Source source, RestoreTarget target) {
    // The last directory that was begun; there are two if an object went away meanwhile.
    ScratchDirectory[] made = {null};
    boolean done = false;
    try {
      RestorePlan plan =
          PlannedWork.run(
              source.store(),
              target,
              planned -> {
                closeIfMade(made);
                made[0] =
                    ScratchDirectory.create(
                        source.directories(), planned.databaseBytes(), source.random());
                try (OutputFile file = OutputFile.create(made[0].resolve(NAME), source.random())) {
                  file.setLength(planned.databaseBytes());
                  RestoreEngine.run(
                      source.store(), planned, file, source.parallelism(), source.progress());
                  DatabaseVerifier.checksum(file, planned, source.progress());
                  file.publish(false);
                }
              });
      done = true;
      return new MomentFile(plan, made[0]);
    } finally {
      if (!done) {
        closeIfMade(made);
      }
    }
  }

  private static void closeIfMade(ScratchDirectory[] made) {
    if (made[0] != null) {
      made[0].close();
      made[0] = null;
    }
  }

  /** Returns the file; it is the caller's own until this is closed, and may be changed. */
  public Path path() {
    return scratch.resolve(NAME);
  }

  /** Returns the directory that goes with it, for what else belongs to it. */
  public ScratchDirectory scratch() {
    return scratch;
  }

  /** Returns the transaction whose state it is, as its object records it. */
  public Transaction transaction() {
    return plan.target();
  }

  /** Returns its page size in bytes. */
  public int pageSize() {
    return plan.pageSize();
  }

  /** Returns what is inexact about the moment, where retention keeps only images. */
  public Optional<CoarseMoment> coarse() {
    return plan.coarse();
  }

  /** Opens it for reading; the file must not be changed meanwhile. */
  public Connection open() throws SQLException {
    return Connections.immutable(path());
  }

  @Override
  public void close() {
    scratch.close();
  }
}
