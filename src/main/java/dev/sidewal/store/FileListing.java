package dev.sidewal.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Walks a directory tree in the byte order of the keys. A directory sorts as its name and a slash,
 * since that is what its keys go on with: {@code a-b} comes before {@code a/b}, and {@code a0b}
 * after it.
 *
 * <p>A directory is read in passes, and each keeps only the smallest {@code batch} names after the
 * last one handed out, so that memory does not grow with the number of files; one pass is enough
 * for every directory that is not huge. Names that no key can have (temporaries, {@code
 * lost+found}) are passed over. What vanishes meanwhile is left out; but what stands in the place
 * of an object and is none (a link to nothing, an empty directory with the name of a file) is a
 * failure, since the object would be missing in silence.
 */
final class FileListing {

  private final int batch;
  private final Consumer<ObjectInfo> visitor;

  FileListing(int batch, Consumer<ObjectInfo> visitor) {
    this.batch = batch;
    this.visitor = visitor;
  }

  /**
   * Visits the objects in a directory.
   *
   * @param keyOfDirectory the directory's key with a slash at the end, or empty for the root
   * @param namePrefix what the names in this directory must start with
   * @throws NoSuchFileException if the directory itself is not there
   */
  void walk(Path directory, String keyOfDirectory, String namePrefix) throws IOException {
    String last = "";
    while (true) {
      NavigableSet<String> names = next(directory, namePrefix, last);
      for (String name : names) {
        visit(directory, keyOfDirectory, name);
      }
      if (names.size() < batch) {
        return;
      }
      last = names.last();
    }
  }

  private void visit(Path directory, String keyOfDirectory, String name) throws IOException {
    if (name.endsWith("/")) {
      Path below = directory.resolve(name.substring(0, name.length() - 1));
      try {
        requireNoObjectsName(below);
        walk(below, keyOfDirectory + name, "");
      } catch (NoSuchFileException | NotDirectoryException e) {
        if (Files.isDirectory(below)) {
          throw e;
        }
        // Removed since it was seen: it has no objects.
      }
      return;
    }
    ObjectInfo info;
    Path entry = directory.resolve(name);
    try {
      BasicFileAttributes file = Files.readAttributes(entry, BasicFileAttributes.class);
      if (file.isOther()) {
        throw new NoObjectException(entry, "is neither a file nor a directory");
      }
      info =
          new ObjectInfo(keyOfDirectory + name, file.size(), file.lastModifiedTime().toInstant());
    } catch (NoSuchFileException e) {
      if (Files.isSymbolicLink(entry)) {
        throw new NoObjectException(entry, "is a link to something that is not there");
      }
      return; // Deleted since it was seen.
    }
    visitor.accept(info);
  }

  /** No directory of a replica has a dot in its name, and every object has. */
  private static void requireNoObjectsName(Path directory) throws IOException {
    if (directory.getFileName().toString().indexOf('.') < 0) {
      return;
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      if (!entries.iterator().hasNext()) {
        throw new NoObjectException(directory, "is an empty directory with the name of an object");
      }
    }
  }

  /** Something that is no object stands where one may have been. */
  static final class NoObjectException extends FileSystemException {
    private static final long serialVersionUID = 1L;

    private NoObjectException(Path entry, String what) {
      super(entry.toString(), null, what);
    }
  }

  /** Returns the smallest sort names after {@code last}; those of directories end with a slash. */
  private NavigableSet<String> next(Path directory, String namePrefix, String last)
      throws IOException {
    NavigableSet<String> smallest = new TreeSet<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        String name = entry.getFileName().toString();
        boolean full = smallest.size() == batch;
        if (!name.startsWith(namePrefix)
            || !Keys.isValid(name)
            || (name + "/").compareTo(last) <= 0
            || (full && name.compareTo(smallest.last()) >= 0)) {
          continue;
        }
        String sortName = Files.isDirectory(entry) ? name + "/" : name;
        if (sortName.compareTo(last) > 0) {
          smallest.add(sortName);
          if (smallest.size() > batch) {
            smallest.pollLast();
          }
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    return smallest;
  }
}
