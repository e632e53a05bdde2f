package dev.sidewal.restore;

import dev.sidewal.error.DatabaseException;
import dev.sidewal.error.UsageException;
import dev.sidewal.error.WouldOverwriteException;
import dev.sidewal.sqlite.DatabaseFile;
import dev.sidewal.sqlite.FileUser;
import dev.sidewal.sqlite.FileUsers;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteOpenMode;

/**
 * What is under the name that a restored file, or a backup, is to get. SQLite would replay a {@code
 * -wal} or {@code -journal} of the old database onto the new one, and ruin it; so neither may be
 * there when the new file gets the name.
 *
 * <p>The old database is made whole in its one file first: SQLite opens it for itself alone, which
 * fails if any other connection has it open in WAL mode, moves the log into it and removes the log.
 * Then:
 *
 * <ol>
 *   <li>SQLite's lock bytes of the old file are locked, so that nobody begins to use it
 *   <li>it is looked whether a log has appeared in between
 *   <li>the caller renames the new file over the old one
 *   <li>the lock is given up with the old file
 * </ol>
 *
 * <p>Before that, and when the locks are held, it is looked for processes that have any of its
 * files open: an idle connection in rollback-journal mode holds no lock.
 *
 * <p>A crash before the rename leaves the old database with all of its content, one after it the
 * new one without any log. A log that belongs to no database any more (the file is missing or not a
 * database) is moved aside, never deleted.
 *
 * <p>Closing the old file drops all POSIX locks that this process holds on it; so it is opened to
 * be locked only after SQLite had it for itself alone, which tells of connections in this process
 * too, and none may be opened here until the restore is done.
 */
public final class ReplacedDatabase implements Closeable {

  private static final Logger LOG = LoggerFactory.getLogger(ReplacedDatabase.class);

  private static final List<String> LOGS = List.of("-wal", "-journal");

  /** SQLite's pending, reserved and shared bytes; see os.h in its source. */
  private static final long LOCK_BYTES_AT = 0x4000_0000L;

  private static final long LOCK_BYTES = 512;
  private static final int ATTEMPTS = 3;
  private static final int MAX_USERS = 5;

  private final Path file;
  private final RandomGenerator random;
  private Optional<FileChannel> locked = Optional.empty();
  private List<String> unseen = List.of();

  private ReplacedDatabase(Path file, RandomGenerator random) {
    this.file = file;
    this.random = random;
  }

