package dev.sidewal.sqlite;

import com.dynatrace.hash4j.hashing.HashStream64;
import com.dynatrace.hash4j.hashing.Hashing;
import dev.sidewal.error.DatabaseException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies the files of a database that SQLite cannot open here in the normal way: it is read-only
 * for us, or another program holds it for itself alone. The database's file and its log or journal
 * go to a private directory, where SQLite recovers them. Nothing beside the database is written,
 * and no lock is taken on it; only where its {@code -shm} is there already, a read transaction of a
 * read-only connection keeps the log from being begun anew, if SQLite lets us.
 *
 * <p><b>Why the copy is one moment.</b> What was copied counts only if one of these holds:
 *
 * <ul>
 *   <li>The log has the same header (with its random salts) before the database file was read and
 *       after the log was. Then the log was not begun anew meanwhile, and whatever was written into
 *       the database file while it was read came out of this log, from transactions that were
 *       complete in it before; and the log was read after the file. SQLite lays the log over the
 *       file, so no page of the file counts that was written meanwhile, be it torn.
 *   <li>No file has changed: size, inode and time of change are the same before and after, and a
 *       second reading a moment later finds the same bytes, for file systems count time in coarse
 *       steps. A journal is part of what is compared; SQLite rolls it back.
 * </ul>
 *
 * <p>Else it is tried again after a rest. The hash of a second reading takes the place of a second
 * copy. Not safe for use by several threads.
 */
public final class FilesCopy {

  private static final Logger LOG = LoggerFactory.getLogger(FilesCopy.class);

  /** How long bytes must stay the same at least: longer than file systems' clocks need to tick. */
  private static final Duration STILL = Duration.ofMillis(50);

  private static final Duration FIRST_REST = Duration.ofMillis(100);
  private static final Duration LONGEST_REST = Duration.ofSeconds(5);
  private static final int CHUNK = 1 << 20;

  private final Path database;
  private final DatabaseFile file;
  private final Path wal;
  private final Path journal;
  private final Path copy;
  private final CopyProgress progress;
  private final byte[] buffer = new byte[CHUNK];

  private FilesCopy(DatabaseFile file, Path copy, CopyProgress progress) {
    this.file = file;
    this.database = file.path();
    this.wal = beside(database, "-wal");
    this.journal = beside(database, "-journal");
    this.copy = copy;
    this.progress = progress;
  }

  /**
   * Copies a database, and has the copy recovered.
   *
   * @param database is released by the caller, after this
   * @param copy the name of the copy in a private directory, in which nobody else works
   * @param attempts how often it is tried, 1 or more
   * @param why what kept the normal way from being gone, for the message
   * @return how many attempts it took
   * @throws DatabaseException if the files changed in every attempt, or SQLite finds no database
   * @throws ContinuityLostException if the file was replaced by another one
   */
  public static int copy(
      DatabaseFile database, Path copy, int attempts, String why, CopyProgress progress)
      throws IOException {
    return new FilesCopy(database, copy, progress).copy(attempts, why);
  }

  private static Path beside(Path database, String suffix) {
    return database.resolveSibling(database.getFileName() + suffix);
  }

  private int copy(int attempts, String why) throws IOException {
    Duration rest = FIRST_REST;
    for (int attempt = 1; attempt <= attempts; attempt++) {
      if (attempt > 1) {
        LockSupport.parkNanos(rest.toNanos());
        Duration twice = rest.multipliedBy(2);
        rest = twice.compareTo(LONGEST_REST) > 0 ? LONGEST_REST : twice;
      }
      removeCopy();
      checkCurrent();
      boolean whole;
      try (Held held = new Held()) {
        LOG.debug("a read transaction keeps the log of {}: {}", database, held.any());
        whole = copyOnce();
      } catch (NoSuchFileException e) {
        // A log or a journal that went away while it was being opened.
        whole = false;
      }
      if (whole) {
        checkCurrent();
        recover();
        return attempt;
      }
    }
    removeCopy();
    throw new DatabaseException(
        "Could not copy "
            + database
            + " as of one moment: its files changed in each of "
            + attempts
            + " attempts, and the normal way is barred, because "
            + why
            + ". Nothing was written. Try again when the program that writes it rests or has ended,"
            + " raise --copy-retries, or run as a user who may write the database, its -wal and"
            + " -shm, and its directory.");
  }

  /** Who has the old file open sees nothing of the new one, and its log is not the old one's. */
  private void checkCurrent() throws IOException {
    if (!file.isCurrent()) {
      removeCopy();
      throw new ContinuityLostException("the file was replaced");
    }
  }

  /** A read transaction that keeps the log from being begun anew; often there is none to be had. */
  private final class Held implements AutoCloseable {
    private Optional<Connection> connection = Optional.empty();

    Held() {
      // Without these SQLite would make them, as files of ours that are in the application's way.
      if (!Files.exists(wal) || !Files.exists(beside(database, "-shm"))) {
        return;
      }
      try {
        Connection c = Connections.readOnly(database, Duration.ZERO);
        connection = Optional.of(c);
        try (Statement s = c.createStatement()) {
          s.execute("BEGIN");
          s.executeQuery("PRAGMA schema_version").close();
        }
      } catch (SQLException e) {
        close();
      }
    }

    boolean any() {
      return connection.isPresent();
    }

