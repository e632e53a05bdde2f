package dev.sidewal.store;

import dev.sidewal.error.StoreDeniedException;
import dev.sidewal.error.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A store in a directory: one file an object, at the path that its key spells.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>A file under a key's name is complete and on the disk. It is written under {@code .tmp~/},
 *       synced, and then published by {@link FilePublisher}; after that its directory is synced.
 *       Keys cannot hold a tilde, so a temporary can never be taken for an object. A local file
 *       that is never changed again, and lies on the same file system, becomes an object by a
 *       second name, after it was synced.
 *   <li>An object is never overwritten.
 *   <li>"Nothing was written yet" and "the place cannot be seen" differ: if the directory and its
 *       parent are both missing, every read fails, since a volume that is not mounted looks just
 *       so. A mount point that exists empty without its volume cannot be told from an empty place:
 *       use a directory inside the volume.
 * </ul>
 *
 * <p>Unlike in a bucket, {@code a} and {@code a/b} cannot both be objects. Directories that became
 * empty stay. Safe for use by several threads, and by several processes on one directory.
 */
public final class FileObjectStore implements ObjectStore {

  private static final int LIST_BATCH = 50_000;
  private static final int LIST_ATTEMPTS = 3;

  private final Path root;
  private final String location;
  private final int listBatch;
  private final TemporaryFiles temporaries;
  private final FilePublisher publisher;
  private final DurableDirectories directories;
  private final NewFileRights rights;

  /**
   * Opens a store; the directory is made by the first write.
   *
   * @param clock tells which temporary files are old enough to be leftovers
   */
  public FileObjectStore(ReplicaUrl.Directory url, Clock clock) {
    this(url, clock, true, LIST_BATCH);
  }

  FileObjectStore(ReplicaUrl.Directory url, Clock clock, boolean hardLinks, int listBatch) {
    this.root = url.path();
    this.location = url.toString();
    this.listBatch = listBatch;
    this.directories = new DurableDirectories(root);
    this.temporaries = new TemporaryFiles(root, clock);
    this.rights = new NewFileRights(temporaries);
    this.publisher = new FilePublisher(temporaries.lockFile(), hardLinks);
  }

  @Override
  public String location() {
    return location;
  }

  @Override
  public void list(String prefix, Consumer<ObjectInfo> visitor) {
    Keys.checkPrefix(prefix);
    int slash = prefix.lastIndexOf('/');
    Path directory = slash < 0 ? root : root.resolve(prefix.substring(0, slash));
    String below = prefix.substring(0, slash + 1);
    for (int attempt = 1; ; attempt++) {
      try {
        new FileListing(listBatch, visitor).walk(directory, below, prefix.substring(slash + 1));
        return;
      } catch (NoSuchFileException | NotDirectoryException e) {
        requirePlace("list objects");
        if (!Files.isDirectory(directory)) {
          return;
        }
        // It was made since: another writes its first object just now. Nothing was visited yet.
        boolean justMade = directory.toString().equals(e.getFile());
        if (!justMade || attempt == LIST_ATTEMPTS) {
          throw failure("list objects", e);
        }
      } catch (IOException e) {
        throw failure("list objects", e);
      }
    }
  }

