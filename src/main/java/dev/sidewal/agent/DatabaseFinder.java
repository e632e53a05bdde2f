package dev.sidewal.agent;

import dev.sidewal.error.UsageException;
import dev.sidewal.sqlite.DatabaseFile;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the databases of one {@link DatabaseSource.Tree}: files that match its pattern and begin as
 * SQLite databases do. Directories of Sidewal's own state or scratch and links to directories are
 * not entered, SQLite's {@code -wal}, {@code -shm} and {@code -journal} files and the temporary
 * files of restores and verifications are none.
 *
 * <p>Invariant: a file that was found is opened once, to see what it is, and not again as long as
 * it is there: closing it would drop the locks that SQLite has on it in this process. So the look
 * comes before anything else is done with it. Used by one thread.
 *
 * @see <a href="https://www.sqlite.org/fileformat2.html#magic_header_string">SQLite file format,
 *     section 1.3.1</a>
 */
final class DatabaseFinder {

  private static final Logger LOG = LoggerFactory.getLogger(DatabaseFinder.class);
  private static final int MOST_DEPTH = 64;

  /** What restores and verifications make for a while; they are databases, and nobody's. */
  private static final Pattern OWN =
      Pattern.compile("^\\..*\\.sidewal-(?:restore|backup)-|^sidewal-verify-");

  /** Begins the names of directories in which commands make copies for a while. */
  private static final String SCRATCH = "sidewal-scratch-";

  private final DatabaseSource.Tree tree;
  private final Path root;
  private final PathMatcher matcher;

  /** What was seen to be a database, by file: it keeps its identity when it is renamed. */
  private Map<Object, Boolean> known = new HashMap<>();

  private final Set<Path> complained = new HashSet<>();

  /**
   * Creates a finder.
   *
   * @throws UsageException if the pattern is not one
   */
  DatabaseFinder(DatabaseSource.Tree tree) {
    this.tree = tree;
    this.root = tree.root().toAbsolutePath().normalize();
    try {
      this.matcher = FileSystems.getDefault().getPathMatcher("glob:" + tree.pattern());
    } catch (PatternSyntaxException | UnsupportedOperationException e) {
      throw new UsageException(
          "The pattern '" + tree.pattern() + "' is not a glob: " + e.getMessage());
    }
  }

  /**
   * Looks through the directory.
   *
   * @return the databases, by their paths relative to the root, but for those below directories
   *     that cannot be read; empty if the root cannot be, which says nothing of what is in it
   */
  Optional<Map<Path, Path>> find() {
    Map<Path, Path> found = new TreeMap<>();
    Map<Object, Boolean> seen = new HashMap<>();
    boolean[] complete = {true};
    try {
      Files.walkFileTree(
          root,
          Set.of(),
          MOST_DEPTH,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) {
              String name = dir.equals(root) ? "" : dir.getFileName().toString();
              return (name.startsWith(".") && name.endsWith("-sidewal")) || name.startsWith(SCRATCH)
                  ? FileVisitResult.SKIP_SUBTREE
                  : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              Path relative = root.relativize(file);
              if (mayBe(relative) && isDatabase(file, attributes, seen)) {
                found.put(relative, file);
              }
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
              return Files.notExists(file) ? FileVisitResult.CONTINUE : unreadable(file, e);
            }

            @Override
            public FileVisitResult postVisitDirectory(Path dir, IOException e) throws IOException {
              return e == null ? FileVisitResult.CONTINUE : unreadable(dir, e);
            }

            /** Goes on with the rest: a disk's lost+found is closed to most users. */
            private FileVisitResult unreadable(Path path, IOException e) throws IOException {
              if (path.equals(root)) {
                throw e;
              }
              complete[0] = false;
              complain(path, e);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      complain(root, e);
      return Optional.empty();
    }
    if (!Files.isDirectory(root)) {
      complain(root, new IOException("it does not exist, or is no directory"));
      return Optional.empty();
    }
    if (complete[0]) {
      complained.clear();
      known = seen;
    } else {
      // What is below a directory that cannot be read now is not looked at again later.
      known.putAll(seen);
    }
    return Optional.of(found);
  }

  private boolean mayBe(Path relative) {
    String name = relative.getFileName().toString();
    return matcher.matches(relative)
        && !OWN.matcher(name).find()
        && !name.endsWith("-wal")
        && !name.endsWith("-shm")
        && !name.endsWith("-journal");
  }

  private boolean isDatabase(Path file, BasicFileAttributes found, Map<Object, Boolean> seen) {
    try {
      BasicFileAttributes attributes =
          found.isSymbolicLink() ? Files.readAttributes(file, BasicFileAttributes.class) : found;
      if (!attributes.isRegularFile() || attributes.size() == 0) {
        return false;
      }
      Object identity = attributes.fileKey() == null ? file : attributes.fileKey();
      Boolean before = known.get(identity);
      // One that is no database may become one.
      boolean is = Boolean.TRUE.equals(before) || DatabaseFile.isDatabase(file);
      seen.put(identity, is);
      return is;
    } catch (IOException e) {
      complain(file, e);
      return false;
    }
  }

  private void complain(Path path, IOException e) {
    if (complained.add(path)) {
      LOG.warn(
          "{} cannot be looked at ({}), so databases that are there may not be replicated; those"
              + " that are replicated already go on. The pattern is {} below {}.",
          path,
          e.toString(),
          tree.pattern(),
          root);
    }
  }
}
