package dev.sidewal.sqlite;

import dev.sidewal.error.DatabaseException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Reads the bytes of a live database file, past SQLite.
 *
 * <p>Invariant: a process opens a database file by itself at most once and never closes it.
 * SQLite's locks are POSIX record locks, and those belong to the process: closing any descriptor of
 * the file drops every lock that the process holds on it, those of its SQLite connections too (also
 * of the application's, when Sidewal is embedded). Hence the registry, keyed by the file's identity
 * and not by its path. Only where the whole process is Sidewal's ({@link #closeUnused}) a file that
 * nothing here uses any more is closed, lest the space of deleted databases is never freed. Nothing
 * here opens a SQLite connection to a live database outside of {@link #open} and {@link #release}.
 * Safe for use by several threads.
 *
 * @see <a
 *     href="https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_">
 *     How to corrupt a SQLite database file, section 2.2</a>
 */
public final class DatabaseFile {

  private static final Map<Object, DatabaseFile> OPEN = new HashMap<>();

  /** How many have opened each file and not released it. */
  private static final Map<Object, Integer> USERS = new HashMap<>();

  /** Opened just when the path came to lead elsewhere: nobody knows which files these are. */
  private static final List<FileChannel> STRAYS = new ArrayList<>();

  private static final byte[] MAGIC = "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII);

  private static boolean closesUnused;

  private final Path path;
  private final Object identity;
  private final FileChannel channel;

  private DatabaseFile(Path path, Object identity, FileChannel channel) {
    this.path = path;
    this.identity = identity;
    this.channel = channel;
  }

  /**
   * Opens the file for reading, or returns the one that is open. Whoever opens it says so with
   * {@link #release} when neither it nor a SQLite connection to it is used any more.
   *
   * @return empty if there is no such file
   * @throws DatabaseException if it is there and cannot be read
   */
  public static Optional<DatabaseFile> open(Path path) {
    synchronized (OPEN) {
      try {
        Optional<Object> identity = identity(path);
        while (identity.isPresent()) {
          Optional<DatabaseFile> file = openOnce(path, identity.get());
          if (file.isPresent()) {
            USERS.merge(identity.get(), 1, Integer::sum);
            return file;
          }
          identity = identity(path);
        }
        return Optional.empty();
      } catch (NoSuchFileException e) {
        return Optional.empty();
      } catch (AccessDeniedException e) {
        throw new DatabaseException(
            "Cannot read the database "
                + path
                + ": permission denied. Run Sidewal as a user who may read and write the file and"
                + " its directory.",
            e);
      } catch (IOException e) {
        throw new DatabaseException("Cannot read the database " + path + ": " + e.getMessage(), e);
      }
    }
  }

  /** Empty if the path came to lead to another file meanwhile. */
  private static Optional<DatabaseFile> openOnce(Path path, Object identity) throws IOException {
    DatabaseFile known = OPEN.get(identity);
    if (known != null) {
      // The same file by another name: SQLite must open it by this one.
      return Optional.of(
          known.path.equals(path) ? known : new DatabaseFile(path, identity, known.channel));
    }
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
    if (identity(path).filter(identity::equals).isEmpty()) {
      STRAYS.add(channel);
      return Optional.empty();
    }
    DatabaseFile file = new DatabaseFile(path, identity, channel);
    OPEN.put(identity, file);
    return Optional.of(file);
  }

  /**
   * Says that no connection of anybody but Sidewal lives in this process, now or later. Never to be
   * called where Sidewal is embedded.
   */
  public static void closeUnused() {
    synchronized (OPEN) {
      closesUnused = true;
    }
  }

  /**
   * Looks whether a file begins as SQLite databases do. It is not closed after that, if somebody in
   * this process may have a connection to it.
   *
   * @see <a href="https://www.sqlite.org/fileformat2.html#magic_header_string">SQLite file format,
   *     section 1.3.1</a>
   */
  public static boolean isDatabase(Path path) throws IOException {
    byte[] begin = new byte[MAGIC.length];
    synchronized (OPEN) {
      Optional<Object> identity = identity(path);
      if (identity.isEmpty()) {
        return false;
      }
      if (closesUnused && !OPEN.containsKey(identity.get())) {
        try (InputStream in = Files.newInputStream(path)) {
          return in.readNBytes(begin, 0, begin.length) == begin.length
              && Arrays.equals(begin, MAGIC);
        }
      }
      Optional<DatabaseFile> file = open(path);
      if (file.isEmpty()) {
        return false;
      }
      try {
        file.get().read(0, begin, 0, begin.length);
      } finally {
        file.get().release();
      }
      return Arrays.equals(begin, MAGIC);
    }
  }

  /**
   * Says that whoever has opened it does not use it any more, and has closed its SQLite connections
   * to it.
   */
  public void release() {
    synchronized (OPEN) {
      Integer users = USERS.get(identity);
      if (users == null) {
        throw new IllegalStateException(path + " was released more often than it was opened");
      }
      if (users > 1) {
        USERS.put(identity, users - 1);
        return;
      }
      USERS.remove(identity);
      if (closesUnused && OPEN.remove(identity) != null) {
        try {
          channel.close();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  private static Optional<Object> identity(Path path) throws IOException {
    try {
      BasicFileAttributes a = Files.readAttributes(path, BasicFileAttributes.class);
      if (!a.isRegularFile()) {
        throw new DatabaseException(path + " is not a file, so it cannot be a database.");
      }
      return Optional.of(
          Objects.requireNonNullElseGet(a.fileKey(), () -> path.toAbsolutePath().normalize()));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** Returns whether the path still leads to this very file. */
  public boolean isCurrent() {
    try {
      return identity(path).filter(identity::equals).isPresent();
    } catch (IOException e) {
      return false;
    }
  }

  /** Returns the path that the file was opened by. */
  public Path path() {
    return path;
  }

  /** Returns the file's length in bytes. */
  public long length() throws IOException {
    return channel.size();
  }

  /** Reads the header; empty if the file is too short or not a SQLite database. */
  public Optional<DatabaseHeader> header() throws IOException {
    byte[] bytes = new byte[DatabaseHeader.LENGTH];
    read(0, bytes, 0, bytes.length);
    return DatabaseHeader.parse(bytes);
  }

  /** Reads bytes at a position; what lies behind the file's end reads as zeros. */
  public void read(long position, byte[] target, int offset, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(target, offset, length);
    long at = position;
    while (buffer.hasRemaining()) {
      int n = channel.read(buffer, at);
      if (n < 0) {
        Arrays.fill(target, buffer.position(), offset + length, (byte) 0);
        return;
      }
      at += n;
    }
  }
}
