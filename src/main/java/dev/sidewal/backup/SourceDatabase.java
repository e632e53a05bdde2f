package dev.sidewal.backup;

import dev.sidewal.error.DatabaseException;
import dev.sidewal.restore.OutputFile;
import dev.sidewal.restore.ScratchDirectory;
import dev.sidewal.sqlite.Connections;
import dev.sidewal.sqlite.ContinuityLostException;
import dev.sidewal.sqlite.CopiedPages;
import dev.sidewal.sqlite.CopyProgress;
import dev.sidewal.sqlite.DatabaseFile;
import dev.sidewal.sqlite.DatabaseHeader;
import dev.sidewal.sqlite.FilesCopy;
import dev.sidewal.sqlite.JournalCopy;
import dev.sidewal.sqlite.PageSink;
import dev.sidewal.sqlite.SqliteFailures;
import dev.sidewal.sqlite.WalCopy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * The live database of a backup, and which way it can be copied.
 *
 * <pre>
 * may we write it, its directory, -wal and -shm?
 *   yes, WAL mode          --&gt; {@link WalCopy}
 *   yes, rollback journal  --&gt; {@link JournalCopy}
 *   yes, and the journal is to be rolled back  --&gt; {@link FilesCopy}: the rollback is done in the copy
 *   no, rollback journal   --&gt; {@link JournalCopy}, read-only
 *   no, WAL mode; or that way is barred: by a journal of a crashed writer that must be
 *   rolled back, or by a program that holds it for itself  --&gt; {@link FilesCopy}
 * </pre>
 *
 * <p>Not safe for use by several threads.
 */
final class SourceDatabase {

  /** What was replaced or switched to another mode meanwhile is copied anew so often. */
  private static final int ATTEMPTS = 3;

  private static final Duration VACUUM_WAIT = Duration.ofSeconds(10);
  private static final int BYTES_A_PAGE_IN_TABLES = 48;
  private static final long FORCE_BYTES = 32L << 20;
  private static final String NAME = "copy.db";

  private final Path path;
  private final List<Path> scratch;
  private final int copyRetries;
  private final CopyProgress progress;
  private final Clock clock;
  private final RandomGenerator random;

  /**
   * Looks at a database.
   *
   * @param scratch where temporary files may be made
   * @param copyRetries how often copies of the files are tried again
   * @throws DatabaseException if there is none
   */
  SourceDatabase(
      Path database,
      List<Path> scratch,
      int copyRetries,
      CopyProgress progress,
      Clock clock,
      RandomGenerator random) {
    this.path = realPath(database);
    this.scratch = scratch;
    this.copyRetries = copyRetries;
    this.progress = progress;
    this.clock = clock;
    this.random = random;
  }

  /** SQLite follows links, and finds the log beside the file itself. */
  private static Path realPath(Path database) {
    try {
      if (!Files.exists(database)) {
        throw new DatabaseException(
            "There is no database "
                + database
                + ". Nothing was written; check the path, and that its file system is mounted.");
      }
      if (!Files.isRegularFile(database)) {
        throw new DatabaseException(database + " is not a file, so it cannot be a database.");
      }
      return database.toRealPath();
    } catch (IOException e) {
      throw new DatabaseException("Cannot look at " + database + ": " + e + ".", e);
    }
  }

  /** Returns the file itself. */
  Path path() {
    return path;
  }

  /** Returns how long the file is. */
  long bytes() throws IOException {
    return Files.size(path);
  }

  /** Copies the database into a file of the same bytes. */
  Copied pages(OutputFile out) throws IOException {
    for (int attempt = 1; ; attempt++) {
      DatabaseFile file =
          DatabaseFile.open(path)
              .orElseThrow(() -> new DatabaseException("There is no database " + path + "."));
      try {
        return pages(file, out, attempt);
      } catch (ContinuityLostException | JournalCopy.ChangedException e) {
        if (attempt == ATTEMPTS) {
          throw new DatabaseException(
              "Could not copy "
                  + path
                  + " as of one moment in "
                  + ATTEMPTS
                  + " attempts: "
                  + e.getMessage()
                  + ". Nothing was put in place. Does something replace the file, or switch its"
                  + " journal mode?",
              e);
        }
      } finally {
        file.release();
      }
    }
  }

