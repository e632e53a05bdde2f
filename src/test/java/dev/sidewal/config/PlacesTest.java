package dev.sidewal.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sidewal.agent.DatabaseSource;
import dev.sidewal.agent.DatabaseSource.Tree;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where the databases of a file are, and where their replicas go. */
final class PlacesTest {

  private static final ConfigKeys KEYS = new ConfigKeys(Set.of(), Set.of(), Set.of());

  private static final Map<String, String> ENVIRONMENT = Map.of("SECRET", "hunter2");

  @TempDir Path dir;

  private List<Places.Located> places(String yaml) throws IOException {
    Path file = Files.writeString(dir.resolve("s.yaml"), yaml);
    ConfigProblems problems = new ConfigProblems(file);
    List<Places.Located> located =
        Places.of(ConfigReader.read(file, KEYS, ENVIRONMENT, problems), problems);
    problems.throwIfAny();
    return located;
  }

  private static Path here(String path) {
    return Path.of("").toAbsolutePath().resolve(path).normalize();
  }

  @Test
  void entriesNameFilesAndDirectories() throws IOException {
    List<Places.Located> located =
        places(
            """
            url: s3://bucket/base
            databases:
              - path: data/app.db
              - path: /srv/app/app one.db
                url: file:///backup/one
              - directory: /srv/tenants/
              - directory: data/../shops
                pattern: "*/shop.db"
              - glob: /srv/*/data.db
              - glob: /srv/*/users.db
              - glob: queues/**/q?.db
              - glob: "*.sqlite"
                url: s3://bucket/here
              - glob: /*.db
                url: s3://bucket/root
            """);
    assertThat(located.stream().map(Places.Located::place))
        .containsExactly(
            new DatabaseSource.File(Path.of("data/app.db")),
            new DatabaseSource.File(Path.of("/srv/app/app one.db")),
            new Tree(Path.of("/srv/tenants"), Places.DEFAULT_PATTERN),
            new Tree(here("shops"), "*/shop.db"),
            new Tree(Path.of("/srv"), "*/data.db"),
            new Tree(Path.of("/srv"), "*/users.db"),
            new Tree(here("queues"), "**/q?.db"),
            new Tree(here(""), "*.sqlite"),
            new Tree(Path.of("/"), "*.db"));
    assertThat(located.stream().map(Places.Located::url))
        .containsExactly(
            "s3://bucket/base/app.db",
            "file:///backup/one",
            "s3://bucket/base/tenants",
            "s3://bucket/base/shops",
            "s3://bucket/base/srv",
            "s3://bucket/base/srv",
            "s3://bucket/base/queues",
            "s3://bucket/here",
            "s3://bucket/root");
  }

  @Test
  void theStoreOfTheBaseIsKept() throws IOException {
    assertThat(
            places(
                    """
                    url: s3://bkt/p?endpoint=http://127.0.0.1:9000&region=x
                    databases: [path: 'a?.db']
                    """)
                .get(0)
                .url())
        .isEqualTo("s3://bkt/p/a%3F.db?endpoint=http://127.0.0.1:9000&region=x");
  }

  @ParameterizedTest
  @CsvSource({
    "a.db, true",
    "x/y/a.sqlite, true",
    "x/a.sqlite3, true",
    "a.db-wal, false",
    "a.db-shm, false",
    "adb, false",
    "x.db/y, false"
  })
  void byDefaultThreeEndingsAreDatabases(String path, boolean found) {
    PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + Places.DEFAULT_PATTERN);
    assertThat(matcher.matches(Path.of(path))).isEqualTo(found);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "- url: s3://bkt/x | 2 | this entry names no database: give it 'path', 'directory' or 'glob'",
        "- path: a;  glob: b*;  url: s3://bkt/x | 2 | this entry has 'path' and 'glob', which exclude"
            + " each other",
        "- path: a;  pattern: b;  url: s3://bkt/x | 3 | 'pattern' belongs to a 'directory', and there"
            + " is none",
        "- path: a | 2 | this entry has no 'url', and there is none at the top of the file to put"
            + " its replica under",
        "- path: /;  url: s3://bkt/x | 2 | 'path' must name a file",
        "- path: a/;  url: s3://bkt/x | 2 | 'path' must name a file",
        "- path: a;  url: ftp://x | 3 | The replica URL 'ftp://x' has an unknown scheme: write"
            + " s3://bucket/prefix or file:///directory.",
        "- path: a;  url: ftp://${SECRET} | 3 | The replica URL 'ftp://${SECRET}' has an unknown"
            + " scheme: write s3://bucket/prefix or file:///directory.",
        "- glob: /srv/a.db;  url: s3://bkt/x | 2 | 'glob' has none of *, ?, [ and {; write 'path' for"
            + " one file, 'directory' for all in it",
        "- glob: \"/srv/*/{a\";  url: s3://bkt/x | 2 | 'glob' is no pattern: Missing '}",
        "- directory: d;  pattern: \"[a\";  url: s3://bkt/x | 3 | 'pattern' is no pattern: Missing ']",
        "- directory: d;  pattern: /a;  url: s3://bkt/x | 3 | 'pattern' must match paths below a"
            + " directory: no slash at the ends, no two together",
        "- glob: a/*/../b;  url: s3://bkt/x | 2 | 'glob' would match nothing: it has '.' or '..' in"
            + " it",
        "- path: a;  url: s3://bkt/x;- path: c;  url: s3://bkt/x/ | 4 | this entry has the same replica"
            + " as the entry on line 2, s3://bkt/x",
        "- path: a;  url: s3://bkt/x;- path: ./d/../a;  url: s3://bkt/y | 4 | this entry names the same"
            + " file as the entry on line 2",
        "- directory: d;  url: s3://bkt/x;- directory: e;  url: s3://bkt/x | 4 | this entry has the same"
            + " replica as the entry on line 2, s3://bkt/x",
        "- directory: d;  url: s3://bkt/x;- directory: ./d;  url: s3://bkt/y | 4 | this entry finds the"
            + " same files as the entry on line 2",
        "- directory: d;  url: s3://bkt/x;- path: d/e/a.db;  url: s3://bkt/y | 4 | the file of this"
            + " entry is also found by the entry on line 2",
        "- path: d/a.db;  url: s3://bkt/x;- glob: d/*;  url: s3://bkt/y | 4 | this entry also finds the"
            + " file of the entry on line 2",
      })
  void refuses(String entries, int line, String message) {
    assertThatThrownBy(() -> places("databases:\n" + entries.replace(';', '\n')))
        .hasMessageStartingWith(dir.resolve("s.yaml") + ", line " + line + ": " + message);
  }

  @Test
  void aBadBaseIsToldWhereItStands() {
    assertThatThrownBy(() -> places("url: x\ndatabases:\n- path: a\n"))
        .hasMessage(
            dir.resolve("s.yaml")
                + ", line 1: The replica URL 'x' has no scheme: write s3://bucket/prefix or"
                + " file:///directory.");
  }
}
