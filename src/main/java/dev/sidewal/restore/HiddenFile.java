package dev.sidewal.restore;

import dev.sidewal.error.DatabaseException;
import dev.sidewal.error.WouldOverwriteException;
import dev.sidewal.fault.CrashPoint;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A hidden file beside a target, which gets the target's name when it is complete.
 *
 * <p>Its name is {@code .<target>.sidewal-restore-<random>} (or {@code -backup-}, {@code -dump-}).
 * A lock far behind its end is held as long as its writer lives; so a file of such a name that can
 * be locked was left by one that was killed, and is removed by the next one of its kind. (The
 * lock-byte range of SQLite is not touched.)
 *
 * <p>Invariant: until {@link #publish} nothing but this file changes, and only the owner can read
 * it. {@link #close} removes it if it was not published.
 *
 * <p>Invariant: it is not open any more once it has its name. Whoever opens it then with SQLite in
 * this process would lose his POSIX locks when it is closed here.
 */
final class HiddenFile implements Closeable {

  private static final Logger LOG = LoggerFactory.getLogger(HiddenFile.class);

  /**
   * Those of this process. None of them is opened a second time: closing it would drop the lock by
   * which other processes know that it is in use.
   */
  private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

  private static final long LOCK_AT = Long.MAX_VALUE - 1;
  private static final int ATTEMPTS = 20;

  private final OutputFile.Work work;
  private final Path path;
  private final FileChannel channel;
  private final Optional<Set<PosixFilePermission>> newFileMode;
  private final Thread remover;
  private FileLock lock;
  private boolean published;

  private HiddenFile(
      OutputFile.Work work,
      Path path,
      FileChannel channel,
      FileLock lock,
      Optional<Set<PosixFilePermission>> newFileMode) {
    this.work = work;
    this.path = path;
    this.channel = channel;
    this.lock = lock;
    this.newFileMode = newFileMode;
    // Runs when the process is told to end while the work is under way.
    this.remover = new Thread(path.toFile()::delete, "remove-" + path.getFileName());
    Runtime.getRuntime().addShutdownHook(remover);
  }

  /** Removes what killed processes left for the same target, and creates a temporary file. */
  static HiddenFile create(Path target, OutputFile.Work work, RandomGenerator random) {
    try {
      removeLeftovers(target, work);
      for (int i = 0; i < ATTEMPTS; i++) {
        Optional<HiddenFile> created = tryCreate(target, work, random);
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
              + OutputFile.directory(target)
              + ": "
              + OutputFile.reason(e)
              + ". Nothing was changed. The "
              + work.noun()
              + " needs to write into that directory, since the"
              + " file is made beside its final place.",
          e);
    }
  }

  private static Optional<HiddenFile> tryCreate(
      Path target, OutputFile.Work work, RandomGenerator random) throws IOException {
    Path temporary =
        target.resolveSibling(
            "." + target.getFileName() + work.mark() + Long.toHexString(random.nextLong() >>> 1));
    OWN.add(temporary.toAbsolutePath());
    boolean done = false;
    try {
      Optional<HiddenFile> created = tryCreate(target, work, temporary);
      done = created.isPresent();
      return created;
    } finally {
      if (!done) {
        OWN.remove(temporary.toAbsolutePath());
      }
    }
  }

  private static Optional<HiddenFile> tryCreate(Path target, OutputFile.Work work, Path temporary)
      throws IOException {
    boolean posix = OutputFile.isPosix(target);
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
        return Optional.of(new HiddenFile(work, temporary, channel, lock.get(), newFileMode));
      }
    } catch (IOException | RuntimeException e) {
      channel.close();
      Files.deleteIfExists(temporary);
      throw e;
    }
    channel.close();
    return Optional.empty();
  }

  /** Removes what killed processes left for a target. */
  static void removeLeftovers(Path target, OutputFile.Work work) throws IOException {
    String prefix = "." + target.getFileName() + work.mark();
    try (var siblings =
        Files.newDirectoryStream(
            OutputFile.directory(target), p -> p.getFileName().toString().startsWith(prefix))) {
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
      LOG.warn(
          "{} is left behind by a process that was killed ({}).", leftover, OutputFile.reason(e));
      return true;
    }
  }

  private static void removeIfDead(Path leftover, Path target, OutputFile.Work work) {
    if (!Files.isRegularFile(leftover, LinkOption.NOFOLLOW_LINKS)
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
        LOG.info("Removed {}, which a killed {} left behind.", leftover, work.noun());
      } else {
        warnOfAnother(leftover, work);
      }
    } catch (IOException e) {
      LOG.warn(
          "{} was left behind by a killed {}, but cannot be removed ({}). Remove it by hand:"
              + " it takes space.",
          leftover,
          work.noun(),
          OutputFile.reason(e));
    }
  }

  private static void warnOfAnother(Path leftover, OutputFile.Work work) {
    LOG.warn("Another {} of the same file is under way; it writes to {}.", work.noun(), leftover);
  }

  private static Optional<FileLock> tryLock(FileChannel channel) throws IOException {
    try {
      return Optional.ofNullable(channel.tryLock(LOCK_AT, 1, false));
    } catch (OverlappingFileLockException e) {
      return Optional.empty(); // Another one in this process.
    }
  }

  /** Returns where it is until it has its name. */
  Path path() {
    return path;
  }

  /** Returns its channel, for reading and writing. */
  FileChannel channel() {
    return channel;
  }

  /** Returns the permissions that the umask gives to new files, where there are such. */
  Optional<Set<PosixFilePermission>> newFileMode() {
    return newFileMode;
  }

  /**
   * Takes the lock again, which this process has lost if it has closed the file by other means:
   * POSIX drops all locks of a process then.
   */
  void lockAgain() throws IOException {
    lock.release();
    lock = tryLock(channel).orElse(lock);
  }

  /**
   * Gives it a name in the directory of its target, atomically, and waits until that is durable.
   *
   * @param replace whether a file that is there is replaced; if not, none must be there
   * @throws WouldOverwriteException if one is; another name may be tried
   */
  void publish(Path name, boolean replace) {
    try {
      CrashPoint.RESTORE_PREPARED.reached();
      channel.close();
      if (replace || !link(name)) {
        Files.move(path, name, StandardCopyOption.ATOMIC_MOVE);
      }
      published = true;
      CrashPoint.RESTORE_RENAMED.reached();
      try (FileChannel directory =
          FileChannel.open(OutputFile.directory(name), StandardOpenOption.READ)) {
        directory.force(true);
      }
    } catch (IOException e) {
      throw new DatabaseException(
          published
              ? name
                  + " was "
                  + work.done()
                  + ", but making its name durable failed: "
                  + OutputFile.reason(e)
                  + "."
              : "Could not rename "
                  + path
                  + " to "
                  + name
                  + ": "
                  + OutputFile.reason(e)
                  + ". What was there before was not changed.",
          e);
    }
  }

  /** Names it by a second link, which fails if the name is taken; not every file system can. */
  private boolean link(Path name) throws IOException {
    try {
      Files.createLink(name, path);
    } catch (FileAlreadyExistsException e) {
      throw new WouldOverwriteException(
          name + " was made by somebody while the " + work.noun() + " ran, and was not changed.",
          e);
    } catch (UnsupportedOperationException | IOException e) {
      LOG.debug("No hard link from {} to {}; renaming it.", path, name, e);
      return false;
    }
    Files.deleteIfExists(path);
    return true;
  }

  /** Closes it, and removes it if it was not published. */
  @Override
  public void close() {
    try {
      channel.close();
      if (!published) {
        Files.deleteIfExists(path);
      }
      OWN.remove(path.toAbsolutePath());
      Runtime.getRuntime().removeShutdownHook(remover);
    } catch (IllegalStateException shutdown) {
      LOG.debug("The process is ending; {} is removed.", path, shutdown);
    } catch (IOException e) {
      LOG.warn("Could not remove {} ({}). Remove it by hand.", path, OutputFile.reason(e));
    }
  }
}
