package dev.sidewal.bench.scenario;

import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.nio.file.StandardWatchEventKinds.OVERFLOW;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Sees each object come into a replica, at the moment it comes: the kernel tells (inotify). Objects
 * get their names by a rename once they are complete, so that the name is the arrival. What is
 * deleted later has arrived all the same.
 */
final class ReplicaWatch implements AutoCloseable {

  private final Path root;
  private final WatchService service;
  private final Map<WatchKey, Path> directories = new HashMap<>();
  private final Set<Path> seen = new HashSet<>();
  private final Map<Path, Instant> arrivals = new HashMap<>();
  private final Thread thread = new Thread(this::follow, "bench-replica-watch");

  private ReplicaWatch(Path root) throws IOException {
    this.root = root;
    this.service = root.getFileSystem().newWatchService();
  }

  /** Watches a directory that is there, with all that comes below it. */
  static ReplicaWatch of(Path root) throws IOException {
    ReplicaWatch watch = new ReplicaWatch(root);
    watch.scan(root, Instant.now());
    watch.thread.setDaemon(true);
    watch.thread.start();
    return watch;
  }

  private void follow() {
    try {
      while (true) {
        WatchKey key = service.take();
        Instant now = Instant.now();
        for (WatchEvent<?> event : key.pollEvents()) {
          if (event.kind() == OVERFLOW) {
            scan(root, now);
          } else {
            scan(directories.get(key).resolve((Path) event.context()), now);
          }
        }
        key.reset();
      }
    } catch (InterruptedException | ClosedWatchServiceException e) {
      return; // Closed.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Notes a file, or a directory with what came before it was watched. */
  private void scan(Path path, Instant now) throws IOException {
    try {
      if (!Files.isDirectory(path)) {
        synchronized (this) {
          arrivals.putIfAbsent(path, now);
        }
        return;
      }
      if (seen.add(path)) {
        directories.put(path.register(service, ENTRY_CREATE), path);
      }
      try (Stream<Path> children = Files.list(path)) {
        for (Path child : children.toList()) {
          scan(child, now);
        }
      }
    } catch (NoSuchFileException e) {
      return; // A temporary one.
    }
  }

  /** Returns when the objects of a kind came, in order. */
  synchronized List<Instant> arrivals(Predicate<Path> kind) {
    return arrivals.entrySet().stream()
        .filter(entry -> kind.test(entry.getKey()))
        .map(Map.Entry::getValue)
        .sorted()
        .toList();
  }

  /**
   * Waits until no object of a kind has come for a while.
   *
   * @param since what came before does not count, and the while begins here at the earliest
   * @return when the last one came, or {@code since} if none did
   */
  Instant awaitQuiet(Predicate<Path> kind, Instant since, Duration quiet)
      throws InterruptedException {
    while (true) {
      Instant last =
          Optional.of(arrivals(kind))
              .filter(all -> !all.isEmpty())
              .map(all -> all.get(all.size() - 1))
              .filter(moment -> moment.isAfter(since))
              .orElse(since);
      if (Duration.between(last, Instant.now()).compareTo(quiet) >= 0) {
        return last;
      }
      Thread.sleep(20);
    }
  }

  @Override
  public void close() throws IOException {
    service.close(); // Which ends the thread.
  }
}