  /**
   * Looks at what is there.
   *
   * @throws WouldOverwriteException if something is, and {@code force} is false
   * @throws UsageException if the name is that of something else than a file
   */
  public static ReplacedDatabase examine(Path file, boolean force, RandomGenerator random) {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new UsageException(file + " is not a file. Name the database file to be made.");
    }
    if (!Files.isDirectory(OutputFile.directory(file))) {
      throw new UsageException(
          "The directory "
              + OutputFile.directory(file)
              + " is not there. Make it, with the right owner, and try again.");
    }
    ReplacedDatabase replaced = new ReplacedDatabase(file, random);
    if (force) {
      // Better told now than after all was fetched; it is asked again before it is replaced.
      replaced.refuseUsers();
      return replaced;
    }
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new WouldOverwriteException(
          file + " exists and was not changed. Choose another name, or replace it with --force.");
    }
    for (String log : LOGS) {
      if (Files.exists(replaced.beside(log))) {
        throw new WouldOverwriteException(
            replaced.beside(log)
                + " exists without its database. It may hold transactions that are nowhere else,"
                + " and SQLite would replay it onto the new file. Move it away, or let"
                + " --force do it.");
      }
    }
    return replaced;
  }

  /**
   * A connection in rollback-journal mode that is in no transaction holds no lock, and would go on
   * with the old file, which has no name any more.
   */
  private void refuseUsers() {
    if (!Files.exists(file)) {
      return;
    }
    FileUsers found = FileUsers.of(file);
    unseen = found.unseen();
    LOG.info("Others that have {} open were looked for; unseen: {}", file, unseen);
    if (!found.others().isEmpty()) {
      throw inUse(Optional.empty(), found.others());
    }
  }

  /** Returns why somebody may use the file that is replaced without being seen; one line each. */
  List<String> unseen() {
    return unseen;
  }

  /** Returns who owns the file that is replaced, if one is. */
  Optional<Ownership> ownership() {
    return Ownership.of(file);
  }

  /** Returns the permissions of the file that is replaced, if one is. */
  public Optional<Set<PosixFilePermission>> mode() {
    if (!Files.exists(file) || !OutputFile.isPosix(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(Files.getPosixFilePermissions(file));
    } catch (IOException e) {
      throw new DatabaseException("Could not look at " + file + ": " + e + ".", e);
    }
  }

  /**
   * Makes sure that no log can be replayed onto a file that gets the name now. Call {@link #close}
   * after the rename.
   *
   * @throws DatabaseException if the old database is in use
   */
  public void prepare() {
    try {
      for (int i = 0; i < ATTEMPTS; i++) {
        if (!Files.exists(file)) {
          moveLogsAside("its database is not there");
          return;
        }
        refuseUsers();
        Optional<String> unreadable = absorbLog();
        lock();
        refuseUsers();
        if (unreadable.isPresent()) {
          moveLogsAside(unreadable.get());
        }
        if (!hasLog()) {
          Files.deleteIfExists(beside("-shm"));
          return;
        }
        close();
      }
    } catch (IOException e) {
      throw new DatabaseException(
          "Could not make sure that nobody uses " + file + ": " + e + ". It was not replaced.", e);
    }
    throw inUse(Optional.empty());
  }

  /**
   * Lets SQLite move what is in a log into the database. Returns why not, if the file is none: then
   * SQLite must not touch it, for it deletes a log that it cannot make sense of.
   */
  private Optional<String> absorbLog() throws IOException {
    if (!DatabaseFile.isDatabase(file)) {
      return Optional.of("its file is not a database");
    }
    SQLiteConfig config = new SQLiteConfig();
    config.setBusyTimeout(0);
    config.resetOpenMode(SQLiteOpenMode.CREATE);
    try (Connection connection = config.createConnection("jdbc:sqlite:" + file.toAbsolutePath());
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA locking_mode=EXCLUSIVE");
      statement.execute("BEGIN EXCLUSIVE");
      statement.execute("COMMIT");
      try (ResultSet row = statement.executeQuery("PRAGMA wal_checkpoint(TRUNCATE)")) {
        if (row.next() && row.getInt(1) != 0) {
          throw inUse(Optional.empty());
        }
      }
    } catch (SQLException e) {
      switch (primaryCode(e)) {
        case SQLITE_NOTADB, SQLITE_CORRUPT -> {
          return Optional.of("its database cannot be read (" + e.getMessage() + ")");
        }
        case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL -> throw inUse(Optional.of(e));
        case SQLITE_FULL ->
            throw new DatabaseException(
                "There is not enough space beside the database that is to be replaced, "
                    + file
                    + ": what its log holds is moved into it first, so that nothing is lost until"
                    + " the new file takes its place. It was not replaced and has all its"
                    + " content. Free as many bytes as "
                    + beside("-wal")
                    + " has, and try again.",
                e);
        default ->
            throw new DatabaseException(
                "The database that is to be replaced, "
                    + file
                    + ", could not be closed off: "
                    + e.getMessage()
                    + ". It was not replaced. Move it and its -wal away and try again.",
                e);
      }
    }
    return Optional.empty();
  }

  private static SQLiteErrorCode primaryCode(SQLException e) {
    return SQLiteErrorCode.getErrorCode(e.getErrorCode() & 0xff);
  }

  private void lock() throws IOException {
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    locked = Optional.of(channel);
    try {
      if (Optional.ofNullable(channel.tryLock(LOCK_BYTES_AT, LOCK_BYTES, false)).isEmpty()) {
        close();
        throw inUse(Optional.empty());
      }
    } catch (OverlappingFileLockException e) {
      close();
      throw inUse(Optional.of(e));
    }
  }

  private boolean hasLog() throws IOException {
    for (String log : LOGS) {
      if (Files.exists(beside(log))) {
        return true;
      }
    }
    return false;
  }

  private void moveLogsAside(String why) throws IOException {
    for (String log : LOGS) {
      Path from = beside(log);
      if (Files.exists(from, LinkOption.NOFOLLOW_LINKS)) {
        Path to = beside(log + ".replaced-" + Long.toHexString(random.nextLong() >>> 1));
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        LOG.warn(
            "{} was moved to {}: {}, and SQLite would have replayed it onto the new one.",
            from,
            to,
            why);
      }
    }
    Files.deleteIfExists(beside("-shm"));
  }

  private Path beside(String suffix) {
    return file.resolveSibling(file.getFileName() + suffix);
  }

  private DatabaseException inUse(Optional<Exception> cause) {
    return inUse(cause, FileUsers.of(file).others());
  }

  private DatabaseException inUse(Optional<Exception> cause, List<FileUser> users) {
    String message =
        file
            + " is in use and was not replaced"
            + (users.isEmpty()
                ? ""
                : ": "
                    + users.stream()
                        .limit(MAX_USERS)
                        .map(FileUser::text)
                        .collect(Collectors.joining("; "))
                    + (users.size() > MAX_USERS
                        ? "; and " + (users.size() - MAX_USERS) + " more"
                        : ""))
            + ". Stop the application (and the"
            + " agent that follows it) and try again, or choose another name.";
    return cause
        .map(e -> new DatabaseException(message, e))
        .orElseGet(() -> new DatabaseException(message));
  }

  /** Gives the old file up. */
  @Override
  public void close() {
    try {
      if (locked.isPresent()) {
        locked.get().close();
      }
    } catch (IOException e) {
      LOG.warn("Closing the replaced file failed: {}", OutputFile.reason(e));
    }
    locked = Optional.empty();
  }
}
