package dev.sidewal.restore;

import dev.sidewal.error.DatabaseException;
import dev.sidewal.error.NoRoomException;
import dev.sidewal.error.WouldOverwriteException;
import dev.sidewal.fault.CrashPoint;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file that a restore or a backup writes: a hidden temporary file beside the target until
 * {@link #publish}.
 *
 * <p>Its name is {@code .<target>.sidewal-restore-<random>} (or {@code -backup-}). A lock far
 * behind its end is held as long as its writer lives; so a file of such a name that can be locked
 * was left by one that was killed, and is removed by the next one of its kind. (The lock-byte range
 * of SQLite is not touched.)
 *
 * <p>Invariant: until {@link #publish} nothing but the temporary file changes, and only the owner
 * can read it. {@link #close} removes it if it was not published.
 *
 * <p>Invariant: nothing here has the file open once it has its name. Whoever opens it then with
 * SQLite in this process would lose his POSIX locks when it is closed here.
 */
public final class OutputFile implements Closeable {

  /** What the file is written for. */
  public enum Work {
    /** A restore. */
    RESTORE("restore", "restoring", "restored"),
    /** A backup. */
    BACKUP("backup", "backing up to", "backed up");

    private final String noun;
    private final String doing;
    private final String done;

    Work(String noun, String doing, String done) {
      this.noun = noun;
      this.doing = doing;
      this.done = done;
    }

    /** Returns what stands between the target's name and the random part of the temporary one. */
    public String mark() {
      return ".sidewal-" + noun + "-";
    }
  }

  private static final Logger LOG = LoggerFactory.getLogger(OutputFile.class);

  /**
   * The temporary files of this process. None of them is opened a second time: closing it would
   * drop the lock by which other processes know that it is in use.
   */
  private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

  private static final long LOCK_AT = Long.MAX_VALUE - 1;
  private static final int ATTEMPTS = 20;

  /** The JVM copies what is written into memory outside of the heap, and keeps that. */
  private static final int MAX_WRITE = 1 << 19;

  private final Work work;
  private final Path target;
  private final Path temporary;
  private final FileChannel channel;
  private final Optional<Set<PosixFilePermission>> newFileMode;
  private FileLock lock;
  private final Thread remover;
  private long length;
  private boolean published;
  private final AtomicLong written = new AtomicLong();

  private OutputFile(
      Work work,
      Path target,
      Path temporary,
      FileChannel channel,
      FileLock lock,
      Optional<Set<PosixFilePermission>> newFileMode) {
    this.work = work;
    this.lock = lock;
    this.target = target;
    this.temporary = temporary;
    this.channel = channel;
    this.newFileMode = newFileMode;
    // Runs when the process is told to end while the work is under way.
    this.remover = new Thread(temporary.toFile()::delete, "remove-" + temporary.getFileName());
    Runtime.getRuntime().addShutdownHook(remover);
  }

  /** Creates the file of a restore. */
  static OutputFile create(Path target, RandomGenerator random) {
    return create(target, Work.RESTORE, random);
  }

  /** Removes what killed processes left for the same target, and creates a temporary file. */
  public static OutputFile create(Path target, Work work, RandomGenerator random) {
    try {
      removeLeftovers(target, work);
      for (int i = 0; i < ATTEMPTS; i++) {
        Optional<OutputFile> created = tryCreate(target, work, random);
        if (created.isPresent()) {
          return created.get();
        }
      }
      throw new DatabaseException(
          "Could not create a temporary file beside "
              + target
              + ": somebody removes it again each time.");
    } catch (IOException e) {
      throw new DatabaseException(
          "Could not create a temporary file in "
              + directory(target)
              + ": "
              + reason(e)
              + ". Nothing was changed. The "
              + work.noun
              + " needs to write into that directory, since the"
              + " file is made beside its final place.",
          e);
    }
  }

  private static Optional<OutputFile> tryCreate(Path target, Work work, RandomGenerator random)
      throws IOException {
    Path temporary =
        target.resolveSibling(
            "." + target.getFileName() + work.mark() + Long.toHexString(random.nextLong() >>> 1));
    OWN.add(temporary.toAbsolutePath());
    boolean done = false;
    try {
      Optional<OutputFile> created = tryCreate(target, work, temporary);
      done = created.isPresent();
      return created;
    } finally {
      if (!done) {
        OWN.remove(temporary.toAbsolutePath());
      }
    }
  }

  private static Optional<OutputFile> tryCreate(Path target, Work work, Path temporary)
      throws IOException {
    boolean posix = isPosix(target);
    FileAttribute<?>[] attributes =
        posix
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r--r--"))
            }
            : new FileAttribute<?>[0];
    FileChannel channel;
    try {
      channel =
          FileChannel.open(
              temporary,
              Set.of(
                  StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE),
              attributes);
    } catch (FileAlreadyExistsException e) {
      return Optional.empty();
    }
    try {
      Optional<Set<PosixFilePermission>> newFileMode = Optional.empty();
      if (posix) {
        // What the umask left of 0644 is what a new file gets; until then nobody else may look.
        newFileMode = Optional.of(Files.getPosixFilePermissions(temporary));
        Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rw-------"));
      }
      Optional<FileLock> lock = tryLock(channel);
      if (lock.isPresent() && Files.exists(temporary)) {
        return Optional.of(
            new OutputFile(work, target, temporary, channel, lock.get(), newFileMode));
      }
    } catch (IOException | RuntimeException e) {
      channel.close();
      Files.deleteIfExists(temporary);
      throw e;
    }
    channel.close();
    return Optional.empty();
  }

  /** Removes what killed restores of a target left. */
  static void removeLeftovers(Path target) throws IOException {
    removeLeftovers(target, Work.RESTORE);
  }

  private static void removeLeftovers(Path target, Work work) throws IOException {
    String prefix = "." + target.getFileName() + work.mark();
    try (var siblings =
        Files.newDirectoryStream(
            directory(target), p -> p.getFileName().toString().startsWith(prefix))) {
      for (Path leftover : siblings) {
        removeIfDead(leftover, target, work);
      }
    }
  }

  /**
   * Removes a leftover that is the target itself by its second name: it must not be opened, for the
   * target may be in use.
   */
  private static boolean isPublished(Path leftover, Path target) {
    try {
      return Files.exists(target)
          && Files.isSameFile(leftover, target)
          && Files.deleteIfExists(leftover);
    } catch (IOException e) {
      LOG.warn("{} is left behind by a process that was killed ({}).", leftover, reason(e));
      return true;
    }
  }

  private static void removeIfDead(Path leftover, Path target, Work work) {
    if (!Files.isRegularFile(leftover, java.nio.file.LinkOption.NOFOLLOW_LINKS)
        || isPublished(leftover, target)) {
      return;
    }
    if (OWN.contains(leftover.toAbsolutePath())) {
      warnOfAnother(leftover, work);
      return;
    }
    try (FileChannel channel = FileChannel.open(leftover, StandardOpenOption.WRITE)) {
      if (tryLock(channel).isPresent()) {
        Files.deleteIfExists(leftover);
        LOG.info("Removed {}, which a killed {} left behind.", leftover, work.noun);
      } else {
        warnOfAnother(leftover, work);
      }
    } catch (IOException e) {
      LOG.warn(
          "{} was left behind by a killed {}, but cannot be removed ({}). Remove it by hand:"
              + " it takes space.",
          leftover,
          work.noun,
          reason(e));
    }
  }

  private static void warnOfAnother(Path leftover, Work work) {
    LOG.warn("Another {} of the same file is under way; it writes to {}.", work.noun, leftover);
  }

  private static Optional<FileLock> tryLock(FileChannel channel) throws IOException {
    try {
      return Optional.ofNullable(channel.tryLock(LOCK_AT, 1, false));
    } catch (OverlappingFileLockException e) {
      return Optional.empty(); // Another one in this process.
    }
  }

  /** Returns the temporary file. */
  public Path temporary() {
    return temporary;
  }

  /** Returns the permissions that the umask gives to new files, where there are such. */
  public Optional<Set<PosixFilePermission>> newFileMode() {
    return newFileMode;
  }

  /** Sets the length; what is not written is zeros. Fails early if the space is not there. */
  void setLength(long bytes) {
    length = bytes;
    try {
      long usable = Files.getFileStore(temporary).getUsableSpace();
      if (usable < bytes) {
        throw noSpace("There is not enough space for " + work.doing, usable, Optional.empty());
      }
      channel.truncate(0);
      if (bytes > 0) {
        channel.write(ByteBuffer.allocate(1), bytes - 1);
      }
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /**
   * Says how long it will be, as far as that is known; fails early if the space is not there.
   *
   * @throws NoRoomException if it is not
   */
  public void expect(long bytes) {
    length = Math.max(length, bytes);
    try {
      long usable = Files.getFileStore(temporary).getUsableSpace();
      if (usable + channel.size() < bytes) {
        throw noSpace("There is not enough space for " + work.doing, usable, Optional.empty());
      }
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** Says how long it is, now that all is written: it is cut, or filled up with zeros. */
  public void end(long bytes) {
    length = bytes;
    try {
      if (channel.size() > bytes) {
        channel.truncate(bytes);
      } else if (channel.size() < bytes) {
        channel.write(ByteBuffer.allocate(1), bytes - 1);
      }
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** Takes over what another program has written to the temporary file. */
  public void adopt() {
    try {
      lockAgain();
      length = channel.size();
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** Writes bytes. Safe for use by several threads. */
  public void write(long position, byte[] source, int offset, int count) {
    try {
      int done = 0;
      while (done < count) {
        ByteBuffer slice =
            ByteBuffer.wrap(source, offset + done, Math.min(MAX_WRITE, count - done));
        while (slice.hasRemaining()) {
          int n = channel.write(slice, position + done);
          written.addAndGet(n);
          done += n;
        }
      }
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** Reads bytes back; there must be as many. */
  public void read(long position, byte[] bytes, int count) {
    try {
      int done = 0;
      while (done < count) {
        int n =
            channel.read(
                ByteBuffer.wrap(bytes, done, Math.min(MAX_WRITE, count - done)), position + done);
        if (n < 0) {
          throw new IOException("it ends at byte " + (position + done));
        }
        done += n;
      }
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** Returns its length in bytes. */
  public long length() {
    return length;
  }

  /**
   * Takes the lock again, which this process has lost if it has closed the file by other means:
   * POSIX drops all locks of a process then.
   */
  public void lockAgain() {
    try {
      lock.release();
      lock = tryLock(channel).orElse(lock);
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** Waits until its content is on the disk. */
  public void force() {
    try {
      channel.force(true);
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /**
   * Gives it its name, atomically, and waits until that is durable.
   *
   * @param replace whether a file that is there is replaced; if not, the target must not be there
   */
  public void publish(boolean replace) {
    publish(target, replace);
  }

  /**
   * Gives it a name that is chosen last, in the directory of the target.
   *
   * @param name the name
   * @param replace whether a file that is there is replaced; if not, none must be there
   * @throws WouldOverwriteException if one is; another name may be tried
   */
  public void publish(Path name, boolean replace) {
    try {
      CrashPoint.RESTORE_PREPARED.reached();
      channel.close();
      if (replace || !link(name)) {
        Files.move(temporary, name, StandardCopyOption.ATOMIC_MOVE);
      }
      published = true;
      CrashPoint.RESTORE_RENAMED.reached();
      try (FileChannel directory = FileChannel.open(directory(name), StandardOpenOption.READ)) {
        directory.force(true);
      }
    } catch (IOException e) {
      throw new DatabaseException(
          published
              ? name
                  + " was "
                  + work.done
                  + ", but making its name durable failed: "
                  + reason(e)
                  + "."
              : "Could not rename "
                  + temporary
                  + " to "
                  + name
                  + ": "
                  + reason(e)
                  + ". What was there before was not changed.",
          e);
    }
  }

  /** Names it by a second link, which fails if the name is taken; not every file system can. */
  private boolean link(Path name) throws IOException {
    try {
      Files.createLink(name, temporary);
    } catch (FileAlreadyExistsException e) {
      throw new WouldOverwriteException(
          name + " was made by somebody while the " + work.noun + " ran, and was not changed.", e);
    } catch (UnsupportedOperationException | IOException e) {
      LOG.debug("No hard link from {} to {}; renaming it.", temporary, name, e);
      return false;
    }
    Files.deleteIfExists(temporary);
    return true;
  }

  private DatabaseException failed(IOException e) {
    try {
      long usable = Files.getFileStore(temporary).getUsableSpace();
      return noSpace(
          "Writing failed (" + reason(e) + ") while " + work.doing, usable, Optional.of(e));
    } catch (IOException gone) {
      e.addSuppressed(gone);
      return new DatabaseException(
          "Writing " + temporary + " failed: " + reason(e) + ". " + target + " was not changed.",
          e);
    }
  }

  private NoRoomException noSpace(String what, long usable, Optional<IOException> cause) {
    String message =
        what
            + " "
            + target
            + ": the file takes "
            + length
            + " bytes, and "
            + usable
            + " bytes are free in the file system of "
            + directory(target)
            + " ("
            + store()
            + "). Nothing was changed, and what the "
            + work.noun
            + " had written is removed. Free at least "
            + Math.max(1, length - Math.min(length, written.get()) - usable)
            + " bytes more there, or choose another file system.";
    return cause
        .map(e -> new NoRoomException(message, e))
        .orElseGet(() -> new NoRoomException(message));
  }

  private String store() {
    try {
      return Files.getFileStore(directory(target)).toString();
    } catch (IOException e) {
      return "unknown: " + reason(e);
    }
  }

  /** Returns the directory of a path. */
  static Path directory(Path path) {
    return Optional.ofNullable(path.toAbsolutePath().getParent())
        .orElseGet(() -> path.toAbsolutePath());
  }

  static boolean isPosix(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }

  static String reason(IOException e) {
    return e.getClass().getSimpleName() + ": " + e.getMessage();
  }

  /** Closes it, and removes it if it was not published. */
  @Override
  public void close() {
    try {
      channel.close();
      if (!published) {
        Files.deleteIfExists(temporary);
      }
      OWN.remove(temporary.toAbsolutePath());
      Runtime.getRuntime().removeShutdownHook(remover);
    } catch (IllegalStateException shutdown) {
      LOG.debug("The process is ending; {} is removed.", temporary, shutdown);
    } catch (IOException e) {
      LOG.warn("Could not remove {} ({}). Remove it by hand.", temporary, reason(e));
    }
  }
}
