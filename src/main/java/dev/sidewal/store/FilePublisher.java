package dev.sidewal.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * Gives a complete, synced temporary file its final name, atomically and never over another file.
 *
 * <p>A hard link does exactly that: the kernel refuses it when the name is taken, on a local disk
 * and on NFS, whoever asks at the same time. File systems without hard links (FAT, exFAT, some
 * network mounts) get the second-best way: all publishers take an advisory lock on one file, look,
 * and rename. The kernel drops the lock when its holder dies, so no crash can block others, and the
 * rename is atomic, so no reader sees half an object; but between machines it excludes only as far
 * as the file system carries locks over the network. Where it cannot lock at all, publishing fails.
 */
final class FilePublisher {

  /** {@code fcntl} locks exclude processes, not threads; this excludes the threads of this one. */
  private static final Object THREADS = new Object();

  private final Path lockFile;
  private final boolean tryLink;

  FilePublisher(Path lockFile, boolean tryLink) {
    this.lockFile = lockFile;
    this.tryLink = tryLink;
  }

  /**
   * Publishes; the temporary file may or may not be there afterwards.
   *
   * @throws NoSuchFileException if the target's directory is not there
   */
  PutOutcome publish(Path temporary, Path target) throws IOException {
    if (!tryLink) {
      return publishUnderLock(temporary, target);
    }
    try {
      Files.createLink(target, temporary);
      return PutOutcome.CREATED;
    } catch (FileAlreadyExistsException e) {
      return PutOutcome.ALREADY_EXISTS;
    } catch (NoSuchFileException | AccessDeniedException e) {
      throw e;
    } catch (IOException | UnsupportedOperationException e) {
      // "No hard links here" has a different error number on every file system. If it was something
      // else, such as a full disk, the second way meets the same and reports it.
      try {
        return publishUnderLock(temporary, target);
      } catch (IOException second) {
        second.addSuppressed(e);
        throw second;
      }
    }
  }

  /**
   * Gives a file, synced and never to be changed again, a second name; empty if that is not
   * possible here, because it lies on another file system for one.
   *
   * @throws NoSuchFileException if the target's directory is not there
   */
  Optional<PutOutcome> link(Path file, Path target) throws IOException {
    if (!tryLink) {
      return Optional.empty();
    }
    try {
      Files.createLink(target, file);
      return Optional.of(PutOutcome.CREATED);
    } catch (FileAlreadyExistsException e) {
      return Optional.of(PutOutcome.ALREADY_EXISTS);
    } catch (NoSuchFileException e) {
      throw e;
    } catch (IOException | UnsupportedOperationException e) {
      return Optional.empty();
    }
  }

  private PutOutcome publishUnderLock(Path temporary, Path target) throws IOException {
    synchronized (THREADS) {
      try (FileChannel channel =
              FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock lock = channel.lock()) {
        if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
          return PutOutcome.ALREADY_EXISTS;
        }
        if (!lock.isValid()) {
          throw new IOException("the lock on " + lockFile + " was lost");
        }
        Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        return PutOutcome.CREATED;
      }
    }
  }
}
