package dev.sidewal.config;

import dev.sidewal.agent.DatabaseSource;
import dev.sidewal.error.UsageException;
import dev.sidewal.store.ReplicaUrl;
import java.nio.file.FileSystems;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.PatternSyntaxException;

/**
 * Says where the databases of a configuration file are and where their replicas go.
 *
 * <p>A replica is the history of one database, and a process must open a database only once (POSIX
 * locks). So two entries never name the same file, nor lead to the same replica.
 */
public final class Places {

  /** Which files of a directory are databases, unless an entry says otherwise. */
  public static final String DEFAULT_PATTERN = "**.{db,sqlite,sqlite3}";

  private static final String SPECIAL = "*?[{\\";

  private final Optional<Setting> base;
  private final ConfigProblems problems;
  private final List<Located> found = new ArrayList<>();

  /**
   * An entry, and what it means.
   *
   * @param section the entry
   * @param place where its databases are
   * @param url the replica, or the URL below which there are the replicas
   */
  public record Located(Section section, DatabaseSource.Place place, String url) {}

  private Places(Optional<Setting> base, ConfigProblems problems) {
    this.base = base;
    this.problems = problems;
  }

  /** Returns the places of all entries that have one; adds to the problems why others have none. */
  public static List<Located> of(ConfigDocument document, ConfigProblems problems) {
    Places places = new Places(document.global().find(ConfigKeys.URL), problems);
    places.base.ifPresent(places::parse);
    document.databases().forEach(places::add);
    return List.copyOf(places.found);
  }

  private void add(Section entry) {
    Optional<DatabaseSource.Place> place = place(entry);
    Optional<Setting> own = entry.find(ConfigKeys.URL);
    Optional<ReplicaUrl> url = own.flatMap(this::parse);
    if (own.isEmpty() && base.isEmpty()) {
      problems.add(
          entry.line(),
          "this entry has no 'url', and there is none at the top of the file to put its replica"
              + " under");
    } else if (own.isEmpty() && place.isPresent()) {
      url = base.flatMap(this::parse).flatMap(b -> below(b, place.get(), entry));
    }
    if (place.isPresent() && url.isPresent()) {
      Located located = new Located(entry, place.get(), url.get().toString());
      found.forEach(before -> compare(before, located));
      found.add(located);
    }
  }

  /** An entry without a URL gets the one that is named like its file or directory. */
  private Optional<ReplicaUrl> below(ReplicaUrl url, DatabaseSource.Place place, Section entry) {
    Path named =
        place instanceof DatabaseSource.File file
            ? file.path().toAbsolutePath().normalize()
            : place.root();
    if (named.getFileName() == null) {
      problems.add(entry.line(), "this entry needs a 'url' of its own: " + named + " has no name");
      return Optional.empty();
    }
    return Optional.of(url.resolve(named.getFileName().toString()));
  }

  private Optional<ReplicaUrl> parse(Setting url) {
    try {
      return Optional.of(ReplicaUrl.parse(url.value()));
    } catch (UsageException e) {
      // The value may hold a secret of the environment; what is written in the file does not.
      String told =
          url.value().equals(url.written())
              ? e.getMessage()
              : e.getMessage()
                  .replaceFirst("^The replica URL '.*?' (?=[a-z])", "")
                  .transform(
                      m -> "The replica URL " + ConfigProblems.quote(url.written()) + " " + m);
      problems.add(url.line(), told);
      return Optional.empty();
    }
  }

  private Optional<DatabaseSource.Place> place(Section entry) {
    Optional<Setting> path = entry.find(ConfigKeys.PATH);
    Optional<Setting> directory = entry.find(ConfigKeys.DIRECTORY);
    Optional<Setting> glob = entry.find(ConfigKeys.GLOB);
    Optional<Setting> pattern = entry.find(ConfigKeys.PATTERN);
    List<Setting> given =
        List.of(path, directory, glob).stream().flatMap(Optional::stream).toList();
    if (given.size() != 1) {
      problems.add(
          entry.line(),
          given.isEmpty()
              ? "this entry names no database: give it 'path', 'directory' or 'glob'"
              : "this entry has '"
                  + given.get(0).key()
                  + "' and '"
                  + given.get(1).key()
                  + "', which exclude each other");
      return Optional.empty();
    }
    if (pattern.isPresent() && directory.isEmpty()) {
      problems.add(pattern.get().line(), "'pattern' belongs to a 'directory', and there is none");
      return Optional.empty();
    }
    Setting where = given.get(0);
    try {
      if (path.isPresent()) {
        return file(where);
      }
      return directory.isPresent() ? Optional.of(tree(where, pattern)) : Optional.of(glob(where));
    } catch (InvalidPathException | PatternSyntaxException e) {
      Setting wrong = pattern.orElse(where);
      problems.add(
          e instanceof InvalidPathException ? where.line() : wrong.line(),
          e instanceof InvalidPathException
              ? "'" + where.key() + "' is no path on this system"
              : patternMessage(wrong, (PatternSyntaxException) e));
    } catch (UsageException e) {
      problems.add(pattern.orElse(where).line(), e.getMessage());
    }
    return Optional.empty();
  }

