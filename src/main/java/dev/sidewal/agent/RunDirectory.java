package dev.sidewal.agent;

import dev.sidewal.error.DatabaseException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory in which one run of the agent keeps its work files: page tables, and what waits for
 * the store.
 *
 * <p>Invariant: each run has a directory of its own, {@code <state>/run-*}, and holds a lock on the
 * file {@code lock} in it. A run directory whose lock is free belongs to a run that was killed, and
 * is removed by the next. So two agents on one database never touch each other's files. Not safe
 * for use by several threads.
 *
 * <p>The locks are POSIX record locks: closing any descriptor of a lock file drops the lock of the
 * whole process. So the lock of a run of this process is never tried, let alone opened, again.
 */
final class RunDirectory implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(RunDirectory.class);
  private static final String LOCK = "lock";

  /** The runs of this process. */
  private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

  private final Path path;
  private final FileChannel lockChannel;

  private RunDirectory(Path path, FileChannel lockChannel) {
    this.path = path;
    this.lockChannel = lockChannel;
  }

  /** Returns where the state of a database is kept unless told otherwise. */
  static Path defaultStateDirectory(Path database) {
    return database.resolveSibling("." + database.getFileName() + "-sidewal");
  }

  /** Creates the directory of this run, and removes those of runs that were killed. */
  static RunDirectory create(Path stateDirectory) {
    try {
      Files.createDirectories(stateDirectory);
      removeLeftovers(stateDirectory);
      Path run = Files.createTempDirectory(stateDirectory.toRealPath(), "run-");
      OWN.add(run);
      FileChannel channel =
          FileChannel.open(run.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (channel.tryLock() == null) {
        channel.close();
        throw new IOException("cannot lock " + run.resolve(LOCK));
      }
      return new RunDirectory(run, channel);
    } catch (IOException e) {
      throw new DatabaseException(
          "Cannot use the state directory "
              + stateDirectory
              + ": "
              + e
              + ". Sidewal keeps its work files there; make it writable, or name another with"
              + " --state-dir.",
          e);
    }
  }

  Path path() {
    return path;
  }

  private static void removeLeftovers(Path stateDirectory) throws IOException {
    try (DirectoryStream<Path> runs =
        Files.newDirectoryStream(stateDirectory.toRealPath(), "run-*")) {
      for (Path run : runs) {
        if (isAbandoned(run)) {
          LOG.debug("removing work files of a run that was killed: {}", run);
          delete(run);
        }
      }
    }
  }

  private static boolean isAbandoned(Path run) throws IOException {
    if (OWN.contains(run)) {
      return false;
    }
    try (FileChannel channel = FileChannel.open(run.resolve(LOCK), StandardOpenOption.WRITE)) {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException held) {
      // By this very process.
      return false;
    } catch (NoSuchFileException | AccessDeniedException e) {
      // Killed before it made its lock, or another run that is just being made, or another user's:
      // leave it.
      return false;
    }
  }

  private static void delete(Path directory) throws IOException {
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes a) throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path dir, IOException e) throws IOException {
            if (e != null) {
              throw e;
            }
            Files.deleteIfExists(dir);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /** Removes the work files. */
  @Override
  public void close() {
    try (lockChannel) {
      delete(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      OWN.remove(path);
    }
  }
}
