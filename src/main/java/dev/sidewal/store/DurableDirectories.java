package dev.sidewal.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Makes directories such that they survive a power cut: a new name is durable only once the
 * directory that holds it was synced. Directories below the root are synced into their parents the
 * first time that this process uses them, also those that were there: who made them may have died
 * before syncing. Safe for use by several threads.
 */
final class DurableDirectories {

  /** Bounds the memory; beyond it everything is simply synced again. */
  private static final int REMEMBERED = 10_000;

  private final Path root;
  private final Set<Path> durable = ConcurrentHashMap.newKeySet();

  DurableDirectories(Path root) {
    this.root = root;
  }

  /** Makes the directory, which is the root or lies below it, and all that leads to it. */
  void ensure(Path directory) throws IOException {
    if (durable.contains(directory)) {
      return;
    }
    if (directory.equals(root)) {
      makeAll(root);
    } else {
      Path parent = directory.getParent();
      ensure(parent);
      make(directory);
      sync(parent);
    }
    if (durable.size() >= REMEMBERED) {
      durable.clear();
    }
    durable.add(directory);
  }

  /** Forgets what was made: somebody removed a directory. */
  void forget() {
    durable.clear();
  }

  /** Waits until the names in a directory are on the disk. */
  static void sync(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static void makeAll(Path directory) throws IOException {
    if (Files.isDirectory(directory)) {
      return;
    }
    Path parent = directory.getParent();
    if (parent != null) {
      makeAll(parent);
    }
    make(directory);
    if (parent != null) {
      sync(parent);
    }
  }

  private static void make(Path directory) throws IOException {
    try {
      Files.createDirectory(directory);
    } catch (FileAlreadyExistsException e) {
      if (Files.exists(directory, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(directory)) {
        throw (IOException) new NotDirectoryException(directory.toString()).initCause(e);
      }
    }
  }
}