  private Copied pages(DatabaseFile file, OutputFile out, int attempt) throws IOException {
    Optional<DatabaseHeader> header = file.header();
    if (header.isEmpty() && file.length() > 0 && !Files.exists(beside("-journal"))) {
      throw new DatabaseException(
          path
              + " is not a SQLite database, or it is encrypted. Nothing was written. Sidewal needs"
              + " a plain SQLite file.");
    }
    if (attempt > 1) {
      // What the attempt before has written may be of another file.
      out.end(0);
    }
    out.expect(file.length());
    boolean wal = header.filter(DatabaseHeader::wal).isPresent();
    Optional<String> barred = barred();
    if (!wal && barred.isEmpty() && hasHotJournal()) {
      return files(
          file, out, "a writer died in a transaction, which is undone in the copy, not in place");
    }
    boolean readOnly = barred.isPresent();
    if (!readOnly || !wal) {
      long tables =
          file.length() / header.map(DatabaseHeader::pageSize).orElse(512) * BYTES_A_PAGE_IN_TABLES;
      try (ScratchDirectory work = ScratchDirectory.create(scratch, tables, random)) {
        return wal
            ? fromLog(file, header, work, out, attempt)
            : steps(file, header, readOnly, work, out, attempt);
      } catch (DatabaseException e) {
        if (!SqliteFailures.isLocked(e) && !SqliteFailures.isDenied(e)) {
          throw e;
        }
        barred =
            Optional.of(
                SqliteFailures.isLocked(e)
                    ? "another program holds it locked (locking_mode=EXCLUSIVE, or a long write)"
                    : "SQLite may not open one of its files here (" + e.getMessage() + ")");
      }
    }
    return files(file, out, barred.orElseThrow());
  }

  /** Returns why it cannot be opened for reading and writing. */
  private Optional<String> barred() {
    Path directory = path.getParent();
    if (!Files.isWritable(path)) {
      return Optional.of("the file may not be written here");
    }
    if (!Files.isWritable(directory)) {
      return Optional.of("its directory " + directory + " may not be written here");
    }
    for (String suffix : List.of("-wal", "-shm", "-journal")) {
      if (Files.exists(beside(suffix)) && !Files.isWritable(beside(suffix))) {
        return Optional.of(beside(suffix) + " may not be written here");
      }
    }
    return Optional.empty();
  }

  /**
   * Returns whether whoever reads the database first would have to roll its journal back. That
   * changes the file, and ruins it if the journal is not its own: it is left to the application.
   */
  private boolean hasHotJournal() {
    if (!Files.exists(beside("-journal"))) {
      return false;
    }
    try (Connection connection = Connections.readOnly(path, Duration.ZERO);
        Statement s = connection.createStatement()) {
      s.execute("SELECT count(*) FROM sqlite_schema");
      return false;
    } catch (SQLException e) {
      return e instanceof SQLiteException s
          && s.getResultCode() == SQLiteErrorCode.SQLITE_READONLY_ROLLBACK;
    }
  }

  private Path beside(String suffix) {
    return path.resolveSibling(path.getFileName() + suffix);
  }

  private Copied fromLog(
      DatabaseFile file,
      Optional<DatabaseHeader> header,
      ScratchDirectory work,
      OutputFile out,
      int attempt)
      throws IOException {
    int pageSize = header.map(DatabaseHeader::pageSize).orElse(0);
    CopiedPages pages = WalCopy.copy(file, work.path(), sink(pageSize, file, out), progress, clock);
    out.end(pages.bytes());
    return new Copied(Copied.Way.LOG, pages, attempt, 1, Duration.ZERO);
  }

