package dev.sidewal.backup;

import dev.sidewal.error.DatabaseException;
import dev.sidewal.restore.RestoreProgress;
import dev.sidewal.sqlite.CheckOptions;
import dev.sidewal.sqlite.CheckReport;
import dev.sidewal.sqlite.DatabaseCheck;
import dev.sidewal.sqlite.DatabaseFacts;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;

/**
 * Checks a live database in its place, or a private copy of it.
 *
 * <p>In its place, a read transaction is open for as long as SQLite checks. In WAL mode nobody
 * waits for that, though the log cannot begin anew. With a rollback journal nobody can commit, and
 * an application gives up after its busy timeout, of five seconds mostly: so such a database is
 * copied unless it is small.
 */
public final class LiveCheck {

  /** SQLite checks so much in a fraction of a second. */
  static final long SMALL = 16L << 20;

  private LiveCheck() {}

  /** What is checked. */
  public enum Way {
    /** A copy where the check would keep writers waiting, or cannot get at the database. */
    AUTO,
    /** The database in its place. */
    LIVE,
    /** A private copy. */
    COPY
  }

  /**
   * What came of it.
   *
   * @param report what was found
   * @param copy whether a private copy was checked
   * @param why why a copy was; empty if it was asked for, or none was
   */
  public record Result(CheckReport report, boolean copy, String why) {

    /** Checks that nothing is missing. */
    public Result {
      Objects.requireNonNull(report, "report");
      Objects.requireNonNull(why, "why");
    }
  }

  /**
   * Checks a database.
   *
   * @param directories where a copy may be made: the first one that has the room is taken
   * @param progress gets told how far the copy is
   * @param random names temporary files
   * @throws DatabaseException if it is not there, is no database, or cannot be got at
   * @throws dev.sidewal.error.NoRoomException if there is no room for the copy
   */
  public static Result check(
      Path database,
      Way way,
      CheckOptions options,
      List<Path> directories,
      RestoreProgress progress,
      RandomGenerator random) {
    DatabaseFacts facts = DatabaseCheck.facts(database);
    String why = "";
    if (way == Way.AUTO && !facts.wal() && facts.fileBytes() > SMALL) {
      why = "it has a rollback journal, and nobody could commit while it is checked in its place";
    } else if (way != Way.COPY) {
      try {
        return new Result(DatabaseCheck.live(database, options), false, "");
      } catch (DatabaseException e) {
        if (way == Way.LIVE || !DatabaseCheck.isShutOut(e)) {
          throw e;
        }
        why = "SQLite cannot get at it in its place (" + e.getCause().getMessage() + ")";
      }
    }
    try (PrivateCopy copy = PrivateCopy.of(database, directories, progress, random)) {
      CheckReport report = DatabaseCheck.still(copy.path(), options);
      return new Result(report.withFacts(report.facts().withFilesOf(facts)), true, why);
    }
  }
}