  private static String patternMessage(Setting wrong, PatternSyntaxException e) {
    return "'" + wrong.key() + "' is no pattern: " + e.getDescription();
  }

  private Optional<DatabaseSource.Place> file(Setting path) {
    Path file = Path.of(path.value());
    if (file.toAbsolutePath().normalize().getFileName() == null || path.value().endsWith("/")) {
      problems.add(path.line(), "'path' must name a file");
      return Optional.empty();
    }
    return Optional.of(new DatabaseSource.File(file));
  }

  private static DatabaseSource.Tree tree(Setting directory, Optional<Setting> pattern) {
    String glob = pattern.map(Setting::value).orElse(DEFAULT_PATTERN);
    return checked(Path.of(directory.value()), "pattern", glob);
  }

  /** The root is all before the first part with a special character. */
  private static DatabaseSource.Tree glob(Setting glob) {
    String text = glob.value();
    int special = 0;
    while (special < text.length() && SPECIAL.indexOf(text.charAt(special)) < 0) {
      special++;
    }
    if (special == text.length()) {
      throw new UsageException(
          "'glob' has none of *, ?, [ and {; write 'path' for one file, 'directory' for all in it");
    }
    int slash = text.lastIndexOf('/', special);
    Path root = slash == 0 ? Path.of("/") : Path.of(text.substring(0, Math.max(0, slash)));
    return checked(root, "glob", text.substring(slash + 1));
  }

  private static DatabaseSource.Tree checked(Path root, String key, String pattern) {
    if (pattern.startsWith("/") || pattern.endsWith("/") || pattern.contains("//")) {
      throw new UsageException(
          "'"
              + key
              + "' must match paths below a directory: no slash at the ends, no two together");
    }
    if (List.of(pattern.split("/", -1)).stream().anyMatch(p -> p.equals(".") || p.equals(".."))) {
      throw new UsageException("'" + key + "' would match nothing: it has '.' or '..' in it");
    }
    FileSystems.getDefault().getPathMatcher("glob:" + pattern);
    return new DatabaseSource.Tree(root.toAbsolutePath().normalize(), pattern);
  }

  private void compare(Located before, Located now) {
    String other = "the entry on line " + before.section().line();
    boolean sameRoot = before.place().root().equals(now.place().root());
    if (before.place() instanceof DatabaseSource.File a
        && now.place() instanceof DatabaseSource.File b) {
      if (same(a, b)) {
        problems.add(now.section().line(), "this entry names the same file as " + other);
        return;
      }
    } else if (before.place() instanceof DatabaseSource.File a
        && now.place() instanceof DatabaseSource.Tree t) {
      if (finds(t, a)) {
        problems.add(now.section().line(), "this entry also finds the file of " + other);
        return;
      }
    } else if (before.place() instanceof DatabaseSource.Tree t
        && now.place() instanceof DatabaseSource.File b) {
      if (finds(t, b)) {
        problems.add(now.section().line(), "the file of this entry is also found by " + other);
        return;
      }
    } else if (before.place().equals(now.place())) {
      problems.add(now.section().line(), "this entry finds the same files as " + other);
      return;
    } else if (sameRoot) {
      // Two patterns in one directory: what differs in its path differs in its replica.
      return;
    }
    if (before.url().equals(now.url())) {
      problems.add(
          now.section().line(), "this entry has the same replica as " + other + ", " + now.url());
    }
  }

  private static boolean same(DatabaseSource.File a, DatabaseSource.File b) {
    return a.path().toAbsolutePath().normalize().equals(b.path().toAbsolutePath().normalize());
  }

  private static boolean finds(DatabaseSource.Tree tree, DatabaseSource.File file) {
    Path path = file.path().toAbsolutePath().normalize();
    return path.startsWith(tree.root())
        && !path.equals(tree.root())
        && FileSystems.getDefault()
            .getPathMatcher("glob:" + tree.pattern())
            .matches(tree.root().relativize(path));
  }
}
