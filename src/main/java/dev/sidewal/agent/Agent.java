package dev.sidewal.agent;

import dev.sidewal.error.StoreException;
import dev.sidewal.error.UsageException;
import dev.sidewal.retention.RetireMode;
import dev.sidewal.store.ReplicaUrl;
import dev.sidewal.store.SharedStores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replicates many databases in one process: finds them, starts the replication of those that
 * appear, ends that of those that vanish, and tries again what failed.
 *
 * <p>Invariants: no two replications write to one replica, and none is of a file that another one
 * has already: of two paths to one file the first counts. What goes wrong with one database, or
 * with one directory, changes nothing for the others. A directory that cannot be read says nothing
 * of what is in it: what is replicated goes on. Safe for use by several threads.
 *
 * <p>Its threads are daemons. Embedded in an application, every file that a pattern matches is
 * opened once and stays open until the process ends: see {@link DatabaseSource.Tree}.
 */
public final class Agent implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Agent.class);
  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final Duration SETTLE_LOOK = Duration.ofMillis(20);

  /** How long {@link #stop} waits for a look for databases that is under way. */
  private static final Duration SCAN_WAIT = Duration.ofSeconds(2);

  /**
   * A database that is replicated now.
   *
   * @param database its absolute path
   * @param url its replica
   * @param replication its replication
   */
  public record Replicated(Path database, String url, Replication replication) {}

  /** A tree of databases with its finder. */
  private record Tree(DatabaseSource source, ReplicaUrl url, DatabaseFinder finder) {}

  /** A database that is wanted. */
  private record Wanted(ReplicaUrl url, ReplicationOptions options) {}

  private final Map<Path, Wanted> named = new LinkedHashMap<>();
  private final List<Tree> trees = new ArrayList<>();
  private final ConcurrentSkipListMap<Path, ManagedDatabase> databases =
      new ConcurrentSkipListMap<>();
  private final SharedStores stores = new SharedStores();
  private final Duration scanInterval;
  private final Duration shutdownTimeout;
  private final Semaphore stopped = new Semaphore(0);
  private final Set<Path> complained = new HashSet<>();
  private final Thread thread;
  private volatile boolean stopping;

  private Agent(List<DatabaseSource> sources, Duration scanInterval) {
    this.scanInterval = scanInterval;
    Set<String> urls = new HashSet<>();
    Duration longest = Duration.ZERO;
    for (DatabaseSource source : sources) {
      ReplicaUrl url = ReplicaUrl.parse(source.url());
      Duration timeout = source.options().shutdownTimeout();
      longest = timeout.compareTo(longest) > 0 ? timeout : longest;
      if (source.place() instanceof DatabaseSource.Tree tree) {
        trees.add(new Tree(source, url, new DatabaseFinder(tree)));
      } else if (source.place() instanceof DatabaseSource.File file) {
        Path path = file.path().toAbsolutePath().normalize();
        if (!urls.add(url.toString())) {
          throw new UsageException(
              "Two databases are to have the replica "
                  + url
                  + ": they would overwrite each other's history. Give each its own.");
        }
        if (named.put(path, new Wanted(url, source.options())) != null) {
          throw new UsageException(path + " is named twice.");
        }
      }
    }
    this.shutdownTimeout = longest;
    this.thread = new Thread(this::run, "sidewal-scan");
    thread.setDaemon(true);
  }

  /**
   * Begins to look for databases, and to replicate them.
   *
   * @param sources where databases are; no two may lead to the same replica
   * @param scanInterval how often directories are looked through; once a second at most
   * @throws UsageException if a URL or pattern is not one, or two databases are given one replica
   */
  public static Agent start(List<DatabaseSource> sources, Duration scanInterval) {
    Agent agent = new Agent(sources, scanInterval);
    Set<String> buckets = new HashSet<>();
    for (DatabaseSource source : sources) {
      if (ReplicaUrl.parse(source.url()) instanceof ReplicaUrl.S3 s3
          && source.options().retire() != RetireMode.NONE
          && buckets.add(s3.bucket())) {
        LifecycleLog.begin(s3);
      }
    }
    agent.scan();
    agent.thread.start();
    return agent;
  }

  /** Returns the databases that are replicated now, in the order of their paths. */
  public List<Replicated> databases() {
    List<Replicated> now = new ArrayList<>(databases.size());
    databases.forEach(
        (path, managed) ->
            now.add(new Replicated(path, managed.url().toString(), managed.replication())));
    return now;
  }

  private void run() {
    long nextScan = System.nanoTime() + scanInterval.toNanos();
    try {
      while (!stopped.tryAcquire(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
        if (System.nanoTime() - nextScan >= 0) {
          scan();
          nextScan = System.nanoTime() + scanInterval.toNanos();
        }
        if (!stopping) {
          databases.values().forEach(ManagedDatabase::look);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Looks for databases once. */
  private void scan() {
    try {
      Map<Path, Wanted> wanted = new LinkedHashMap<>(named);
      boolean complete = true;
      for (Tree tree : trees) {
        Optional<Map<Path, Path>> found = tree.finder().find();
        complete &= found.isPresent();
        found.ifPresent(
            all ->
                all.forEach(
                    (relative, path) ->
                        wanted.putIfAbsent(
                            path,
                            new Wanted(
                                tree.url().resolve(relative.toString()),
                                tree.source().options()))));
      }
      if (complete) {
        endVanished(wanted.keySet());
      }
      begin(wanted);
    } catch (RuntimeException e) {
      LOG.error("looking for databases failed; it is tried again", e);
    }
  }

  private void endVanished(Set<Path> wanted) {
    for (Path path : List.copyOf(databases.keySet())) {
      ManagedDatabase gone = databases.get(path);
      // What is below a directory that cannot be read is not provably gone.
      if (!wanted.contains(path) && Files.notExists(path) && gone.isAtRest()) {
        LOG.info("{} is gone, and no longer replicated; its replica stays at {}", path, gone.url());
        databases.remove(path);
        stopInBackground(gone);
      }
    }
  }

  private static void stopInBackground(ManagedDatabase gone) {
    var unused =
        Serial.once(
            Workers.Kind.START,
            gone.url().toString(),
            () -> {
              try {
                gone.replication().stop(Duration.ZERO);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
  }

  private void begin(Map<Path, Wanted> wanted) {
    Map<Object, Path> files = new HashMap<>();
    Map<String, Path> replicas = new HashMap<>();
    databases.forEach(
        (path, managed) -> {
          files.put(identity(path), path);
          replicas.put(managed.url().toString(), path);
        });
    wanted.forEach(
        (path, w) -> {
          if (stopping || databases.containsKey(path)) {
            return;
          }
          Path owner = replicas.putIfAbsent(w.url().toString(), path);
          if (owner != null) {
            complain(path, "is not replicated: " + w.url() + " is the replica of " + owner);
            return;
          }
          Path other = files.putIfAbsent(identity(path), path);
          if (other != null) {
            complain(path, "is the same file as " + other + ", and replicated there");
            return;
          }
          try {
            ManagedDatabase begun = new ManagedDatabase(path, w.url(), stores, w.options());
            databases.put(path, begun);
            complained.remove(path);
            if (stopping) {
              // Who stops has perhaps not seen it.
              begun.replication().requestStop(Duration.ZERO);
            }
          } catch (RuntimeException e) {
            complain(path, "cannot be replicated, which is tried again: " + e.getMessage());
          }
        });
  }

  /** Returns what tells files apart, also where one has several names. */
  private static Object identity(Path path) {
    try {
      Object key = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
      return key == null ? path.toRealPath() : key;
    } catch (IOException e) {
      return path;
    }
  }

  private void complain(Path path, String what) {
    if (complained.add(path)) {
      LOG.error("{} {}", path, what);
    }
  }

  /**
   * Waits until everything that was committed before this call, in all databases, is in the store,
   * and what has become due by it is done; for agents that run once.
   *
   * @return false if that took too long or a replication has failed
   */
  public boolean syncAll(Duration timeout) throws InterruptedException {
    long end = System.nanoTime() + timeout.toNanos();
    boolean all = true;
    for (Replicated one : databases()) {
      one.replication().beginSync();
    }
    for (Replicated one : databases()) {
      try {
        one.replication().sync(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
        while (one.replication().status().busyBeside()
            && one.replication().failure().isEmpty()
            && System.nanoTime() - end < 0) {
          one.replication().awaitEnd(SETTLE_LOOK);
        }
      } catch (TimeoutException | RuntimeException e) {
        LOG.error("{} was not shipped: {}", one.database(), e.getMessage());
        all = false;
      }
    }
    return all;
  }

  /**
   * Ships the rest of every database and ends.
   *
   * @param timeout how long shipping may take, for all together
   * @return whether everything was shipped
   */
  public boolean stop(Duration timeout) throws InterruptedException {
    long end = System.nanoTime() + timeout.toNanos();
    stopping = true;
    stopped.release();
    requestStop(timeout);
    // A directory on a disk that hangs is looked through for ever.
    thread.join(SCAN_WAIT.toMillis());
    requestStop(until(end));
    // For all together, however many do not come back.
    long graceEnd = Math.max(end, System.nanoTime()) + Replication.GRACE.toNanos();
    boolean all = true;
    for (Map.Entry<Path, ManagedDatabase> one : databases.entrySet()) {
      Duration left = until(end);
      if (!one.getValue().replication().stop(left, until(graceEnd).minus(left))) {
        all = false;
        LOG.error(
            "{}: not everything was shipped; what is missing is still in the database",
            one.getKey());
      }
    }
    stores.close();
    return all;
  }

  private void requestStop(Duration timeout) {
    databases.values().forEach(one -> one.replication().requestStop(timeout));
  }

  private static Duration until(long end) {
    return Duration.ofNanos(Math.max(0, end - System.nanoTime()));
  }

  /**
   * Stops with the longest shutdown timeout of the sources.
   *
   * @throws dev.sidewal.error.StoreException if not everything was shipped in that time
   */
  @Override
  public void close() {
    try {
      if (!stop(shutdownTimeout)) {
        throw new StoreException(
            "Not everything was shipped in "
                + shutdownTimeout.toSeconds()
                + " s; what is missing is still in the databases.",
            true,
            null);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
