package dev.sidewal.agent;

import java.nio.file.Path;
import java.util.Objects;

/**
 * Databases that an agent replicates in the same way: one, or all that a pattern finds.
 *
 * @param place where they are
 * @param url the replica of the one database, or the URL below which each has its replica, at its
 *     path relative to {@link Place#root}
 * @param options how each is replicated
 */
public record DatabaseSource(Place place, String url, ReplicationOptions options) {

  /** Checks that nothing is missing. */
  public DatabaseSource {
    Objects.requireNonNull(place, "place");
    Objects.requireNonNull(url, "url");
    Objects.requireNonNull(options, "options");
  }

  /** Where databases are. */
  public sealed interface Place {
    /** Returns the directory to which the paths of the replicas are relative. */
    Path root();
  }

  /**
   * One database, which need not exist yet.
   *
   * @param path its path
   */
  public record File(Path path) implements Place {
    @Override
    public Path root() {
      return path.toAbsolutePath().normalize().getParent();
    }
  }

  /**
   * Every database at or below a directory whose relative path matches a pattern.
   *
   * <p>What matches is opened to see whether it is a database. Unless the process is Sidewal's own,
   * it is never closed again, for that would drop the locks of whoever uses it in this process; so
   * the pattern should match databases only.
   *
   * @param root the directory, which need not exist yet
   * @param pattern a glob of {@link java.nio.file.FileSystem#getPathMatcher}, for the path relative
   *     to the directory; {@code **} crosses directories
   */
  public record Tree(Path root, String pattern) implements Place {}
}
