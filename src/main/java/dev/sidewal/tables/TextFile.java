package dev.sidewal.tables;

import dev.sidewal.error.DatabaseException;
import dev.sidewal.error.NoRoomException;
import dev.sidewal.error.WouldOverwriteException;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A text file that is written under a hidden name beside its target and gets its own name when it
 * is complete and durable. What the process leaves when it is told to end is removed; what one
 * leaves that is killed, as {@code .<target>.sidewal-dump-<random>}, is removed by the next one: it
 * is not locked any more.
 *
 * <p>Invariant: until {@link #publish} nothing but the temporary file changes.
 */
public final class TextFile implements Closeable {

  private static final Logger LOG = LoggerFactory.getLogger(TextFile.class);

  /**
   * The temporary files of this process. None of them is opened a second time: closing it would
   * drop the lock by which other processes know that it is in use.
   */
  private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

  private static final int ATTEMPTS = 20;

  private final Path target;
  private final Path temporary;
  private final boolean replace;
  private final FileChannel channel;
  private final Thread remover;
  private boolean published;

  private TextFile(Path target, Path temporary, boolean replace, FileChannel channel) {
    this.target = target;
    this.temporary = temporary;
    this.replace = replace;
    this.channel = channel;
    this.remover = new Thread(temporary.toFile()::delete, "remove-" + temporary.getFileName());
    Runtime.getRuntime().addShutdownHook(remover);
  }

  /**
   * Begins a file.
   *
   * @param replace whether a file that is there is replaced
   * @param random names the temporary file
   * @throws WouldOverwriteException if it is there and must not be replaced
   */
  public static TextFile create(Path target, boolean replace, RandomGenerator random) {
    refuseToOverwrite(target, replace);
    if (Files.isDirectory(target) || target.getFileName() == null) {
      throw new DatabaseException(target + " is a directory; name a file.");
    }
    String prefix = "." + target.getFileName() + ".sidewal-dump-";
    removeLeftovers(target, prefix);
    for (int i = 0; i < ATTEMPTS; i++) {
      Path temporary = target.resolveSibling(prefix + Long.toHexString(random.nextLong() >>> 1));
      Path own = temporary.toAbsolutePath();
      OWN.add(own);
      try {
        Optional<FileChannel> channel = open(temporary);
        if (channel.isPresent()) {
          return new TextFile(target, temporary, replace, channel.get());
        }
        OWN.remove(own);
      } catch (IOException e) {
        OWN.remove(own);
        throw new DatabaseException(
            "Could not create " + temporary + ": " + reason(e) + ". Nothing was changed.", e);
      }
    }
    throw new DatabaseException(
        "Could not create a temporary file beside "
            + target
            + ": somebody removes it again each time. Nothing was changed.");
  }

  /** Makes the temporary file and locks it; empty if somebody took it for a leftover meanwhile. */
  private static Optional<FileChannel> open(Path temporary) throws IOException {
    FileChannel channel =
        FileChannel.open(
            temporary, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
    try {
      if (channel.tryLock() != null && Files.exists(temporary)) {
        return Optional.of(channel);
      }
    } catch (IOException e) {
      // Not every file system has locks; then nobody can take it for a leftover either.
      LOG.debug("{} cannot be locked.", temporary, e);
      return Optional.of(channel);
    }
    channel.close();
    return Optional.empty();
  }

  /** Removes what killed dumps to the same file left. */
  private static void removeLeftovers(Path target, String prefix) {
    Path directory = target.toAbsolutePath().getParent();
    try (DirectoryStream<Path> found =
        Files.newDirectoryStream(directory, p -> p.getFileName().toString().startsWith(prefix))) {
      for (Path leftover : found) {
        if (Files.isRegularFile(leftover, LinkOption.NOFOLLOW_LINKS) && !OWN.contains(leftover)) {
          removeIfDead(leftover);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      LOG.debug("{} cannot be looked through for leftovers.", directory, e);
    }
  }

  private static void removeIfDead(Path leftover) {
    try (FileChannel channel = FileChannel.open(leftover, StandardOpenOption.WRITE)) {
      if (channel.tryLock() != null) {
        Files.deleteIfExists(leftover);
        LOG.info("Removed {}, which a killed dump left behind.", leftover);
      }
    } catch (IOException e) {
      LOG.warn(
          "{} was left behind by a killed dump, but cannot be removed ({}). Remove it by hand: it"
              + " takes space.",
          leftover,
          reason(e));
    }
  }

  private static void refuseToOverwrite(Path target, boolean replace) {
    if (!replace && Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      throw new WouldOverwriteException(
          target + " exists and was not changed. Name another file, or replace it with --force.");
    }
  }

  /** Returns the stream to write to. */
  public OutputStream stream() {
    return Channels.newOutputStream(channel);
  }

  /** Says why writing to it failed. */
  public DatabaseException failed(IOException e) {
    Optional<Long> free = free();
    String message =
        "Writing failed ("
            + reason(e)
            + ") for "
            + target
            + free.map(n -> "; " + n + " bytes are free in its file system").orElse("")
            + ". "
            + target
            + " was not changed, and what was written is removed.";
    return free.filter(n -> n < 1 << 20).isPresent()
        ? new NoRoomException(message, e)
        : new DatabaseException(message, e);
  }

  private Optional<Long> free() {
    try {
      return Optional.of(Files.getFileStore(temporary).getUsableSpace());
    } catch (IOException e) {
      LOG.debug("The free space for {} is not known.", temporary, e);
      return Optional.empty();
    }
  }

  /** Gives it its name, atomically, and waits until all is durable. */
  public void publish() throws IOException {
    channel.force(true);
    channel.close();
    if (replace || !link()) {
      refuseToOverwrite(target, replace);
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    }
    published = true;
    Path directory = target.toAbsolutePath().getParent();
    try (FileChannel d = FileChannel.open(directory, StandardOpenOption.READ)) {
      d.force(true);
    }
  }

  /** Names it by a second link, which fails if the name is taken; not every file system can. */
  private boolean link() throws IOException {
    try {
      Files.createLink(target, temporary);
    } catch (FileAlreadyExistsException e) {
      throw new WouldOverwriteException(
          target + " was made by somebody while this ran, and was not changed.", e);
    } catch (UnsupportedOperationException | IOException e) {
      LOG.debug("No hard link from {} to {}; renaming it.", temporary, target, e);
      return false;
    }
    Files.deleteIfExists(temporary);
    return true;
  }

  private static String reason(IOException e) {
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
