package dev.sidewal.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sidewal.error.UsageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is read of a configuration file, and with which words everything else is refused. */
final class ConfigReaderTest {

  private static final ConfigKeys KEYS =
      new ConfigKeys(
          Set.of("listen", "scan-interval"),
          Set.of("sync-interval", "retention", "no-pauses", "state-dir"),
          Set.of("no-pauses"));

  private static final Map<String, String> ENVIRONMENT =
      Map.of("A", "1s", "EMPTY", "", "EVIL", "x\nlisten: off # ${A}", "TRUTH", "true");

  @TempDir Path dir;

  private Path write(String yaml) throws IOException {
    return Files.writeString(dir.resolve("s.yaml"), yaml);
  }

  private ConfigDocument read(String yaml) throws IOException {
    Path file = write(yaml);
    ConfigProblems problems = new ConfigProblems(file);
    ConfigDocument document = ConfigReader.read(file, KEYS, ENVIRONMENT, problems);
    problems.throwIfAny();
    return document;
  }

  private void assertRefused(String yaml, String message) {
    assertThatThrownBy(() -> read(yaml))
        .isInstanceOf(UsageException.class)
        .hasMessage(dir.resolve("s.yaml") + message);
  }

  @Test
  void readsSettingsAndEntriesWithTheirLines() throws IOException {
    ConfigDocument document =
        read(
            """
            # comment
            sync-interval: ${A}
            no-pauses: true

            databases:
              - path: "a: b.db"
                url: s3://bkt/p
              -
                glob: /srv/*/x.db
                retention: 3d
            listen: off
            """);
    assertThat(document.global())
        .isEqualTo(
            new Section(
                2,
                Map.of(
                    "sync-interval", new Setting("sync-interval", "${A}", "1s", 2),
                    "no-pauses", new Setting("no-pauses", "true", "true", 3),
                    "listen", new Setting("listen", "off", "off", 11))));
    assertThat(document.databases())
        .containsExactly(
            new Section(
                6,
                Map.of(
                    "path", new Setting("path", "a: b.db", "a: b.db", 6),
                    "url", new Setting("url", "s3://bkt/p", "s3://bkt/p", 7))),
            new Section(
                9,
                Map.of(
                    "glob", new Setting("glob", "/srv/*/x.db", "/srv/*/x.db", 9),
                    "retention", new Setting("retention", "3d", "3d", 10))));
    assertThat(document.variables()).containsExactly("A");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "sync-intervall: 1s | 1 | there is no key 'sync-intervall'. Did you mean 'sync-interval'?",
        "Retention: 1d | 1 | there is no key 'Retention'. Did you mean 'retention'?",
        "lsiten: x | 1 | there is no key 'lsiten'. Did you mean 'listen'?",
        "database: x | 1 | there is no key 'database'. Did you mean 'databases'?",
        "colour: red | 1 | there is no key 'colour'",
        "x: {y: [1, 2]} | 1 | there is no key 'x'",
        "listen: a;listen: b | 2 | 'listen' is given twice; first on line 1",
        "path: x | 1 | there is no key 'path' here: it belongs to an entry of 'databases'",
        "databases:;- path: x;  listen: off | 3 | there is no key 'listen' here: it is of the agent"
            + " as a whole, and stands at the top of the file",
        "databases:;- path: x;  databases: [] | 3 | there is no key 'databases' here",
        "databases:;- pth: x | 2 | there is no key 'pth'. Did you mean 'path'?",
        "databases:;- path: x;  path: y | 3 | 'path' is given twice; first on line 2",
        "databases: app.db | 1 | 'databases' must be a list, each entry beginning with '- '",
        "databases:;  path: app.db | 2 | 'databases' must be a list, each entry beginning with '- '",
        "databases: [] | 1 | 'databases' is empty",
        "databases:;- a.db | 2 | an entry of 'databases' must have keys, as in '- path:"
            + " /srv/app/app.db'",
        "listen:;retention: 1d | 1 | 'listen' has no value",
        "listen: ${EMPTY} | 1 | 'listen' has no value",
        "listen: ~ | 1 | 'listen' has no value",
        "listen:;- x | 2 | 'listen' must be a single value",
        "listen: {a: b} | 1 | 'listen' must be a single value",
        "no-pauses: yes | 1 | 'no-pauses' is 'yes'; write true or false, unquoted",
        "no-pauses: 1 | 1 | 'no-pauses' is '1'; write true or false, unquoted",
        "no-pauses: \"true\" | 1 | 'no-pauses' is 'true'; write true or false, unquoted",
        "no-pauses: ${A} | 1 | 'no-pauses' is '${A}'; write true or false, unquoted",
        "listen: ${NONE} | 1 | 'listen': the environment has no variable NONE: set it, or write"
            + " ${NONE:-default}",
        "listen: x${ | 1 | 'listen': '${' begins no reference: write ${NAME} or ${NAME:-default},"
            + " or $${ for ${ itself",
        "listen: ${A-b} | 1 | 'listen': '${' begins no reference: write ${NAME} or ${NAME:-default},"
            + " or $${ for ${ itself",
        "listen: &a [x] | 1 | anchors (&) and aliases (*) are not supported",
        "listen: *a | 1 | anchors (&) and aliases (*) are not supported",
        "listen: !!str x | 1 | tags (!) are not supported",
        "listen: !!java.net.URL [x] | 1 | tags (!) are not supported",
        "listen: x;---;listen: y | 3 | a second document begins; one is expected",
        "- listen | 1 | keys with values are expected, as in 'sync-interval: 1s'",
        "listen | 1 | keys with values are expected, as in 'sync-interval: 1s'",
        "\"\" | 1 | the file is empty",
        "# only this; | 1 | the file is empty",
        "listen: x;\tretention: 1d | 2 | this is no YAML: found character '\\t(TAB)' that cannot"
            + " start any token. (Do not use \\t(TAB) for indentation)",
        "listen: x;  retention: 1d | 2 | this is no YAML: mapping values are not allowed here",
        "listen: 'x | 1 | this is no YAML: found unexpected end of stream",
      })
  void refuses(String yaml, int line, String message) {
    assertRefused(yaml.replace(';', '\n'), ", line " + line + ": " + message);
  }

  @Test
  void tellsEverythingAtOnce() {
    assertRefused(
        "sync-intervall: 1s\nlisten:\ndatabases:\n- path: x\n  colour: red\n",
        " "
            + """
        has 3 errors:
          line 1: there is no key 'sync-intervall'. Did you mean 'sync-interval'?
          line 2: 'listen' has no value
          line 5: there is no key 'colour'""");
  }

  @Test
  void manyErrorsAreCounted() {
    StringBuilder yaml = new StringBuilder();
    for (int i = 0; i < 25; i++) {
      yaml.append("key-of-nothing-").append(i).append(": 1\n");
    }
    assertThatThrownBy(() -> read(yaml.toString()))
        .hasMessageContaining(" has 25 errors:\n  line 1: ")
        .hasMessageEndingWith("'key-of-nothing-19'\n  and 5 more");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "${A} | 1s",
        "x${A}y${A}z | x1sy1sz",
        "${NONE:-b} | b",
        "${EMPTY:-b} | b",
        "${A:-b} | 1s",
        "${NONE:-a:b c$} | a:b c$",
        "$${A} | ${A}",
        "$$${A} | $${A}",
        "$${ ${A} | ${ 1s",
        "$A $ {A} $$ | $A $ {A} $$",
        "${NONE:-$${A} | $${A",
      })
  void putsVariablesIn(String written, String value) throws IOException {
    assertThat(read("listen: '" + written + "'").global().find("listen").orElseThrow().value())
        .isEqualTo(value);
  }

  @Test
  void aVariableIsOneValueWhateverItHolds() throws IOException {
    Map<String, Setting> settings =
        read("state-dir: ${EVIL}\nno-pauses: ${TRUTH}\n").global().settings();
    assertThat(settings.keySet()).containsExactly("state-dir", "no-pauses");
    assertThat(settings.get("state-dir").value()).isEqualTo(ENVIRONMENT.get("EVIL"));
    assertThat(settings.get("no-pauses").value()).isEqualTo("true");
  }

  @Test
  void keysAreNotLookedInto() {
    assertRefused("${A}: x", ", line 1: there is no key '${A}'");
  }

  @Test
  @Timeout(60)
  void hostileFilesCostNothing() throws IOException {
    String name = dir.resolve("s.yaml").toString();
    Path laughs =
        write(
            """
            a: &a [x,x,x,x,x,x,x,x,x]
            b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]
            c: [*b,*b,*b,*b,*b,*b,*b,*b,*b]
            """);
    assertThatThrownBy(() -> read(Files.readString(laughs)))
        .hasMessageContaining("anchors (&) and aliases (*) are not supported");
    for (String deep : new String[] {"[", "{a: ", "- ", "? "}) {
      assertThatThrownBy(() -> read("listen: \n " + deep.repeat(1_000_000 / deep.length())))
          .isInstanceOf(UsageException.class)
          .hasMessageStartingWith(name)
          .satisfies(e -> assertThat(e.getMessage().length()).isLessThan(400));
    }
    assertThatThrownBy(() -> read("listen: " + "x".repeat(1 << 20)))
        .hasMessage(name + " is longer than 1 MiB: it is no configuration file of Sidewal");
    String large = "x".repeat(1_000_000);
    assertThat(read("listen: " + large).global().find("listen").orElseThrow().value())
        .isEqualTo(large);
    assertThatThrownBy(() -> read(large + ": x"))
        .isInstanceOf(UsageException.class)
        .satisfies(e -> assertThat(e.getMessage().length()).isLessThan(400));
    assertThatThrownBy(() -> read("listen: \"a\\0b\""))
        .hasMessage(name + ", line 1: 'listen' holds a zero byte");
    assertThatThrownBy(() -> read("\"a\\nb\\u2028\": 1"))
        .hasMessage(name + ", line 1: there is no key 'a?b?'");
    assertThatThrownBy(() -> read("listen: \u0001")).hasMessageStartingWith(name + ", line 1: ");
  }

  @Test
  void saysWhyAFileCannotBeRead() throws IOException {
    Path none = dir.resolve("none.yaml");
    assertThatThrownBy(() -> readFile(none)).hasMessage("there is no configuration file " + none);
    assertThatThrownBy(() -> readFile(dir))
        .hasMessage("the configuration file " + dir + " cannot be read: Is a directory");
    Path latin =
        Files.write(dir.resolve("l.yaml"), "listen: \u00fc".getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> readFile(latin)).hasMessage(latin + " is not text in UTF-8");
    assertThatThrownBy(() -> readFile(Path.of("/dev/zero")))
        .hasMessage("/dev/zero is longer than 1 MiB: it is no configuration file of Sidewal");
    Path marked = Files.writeString(dir.resolve("m.yaml"), "\ufefflisten: \u00fc\r\n");
    assertThat(readFile(marked).global().find("listen").orElseThrow().value()).isEqualTo("\u00fc");
  }

  private static ConfigDocument readFile(Path file) {
    return ConfigReader.read(file, KEYS, ENVIRONMENT, new ConfigProblems(file));
  }
}
