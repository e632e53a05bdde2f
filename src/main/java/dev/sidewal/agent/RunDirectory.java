package dev.sidewal.agent;

import dev.sidewal.error.DatabaseException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory in which a run of the agent keeps its state and its work files: page tables, and
 * what waits for the store.
 *
 * <p>Invariant: whoever uses a directory, {@code <state>/run-*}, holds a lock on the file {@code
 * lock} in it. A run takes over the newest one whose lock is free, of a run that ended or was
 * killed, and goes on from its state; where there is none it makes a new one. So two agents on one
 * database never touch each other's files. Not safe for use by several threads.
 *
 * <p>The locks are POSIX record locks: closing any descriptor of a lock file drops the lock of the
 * whole process. So the lock of a run of this process is never tried, let alone opened, again.
 */
final class RunDirectory implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(RunDirectory.class);
  private static final String LOCK = "lock";
  private static final String TABLES = "tables-";
  private static final String REPLICA = "replica";

  /** The runs of this process. */
  private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

  private final Path path;
  private final FileChannel lockChannel;
  private final StateFile state;
  private final SpoolDirectory spool;
  private final ImageDirectory images;
  private final PackingDirectory packing;

  private RunDirectory(Path path, FileChannel lockChannel, StateFile state) throws IOException {
    this.path = path;
    this.lockChannel = lockChannel;
    this.state = state;
    this.spool = new SpoolDirectory(path.resolve("spool"));
    this.images = new ImageDirectory(path.resolve("images"));
    this.packing = new PackingDirectory(path.resolve("packing"));
  }

  /** Returns where the state of a database is kept unless told otherwise. */
  static Path defaultStateDirectory(Path database) {
    return database.resolveSibling("." + database.getFileName() + "-sidewal");
  }

  /** Returns where the state of a database is kept in a directory that several may share. */
  static Path stateDirectory(Path shared, Path database) {
    CRC32C crc = new CRC32C();
    crc.update(database.toAbsolutePath().normalize().toString().getBytes(StandardCharsets.UTF_8));
    return shared.resolve(
        String.format(Locale.ROOT, "%s-%08x", database.getFileName(), crc.getValue()));
  }

  /**
   * Takes over the directory of the newest run for a replica that has ended, or makes one.
   *
   * @param replica where the replica is; runs for others are left alone
   */
  static RunDirectory open(Path stateDirectory, String replica) {
    try {
      Files.createDirectories(stateDirectory);
      Path real = stateDirectory.toRealPath();
      Optional<RunDirectory> best = Optional.empty();
      try (DirectoryStream<Path> runs = Files.newDirectoryStream(real, "run-*")) {
        for (Path run : runs) {
          Optional<RunDirectory> found = takeOver(run, replica);
          if (found.isPresent()) {
            boolean better = best.isEmpty() || NEWER.compare(found.get(), best.get()) > 0;
            (better ? best : found).ifPresent(RunDirectory::discard);
            best = better ? found : best;
          }
        }
      }
      return best.isPresent() ? best.get() : create(real, replica);
    } catch (IOException | UncheckedIOException e) {
      throw new DatabaseException(
          "Cannot use the state directory "
              + stateDirectory
              + ": "
              + e
              + ". Sidewal keeps its state and its work files there; make it writable, or name"
              + " another with --state-dir.",
          e);
    }
  }

  private static RunDirectory create(Path stateDirectory, String replica) throws IOException {
    Path run = Files.createTempDirectory(stateDirectory, "run-");
    OWN.add(run);
    FileChannel channel =
        FileChannel.open(
            run.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    if (channel.tryLock() == null) {
      channel.close();
      throw new IOException("cannot lock " + run.resolve(LOCK));
    }
    Files.writeString(run.resolve(REPLICA), replica);
    return new RunDirectory(run, channel, StateFile.open(run));
  }

  private static Optional<RunDirectory> takeOver(Path run, String replica) throws IOException {
    Path name = run.resolve(REPLICA);
    if (Files.exists(name) && !Files.readString(name).equals(replica)) {
      return Optional.empty();
    }
    if (!OWN.add(run)) {
      return Optional.empty();
    }
    boolean taken = false;
    try {
      FileChannel channel = FileChannel.open(run.resolve(LOCK), StandardOpenOption.WRITE);
      try {
        if (channel.tryLock() != null) {
          RunDirectory directory = new RunDirectory(run, channel, StateFile.open(run));
          taken = true;
          return Optional.of(directory);
        }
        return Optional.empty();
      } finally {
        if (!taken) {
          channel.close();
        }
      }
    } catch (OverlappingFileLockException | NoSuchFileException | AccessDeniedException e) {
      // Another user's; or killed before it made its lock; or a run that is just being made.
      return Optional.empty();
    } finally {
      if (!taken) {
        OWN.remove(run);
      }
    }
  }

  /** Orders runs: one with a state before one without, a newer state before an older one. */
  private static final Comparator<RunDirectory> NEWER =
      Comparator.comparingLong(
              (RunDirectory d) -> d.state.last().map(s -> s.position().generation()).orElse(0L))
          .thenComparingLong(d -> d.state.last().map(SavedState::sequence).orElse(0L));

  Path path() {
    return path;
  }

  StateFile state() {
    return state;
  }

  SpoolDirectory spool() {
    return spool;
  }

  ImageDirectory images() {
    return images;
  }

  PackingDirectory packing() {
    return packing;
  }

  /** Returns the directory of some page tables. */
  Path tables(long number) {
    return path.resolve(TABLES + number);
  }

  /** Makes a directory for new page tables and returns its number. */
  long newTables() throws IOException {
    long number = state.last().map(SavedState::tables).orElse(0L) + 1;
    Files.createDirectories(tables(number));
    return number;
  }

  /** Removes all page tables but these. */
  void removeOtherTables(long number) throws IOException {
    try (DirectoryStream<Path> all = Files.newDirectoryStream(path, TABLES + "*")) {
      for (Path tables : all) {
        if (!tables.equals(tables(number))) {
          delete(tables);
        }
      }
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

  private void discard() {
    LOG.debug("removing what an earlier run left: {}", path);
    end(true);
  }

  /** Returns whether the directory is still there. */
  boolean exists() {
    return Files.isDirectory(path);
  }

  /** Gives the directory free for the next run; removes it if it holds nothing to go on from. */
  @Override
  public void close() {
    end(state.last().isEmpty());
  }

  private void end(boolean remove) {
    try (lockChannel;
        state) {
      if (remove) {
        delete(path);
      } else {
        state.force();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      OWN.remove(path);
    }
  }
}