    @Override
    public void close() {
      try {
        if (connection.isPresent()) {
          connection.get().close();
        }
      } catch (SQLException e) {
        throw new DatabaseException("Could not close " + database + ": " + e.getMessage(), e);
      }
      connection = Optional.empty();
    }
  }

  private boolean copyOnce() throws IOException {
    List<Optional<FileStamp>> before = stamps();
    Optional<WalHeader> log = logHeader();
    long[] sums = new long[3];
    sums[0] = copyDatabase(true);
    sums[1] = copyFile(wal, true);
    if (log.isPresent() && log.equals(logHeader()) && before.get(2).isEmpty()) {
      return Files.size(beside(copy, "-wal")) >= WalHeader.LENGTH && !Files.exists(journal);
    }
    sums[2] = copyFile(journal, true);
    if (!before.equals(stamps())) {
      return false;
    }
    LockSupport.parkNanos(STILL.toNanos());
    return sums[0] == copyDatabase(false)
        && sums[1] == copyFile(wal, false)
        && sums[2] == copyFile(journal, false)
        && before.equals(stamps());
  }

  private List<Optional<FileStamp>> stamps() throws IOException {
    List<Optional<FileStamp>> all = new ArrayList<>();
    for (Path path : List.of(database, wal, journal)) {
      try {
        all.add(Optional.of(FileStamp.of(path)));
      } catch (NoSuchFileException e) {
        all.add(Optional.empty());
      }
    }
    return all;
  }

  private Optional<WalHeader> logHeader() throws IOException {
    if (!Files.exists(wal) || Files.size(wal) < WalHeader.LENGTH) {
      return Optional.empty();
    }
    try (WalFile log = new WalFile(wal)) {
      return log.header();
    }
  }

  /** Reads the database's file and returns the hash of its bytes. */
  private long copyDatabase(boolean write) throws IOException {
    HashStream64 hash = Hashing.xxh3_64().hashStream();
    int pageSize = file.header().map(DatabaseHeader::pageSize).orElse(512);
    try (Target target = new Target(write ? Optional.of(copy) : Optional.empty())) {
      long length = file.length();
      for (long at = 0; at < length; at += CHUNK) {
        int n = (int) Math.min(CHUNK, length - at);
        file.read(at, buffer, 0, n);
        hash.putBytes(buffer, 0, n);
        target.write(n);
        progress.read((at + n) / pageSize, length / pageSize, pageSize);
      }
      return hash.putLong(length).getAsLong();
    }
  }

  /** Reads a file that carries no locks; one that is not there has the hash 0. */
  private long copyFile(Path from, boolean write) throws IOException {
    if (!Files.exists(from)) {
      return 0;
    }
    Path to = beside(copy, from.getFileName().toString().endsWith("-wal") ? "-wal" : "-journal");
    HashStream64 hash = Hashing.xxh3_64().hashStream();
    try (FileChannel source = FileChannel.open(from, StandardOpenOption.READ);
        Target target = new Target(write ? Optional.of(to) : Optional.empty())) {
      ByteBuffer in = ByteBuffer.wrap(buffer);
      long length = 0;
      for (int n = source.read(in); n >= 0; n = source.read(in.clear())) {
        hash.putBytes(buffer, 0, n);
        target.write(n);
        length += n;
      }
      return hash.putLong(length).getAsLong();
    }
  }

  /** Where a copy goes, if it is to be made. */
  private final class Target implements AutoCloseable {
    private final Optional<FileChannel> channel;

    Target(Optional<Path> path) throws IOException {
      channel =
          path.isEmpty()
              ? Optional.empty()
              : Optional.of(
                  FileChannel.open(
                      path.get(),
                      StandardOpenOption.CREATE,
                      StandardOpenOption.TRUNCATE_EXISTING,
                      StandardOpenOption.WRITE));
    }

    void write(int count) throws IOException {
      if (channel.isPresent()) {
        ByteBuffer out = ByteBuffer.wrap(buffer, 0, count);
        while (out.hasRemaining()) {
          channel.get().write(out);
        }
      }
    }

    @Override
    public void close() throws IOException {
      if (channel.isPresent()) {
        channel.get().close();
      }
    }
  }

  private void removeCopy() throws IOException {
    Files.deleteIfExists(copy);
    for (String suffix : List.of("-wal", "-journal", "-shm")) {
      Files.deleteIfExists(beside(copy, suffix));
    }
  }

  /** Has SQLite lay the log over the copy, or roll the journal back. */
  private void recover() throws IOException {
    if (Files.size(copy) == 0 && !Files.exists(beside(copy, "-journal"))) {
      Files.deleteIfExists(beside(copy, "-wal"));
      return;
    }
    try (Connection c = Connections.readWrite(copy, Duration.ZERO);
        Statement s = c.createStatement()) {
      // Alone: no -shm is needed, and nobody else can be in the way.
      s.execute("PRAGMA locking_mode=EXCLUSIVE");
      try (ResultSet r = s.executeQuery("SELECT count(*) FROM sqlite_schema")) {
        r.next();
      }
      try (ResultSet r = s.executeQuery("PRAGMA wal_checkpoint(TRUNCATE)")) {
        if (r.next() && r.getInt(1) != 0) {
          throw new DatabaseException("SQLite could not recover the copy of " + database + ".");
        }
      }
    } catch (SQLException e) {
      throw SqliteConnection.failure(database, "recover a copy", e);
    }
    for (String suffix : List.of("-wal", "-journal", "-shm")) {
      Files.deleteIfExists(beside(copy, suffix));
    }
  }
}
