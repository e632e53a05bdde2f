package dev.sidewal.store;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory for objects that are being written, {@code .tmp~} below the root and so on the same
 * file system. Before the first file is made, those that no writer touched for a day are removed:
 * their writers crashed. Safe for use by several threads and processes.
 */
final class TemporaryFiles {

  private static final Logger log = LoggerFactory.getLogger(TemporaryFiles.class);
  private static final Duration STALE = Duration.ofDays(1);
  private static final AtomicLong COUNTER = new AtomicLong();

  private final Path directory;
  private final Clock clock;
  private boolean swept;

  TemporaryFiles(Path root, Clock clock) {
    this.directory = root.resolve(".tmp~");
    this.clock = clock;
  }

  /** Returns the file that publishers lock where there are no hard links. */
  Path lockFile() {
    return directory.resolve("publish.lock");
  }

  /** Makes a new, empty file; the root must be there. */
  Path create() throws IOException {
    sweepOnce();
    while (true) {
      String name =
          Long.toHexString(ProcessHandle.current().pid())
              + "-"
              + clock.millis()
              + "-"
              + COUNTER.incrementAndGet();
      try {
        return Files.createFile(directory.resolve(name));
      } catch (FileAlreadyExistsException e) {
        // Another process with the same number, on another machine: take the next name.
        log.debug("{} is taken.", name, e);
      } catch (NoSuchFileException e) {
        Files.createDirectories(directory);
      }
    }
  }

  private synchronized void sweepOnce() throws IOException {
    if (swept) {
      return;
    }
    Files.createDirectories(directory);
    Instant limit = clock.instant().minus(STALE);
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        if (!entry.equals(lockFile()) && lastModified(entry).isBefore(limit)) {
          log.info("Removing {}, which a crashed writer left behind.", entry);
          Files.deleteIfExists(entry);
        }
      }
    }
    swept = true;
  }

  private static Instant lastModified(Path file) throws IOException {
    try {
      FileTime time = Files.getLastModifiedTime(file);
      return time.toInstant();
    } catch (NoSuchFileException e) {
      return Instant.MAX; // Its writer has just finished.
    }
  }
}
