package dev.sidewal.restore;

import dev.sidewal.error.NoRoomException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A temporary directory for databases that a command works on, which only its owner can look into.
 *
 * <p>Invariant: nothing is left when it ends, however it ends. It is removed by {@link #close}; by
 * a hook when the process is told to end; and after {@code kill -9} by whoever makes the next one
 * in the same place. A lock on a file of its own is held as long as it lives, so that one that can
 * be locked belongs to nobody. (It is not a lock on a database: SQLite would drop it with each
 * connection that it closes.)
 *
 * <p>Invariant: the lock's file is opened once in this process. Closing it a second time would drop
 * the lock; hence {@code OWN}.
 */
public final class ScratchDirectory implements Closeable {

  private static final Logger LOG = LoggerFactory.getLogger(ScratchDirectory.class);

  private static final String PREFIX = "sidewal-scratch-";
  private static final String LOCK = "lock";
  private static final int ATTEMPTS = 20;

  /** Room that must stay free: the disk belongs to others as well. */
  private static final long LEAVE_FREE = 64L << 20;

  /** Those that live in this process. */
  private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

  private final Path path;
  private final FileChannel channel;
  private final Thread remover;

  private ScratchDirectory(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
    this.remover = new Thread(() -> removeAll(path), "remove-" + path.getFileName());
    Runtime.getRuntime().addShutdownHook(remover);
  }

  /**
   * Makes one in the first directory that has the room.
   *
   * @param directories where it may be made; those that are not there are made
   * @param bytes how much will be written to it
   * @throws NoRoomException if none has the room, or none can be used
   */
  public static ScratchDirectory create(
      List<Path> directories, long bytes, RandomGenerator random) {
    List<String> rooms = new ArrayList<>();
    for (Path directory : directories) {
      try {
        Files.createDirectories(directory);
        // What a killed process left takes room as well.
        removeLeftovers(directory);
        long usable = Files.getFileStore(directory).getUsableSpace();
        if (usable >= bytes + Math.min(LEAVE_FREE, bytes)) {
          return create(directory, random);
        }
        rooms.add(usable + " in " + directory);
      } catch (IOException e) {
        rooms.add("none in " + directory + ", which cannot be used: " + e);
      }
    }
    throw new NoRoomException(
        "There is no room for a temporary file: it takes "
            + bytes
            + " bytes, and as much again (at most 64 MiB) must stay free. Free are: "
            + String.join("; ", rooms)
            + ". Nothing was changed. Name a directory with room (--scratch).");
  }

  private static ScratchDirectory create(Path directory, RandomGenerator random)
      throws IOException {
    for (int i = 0; i < ATTEMPTS; i++) {
      Optional<ScratchDirectory> made = tryCreate(directory, random);
      if (made.isPresent()) {
        return made.get();
      }
    }
    throw new IOException("somebody removes what is made there each time");
  }

  private static Optional<ScratchDirectory> tryCreate(Path directory, RandomGenerator random)
      throws IOException {
    Path path = directory.toRealPath().resolve(PREFIX + Long.toHexString(random.nextLong() >>> 1));
    FileAttribute<?>[] attributes =
        OutputFile.isPosix(directory)
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
            }
            : new FileAttribute<?>[0];
    OWN.add(path);
    boolean done = false;
    try {
      Files.createDirectory(path, attributes);
      Optional<ScratchDirectory> made = tryLock(path);
      done = made.isPresent();
      return made;
    } catch (FileAlreadyExistsException e) {
      return Optional.empty();
    } finally {
      if (!done) {
        OWN.remove(path);
      }
    }
  }

  private static Optional<ScratchDirectory> tryLock(Path path) throws IOException {
    FileChannel channel;
    try {
      channel =
          FileChannel.open(
              path.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    } catch (NoSuchFileException e) {
      // Somebody took it for a leftover.
      return Optional.empty();
    }
    if (Optional.ofNullable(channel.tryLock()).isPresent() && Files.exists(path.resolve(LOCK))) {
      return Optional.of(new ScratchDirectory(path, channel));
    }
    channel.close();
    return Optional.empty();
  }

  private static void removeLeftovers(Path directory) throws IOException {
    try (DirectoryStream<Path> found =
        Files.newDirectoryStream(directory.toRealPath(), PREFIX + "*")) {
      for (Path leftover : found) {
        if (!OWN.contains(leftover) && Files.isDirectory(leftover, LinkOption.NOFOLLOW_LINKS)) {
          removeIfDead(leftover);
        }
      }
    }
  }

  private static void removeIfDead(Path leftover) {
    try (FileChannel channel = FileChannel.open(leftover.resolve(LOCK), StandardOpenOption.WRITE)) {
      if (Optional.ofNullable(channel.tryLock()).isPresent()) {
        removeAll(leftover);
        LOG.info("Removed {}, which a killed process left behind.", leftover);
      }
    } catch (NoSuchFileException e) {
      // Killed before it had its lock, or about to get it: then it tries again.
      removeAll(leftover);
    } catch (IOException e) {
      LOG.debug("{} is somebody else's", leftover, e);
    }
  }

  private static void removeAll(Path path) {
    try {
      Files.walkFileTree(
          path,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes a) throws IOException {
              Files.deleteIfExists(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, IOException e)
                throws IOException {
              Files.deleteIfExists(directory);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (NoSuchFileException e) {
      LOG.debug("{} is gone already", path, e);
    } catch (IOException e) {
      LOG.warn(
          "Could not remove {} ({}). Remove it by hand: it takes space.",
          path,
          OutputFile.reason(e));
    }
  }

  /** Returns the directory. */
  public Path path() {
    return path;
  }

  /** Returns the path of a file in it. */
  public Path resolve(String name) {
    return path.resolve(name);
  }

  /** Removes it with all that is in it; connections to what is in it must be closed. */
  @Override
  public void close() {
    removeAll(path);
    OWN.remove(path);
    try {
      channel.close();
      Runtime.getRuntime().removeShutdownHook(remover);
    } catch (IllegalStateException shutdown) {
      LOG.debug("The process is ending; {} is removed.", path, shutdown);
    } catch (IOException e) {
      LOG.warn("Closing the lock of {} failed: {}", path, OutputFile.reason(e));
    }
  }
}