  private Copied steps(
      DatabaseFile file,
      Optional<DatabaseHeader> header,
      boolean readOnly,
      ScratchDirectory work,
      OutputFile out,
      int attempt)
      throws IOException {
    int pageSize = header.map(DatabaseHeader::pageSize).orElse(0);
    JournalCopy.Result result =
        JournalCopy.copy(
            file, pageSize, readOnly, work.path(), sink(pageSize, file, out), progress);
    out.end(result.pages().bytes());
    return new Copied(
        Copied.Way.JOURNAL, result.pages(), attempt, result.passes(), result.longestLock());
  }

  private Copied files(DatabaseFile file, OutputFile out, String why) throws IOException {
    long bytes = file.length();
    for (String suffix : List.of("-wal", "-journal")) {
      bytes += Files.exists(beside(suffix)) ? Files.size(beside(suffix)) : 0;
    }
    try (ScratchDirectory work = ScratchDirectory.create(scratch, bytes, random)) {
      Path copy = work.resolve(NAME);
      int attempts = FilesCopy.copy(file, copy, copyRetries + 1, why, progress);
      CopiedPages pages = DatabaseBytes.copy(copy, out);
      return new Copied(Copied.Way.FILES, pages, attempts, 1, Duration.ZERO);
    }
  }

  /**
   * Copies the content of the database into a file, compacted. In WAL mode that is done by a read
   * transaction on the live database; where it would keep writers waiting, from a private copy.
   */
  Copied vacuum(OutputFile out) throws IOException {
    out.expect(bytes());
    boolean wal;
    DatabaseFile file =
        DatabaseFile.open(path)
            .orElseThrow(() -> new DatabaseException("There is no database " + path + "."));
    try {
      wal = file.header().filter(DatabaseHeader::wal).isPresent();
      if (wal && barred().isEmpty()) {
        try (Connection live = Connections.readOnly(path, VACUUM_WAIT)) {
          vacuum(live, out);
          return new Copied(Copied.Way.VACUUM, DatabaseBytes.of(out), 1, 1, Duration.ZERO);
        } catch (SQLException e) {
          DatabaseException failure = vacuumFailed(e);
          if (!SqliteFailures.isLocked(failure) && !SqliteFailures.isDenied(failure)) {
            throw failure;
          }
        }
      }
    } finally {
      file.release();
    }
    try (PrivateCopy copy = PrivateCopy.of(this, scratch, random);
        Connection own = copy.open()) {
      vacuum(own, out);
      return new Copied(
          Copied.Way.VACUUM,
          DatabaseBytes.of(out),
          copy.copied().attempts(),
          copy.copied().passes(),
          copy.copied().longestLock());
    } catch (SQLException e) {
      throw vacuumFailed(e);
    }
  }

  private static void vacuum(Connection from, OutputFile out) throws SQLException {
    try (PreparedStatement s = from.prepareStatement("VACUUM INTO ?")) {
      s.setString(1, out.temporary().toString());
      s.execute();
    }
    out.adopt();
  }

  private DatabaseException vacuumFailed(SQLException e) {
    return new DatabaseException(
        "VACUUM INTO of "
            + path
            + " failed: "
            + e.getMessage()
            + ". Nothing was put in place, and the database was not changed.",
        e);
  }

  private static PageSink sink(int pageSize, DatabaseFile file, OutputFile out) {
    int[] size = {pageSize};
    long[] sinceForce = {0};
    return (page, source, offset) -> {
      if (size[0] == 0) {
        size[0] = file.header().orElseThrow().pageSize();
      }
      out.write((page - 1) * size[0], source, offset, size[0]);
      sinceForce[0] += size[0];
      if (sinceForce[0] >= FORCE_BYTES) {
        // Else the application's own fsync may have to wait until all of it is on the disk.
        out.force();
        sinceForce[0] = 0;
      }
    };
  }
}