  @Override
  public Optional<ObjectInfo> head(String key) {
    Path file = path(key);
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return attributes.isDirectory()
          ? Optional.empty()
          : Optional.of(
              new ObjectInfo(key, attributes.size(), attributes.lastModifiedTime().toInstant()));
    } catch (NoSuchFileException e) {
      requirePlace("look at " + key);
      return Optional.empty();
    } catch (IOException e) {
      if (isBelowObject(file)) {
        return Optional.empty(); // In a bucket that would be no conflict, and nothing is there.
      }
      throw failure("look at " + key, e);
    }
  }

  @Override
  public Optional<InputStream> get(String key, long offset, long length) {
    Keys.checkRange(offset, length);
    Path file = path(key);
    if (head(key).isEmpty()) {
      return Optional.empty();
    }
    try {
      FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
      try {
        long available = Math.max(0, channel.size() - offset);
        channel.position(offset);
        return Optional.of(
            new ExactInputStream(
                Channels.newInputStream(channel),
                Math.min(length, available),
                key + " in " + location,
                () -> {}));
      } catch (IOException e) {
        channel.close();
        throw e;
      }
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw failure("read " + key, e);
    }
  }

  @Override
  public PutOutcome putIfAbsent(String key, Payload payload) {
    Keys.check(key);
    Optional<PutOutcome> shared =
        payload.file().flatMap(file -> share(key, file, payload.length()));
    if (shared.isPresent()) {
      return shared.get();
    }
    try (ObjectUpload upload = newUpload(key)) {
      long written = 0;
      byte[] buffer = new byte[(int) Math.min(1 << 16, Math.max(1, payload.length()))];
      try (InputStream in = payload.open()) {
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          upload.write(buffer, 0, n);
          written += n;
        }
      } catch (IOException e) {
        throw new StoreException(
            "Could not read the bytes that were to be written as "
                + key
                + " to "
                + location
                + ": "
                + e.getMessage()
                + ". Nothing was written.",
            false,
            e);
      }
      if (written != payload.length()) {
        throw new IllegalArgumentException(
            "payload of " + key + " has " + written + " bytes, not " + payload.length());
      }
      return upload.complete();
    }
  }

  /**
   * Gives a file that is never changed again a second name as an object, so that its bytes are
   * neither read nor written; empty if it lies on another file system, or that is not possible.
   */
  private Optional<PutOutcome> share(String key, Path file, long length) {
    Path target = path(key);
    try {
      directories.ensure(root);
      // First of all: what is copied in the end need not be synced here.
      if (!rights.areThoseOfNewFiles(file)) {
        return Optional.empty();
      }
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
        if (channel.size() != length) {
          return Optional.empty();
        }
        channel.force(true);
      }
      return named(target, () -> publisher.link(file, target));
    } catch (IOException e) {
      // Whatever it is, the way by a copy meets it as well, and says so.
      return Optional.empty();
    }
  }

  @Override
  public ObjectUpload newUpload(String key) {
    Path target = path(key);
    try {
      directories.ensure(root);
      return new FileUpload(this, key, target, temporaries.create());
    } catch (IOException e) {
      throw failure("write " + key, e);
    }
  }

  /** Makes the directory of the store, and all that leads to it, if it is not there. */
  void make() {
    try {
      directories.ensure(root);
    } catch (IOException e) {
      throw failure("make the directory", e);
    }
  }

  /** Publishes a synced temporary file and makes its name durable. */
  PutOutcome publish(Path temporary, Path target) throws IOException {
    return named(target, () -> publisher.publish(temporary, target));
  }

  /** Gives a file its name. */
  @FunctionalInterface
  private interface Naming<T> {
    T name() throws IOException;
  }

  /** Has a file get its name, in a directory that is there, and makes the name durable. */
  private <T> T named(Path target, Naming<T> naming) throws IOException {
    Path directory = target.getParent();
    directories.ensure(directory);
    T outcome;
    try {
      outcome = naming.name();
    } catch (NoSuchFileException e) {
      directories.forget();
      directories.ensure(directory);
      outcome = naming.name();
    }
    // Also when it was there: whoever wrote it may have died before this step, and our caller will
    // rely on the object as if it had written it.
    DurableDirectories.sync(directory);
    return outcome;
  }

  @Override
  public void delete(String key) {
    Path file = path(key);
    try {
      if (!Files.isDirectory(file)) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      if (!isBelowObject(file)) {
        throw failure("delete " + key, e);
      }
    }
  }

  @Override
  public ConditionalPut probeConditionalPut(String existingKey, Payload sameContent) {
    Keys.check(existingKey);
    return ConditionalPut.ENFORCED; // By construction; see FilePublisher.
  }

  @Override
  public TagOutcome tag(String key, String name, String value) {
    Keys.check(key);
    return TagOutcome.UNSUPPORTED;
  }

  @Override
  public TagSupport probeTags(String existingKey) {
    Keys.check(existingKey);
    return TagSupport.UNSUPPORTED;
  }

  @Override
  public Optional<String> expiryAlarm() {
    return Optional.empty(); // Nothing deletes files by a rule.
  }

  @Override
  public void close() {}

  private Path path(String key) {
    return root.resolve(Keys.check(key));
  }

  /** Returns the part of a path that should be a directory and is an object or another file. */
  private static Optional<Path> fileInTheWay(Path path) {
    for (Path p = path.getParent(); p != null; p = p.getParent()) {
      if (Files.exists(p)) {
        return Files.isDirectory(p) ? Optional.empty() : Optional.of(p);
      }
    }
    return Optional.empty();
  }

  private static Optional<Path> obstacle(IOException e) {
    if (!(e instanceof FileSystemException problem) || problem.getFile() == null) {
      return Optional.empty();
    }
    Path path = Path.of(problem.getFile());
    return e instanceof NotDirectoryException ? Optional.of(path) : fileInTheWay(path);
  }

  private boolean isBelowObject(Path file) {
    return fileInTheWay(file).filter(f -> !root.startsWith(f)).isPresent();
  }

  /** Fails unless the place is there, or could be made by one mkdir. */
  private void requirePlace(String what) {
    Path parent = root.getParent();
    if (parent == null || Files.isDirectory(root)) {
      return;
    }
    if (Files.exists(root)) {
      throw failure(what, new NotDirectoryException(root.toString()));
    }
    if (!Files.isDirectory(parent)) {
      throw new StoreException(
          "Could not "
              + what
              + ": neither the directory "
              + root
              + " nor its parent is there, or they cannot be seen. Whether there is a backup is not"
              + " known: perhaps a volume is not mounted. Mount it, or make "
              + parent
              + " if this is a new place.",
          false,
          null);
    }
  }

  /** Makes the report of a failed operation. */
  StoreException failure(String what, IOException e) {
    String reason = e.getMessage();
    boolean retriable = true;
    String mend = "It is tried again; look at the disk if it stays so.";
    if (e instanceof AccessDeniedException denied) {
      return new StoreDeniedException(
          "Could not "
              + what
              + " in "
              + location
              + ": permission denied on "
              + denied.getFile()
              + ". Give the user that runs Sidewal the right to read, write and search "
              + root
              + " and everything below it.",
          e);
    }
    if (e instanceof FileListing.NoObjectException found) {
      reason = found.getFile() + " " + found.getReason();
      retriable = false;
      mend =
          "If it stands in the place of an object, bring that back from a copy; else move it away.";
    } else if (obstacle(e).isPresent()) {
      reason = obstacle(e).get() + " is a file, and should be a directory";
      retriable = false;
      mend = "Move the file away, or use another directory.";
    } else if (e instanceof NoSuchFileException) {
      reason = e.getMessage() + " is not there";
    }
    return new StoreException(
        "Could not "
            + what
            + " in "
            + location
            + ": "
            + reason
            + (retriable ? freeSpace() : "")
            + ". "
            + mend,
        retriable,
        e);
  }

  private String freeSpace() {
    try {
      return " (" + Files.getFileStore(root).getUsableSpace() + " bytes are free there)";
    } catch (IOException e) {
      return ""; // It only adds to the report of a failure that is under way.
    }
  }
}
