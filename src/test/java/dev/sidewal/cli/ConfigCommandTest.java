package dev.sidewal.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sidewal.agent.DatabaseSource;
import dev.sidewal.agent.ReplicationOptions;
import dev.sidewal.error.ExitCode;
import dev.sidewal.error.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** {@code replicate --config}: what counts of what is given, and how it is printed. */
final class ConfigCommandTest {

  /** What is said on the command line of one run only. */
  private static final Set<String> NO_SETTINGS =
      Set.of("--config", "--print-config", "--once", "--exec", "--debug", "--help");

  @TempDir Path dir;

  private Path write(String yaml) throws IOException {
    return Files.writeString(dir.resolve("s.yaml"), yaml);
  }

  private static AgentPlan plan(Map<String, String> environment, Path file, String... flags) {
    List<String> arguments = new ArrayList<>(List.of("replicate"));
    arguments.addAll(List.of(flags));
    ParseResult parsed =
        Cli.commandLine(CliRun.context())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .parseArgs(arguments.toArray(String[]::new))
            .subcommand();
    return AgentPlan.of(
        new AgentPlan.Task(
            Optional.of(file), Optional.empty(), Optional.empty(), false, Optional.empty()),
        Settings.of(parsed, environment),
        environment);
  }

  private static CliRun print(Map<String, String> environment, String... arguments) {
    List<String> line = new ArrayList<>(List.of("replicate", "--print-config"));
    line.addAll(List.of(arguments));
    return CliRun.with(environment, line.toArray(String[]::new));
  }

  private static List<String> withoutComments(String yaml) {
    return yaml.lines().filter(line -> !line.isEmpty() && !line.startsWith("#")).toList();
  }

  @Test
  void theFileBecomesSources() throws IOException {
    Path file =
        write(
            """
            sync-interval: 5s
            spool-limit: 64MiB
            retention: 3d
            hourly-retention: 4d
            scan-interval: 1m
            shutdown-timeout: 7s
            url: s3://bucket/base
            databases:
              - path: /srv/a.db
              - directory: /srv/tenants
                sync-interval: 500ms
                snapshot-interval: off
                daily-retention: off
                no-pauses: true
                pack-size: 0
                state-dir: /var/lib/sidewal
                retire: delete
              - glob: /srv/*/data.db
                url: file:///backup
                enable-wal: true
                snapshot-bandwidth: 1000
                state-dir: /x/$${env:PATH}
            """);
    AgentPlan plan = plan(Map.of(), file);
    assertThat(plan.values().agent().scanInterval()).isEqualTo(Duration.ofMinutes(1));
    assertThat(plan.values().agent().shutdownTimeout()).isEqualTo(Duration.ofSeconds(7));
    List<DatabaseSource> sources = plan.sources();
    assertThat(sources.stream().map(DatabaseSource::place))
        .containsExactly(
            new DatabaseSource.File(Path.of("/srv/a.db")),
            new DatabaseSource.Tree(Path.of("/srv/tenants"), "**.{db,sqlite,sqlite3}"),
            new DatabaseSource.Tree(Path.of("/srv"), "*/data.db"));
    assertThat(sources.stream().map(DatabaseSource::url))
        .containsExactly("s3://bucket/base/a.db", "s3://bucket/base/tenants", "file:///backup");

    ReplicationOptions first = sources.get(0).options();
    assertThat(first.syncInterval()).isEqualTo(Duration.ofSeconds(5));
    assertThat(first.spoolLimit()).isEqualTo(64L << 20);
    assertThat(first.retention().window()).isEqualTo(Duration.ofDays(3));
    assertThat(first.retention().hourly()).isEqualTo(Duration.ofDays(4));
    assertThat(first.retention().daily()).contains(Duration.ofDays(365));
    assertThat(first.shutdownTimeout()).isEqualTo(Duration.ofSeconds(7));
    assertThat(first.stateDirectory()).isEmpty();
    assertThat(first.waitForDatabase()).isTrue();
    assertThat(first.outageLimit()).isEmpty();
    ReplicationOptions second = sources.get(1).options();
    assertThat(second.syncInterval()).isEqualTo(Duration.ofMillis(500));
    assertThat(second.spoolLimit()).isEqualTo(64L << 20);
    assertThat(second.images().snapshotInterval()).isEmpty();
    assertThat(second.images().deltaInterval()).contains(Duration.ofHours(1));
    assertThat(second.retention().window()).isEqualTo(Duration.ofDays(3));
    assertThat(second.retention().daily()).isEmpty();
    assertThat(second.follow().pauseBytes()).isEqualTo(Long.MAX_VALUE);
    assertThat(second.pack().packBytes()).isZero();
    assertThat(second.stateDirectory()).contains(Path.of("/var/lib/sidewal"));
    assertThat(second.retire()).hasToString("DELETE");
    ReplicationOptions third = sources.get(2).options();
    assertThat(third.syncInterval()).isEqualTo(Duration.ofSeconds(5));
    assertThat(third.enableWal()).isTrue();
    assertThat(third.stateDirectory()).contains(Path.of("/x/${env:PATH}"));
    assertThat(third.follow().pauseBytes()).isEqualTo(16L << 20);
    assertThat(third.images().bandwidth()).hasValue(1000);
  }

  @Test
  void withoutSettingsTheOptionsAreThoseOfTheLibrary() throws IOException {
    ReplicationOptions options =
        plan(Map.of(), write("databases: [{path: a.db, url: s3://bkt/a}]"))
            .sources()
            .get(0)
            .options();
    ReplicationOptions expected = ReplicationOptions.builder().build();
    assertThat(options).usingRecursiveComparison().ignoringFields("clock").isEqualTo(expected);
  }

  /** Flag, environment, entry, top of the file: every combination of the four. */
  @Test
  void theNearestSourceCounts() throws IOException {
    for (int given = 0; given < 16; given++) {
      boolean flag = (given & 1) != 0;
      boolean variable = (given & 2) != 0;
      boolean entry = (given & 4) != 0;
      boolean global = (given & 8) != 0;
      Path file =
          write(
              (global ? "sync-interval: 4s\nno-pauses: true\n" : "")
                  + "databases:\n- path: a.db\n  url: s3://bkt/a\n"
                  + (entry ? "  sync-interval: 3s\n  no-pauses: false\n" : ""));
      Map<String, String> environment =
          variable ? Map.of("SIDEWAL_SYNC_INTERVAL", "2s", "SIDEWAL_NO_PAUSES", "true") : Map.of();
      String[] flags =
          flag
              ? new String[] {"--sync-interval", "1s", "--no-pauses=false"}
              : new String[] {"--pack-age=1m"};
      AgentPlan plan = plan(environment, file, flags);
      ReplicationOptions options = plan.sources().get(0).options();
      String expected = flag ? "1s" : variable ? "2s" : entry ? "3s" : global ? "4s" : "1s";
      boolean pauses = flag || (!variable && (entry || !global));
      assertThat(options.syncInterval())
          .as("combination %d", given)
          .isEqualTo(Quantities.duration(expected));
      assertThat(options.follow().pauseBytes() < Long.MAX_VALUE)
          .as("combination %d", given)
          .isEqualTo(pauses);
      String ofAll = flag ? "1s" : variable ? "2s" : global ? "4s" : "1s";
      assertThat(plan.values().text("sync-interval")).contains(ofAll);
    }
  }

  @Test
  void everyOptionButThoseOfOneRunIsASetting() {
    CommandLine replicate = Cli.commandLine(CliRun.context()).getSubcommands().get("replicate");
    Set<String> settings = new TreeSet<>();
    Settings.options().forEach(option -> settings.add(option.longestName()));
    Set<String> expected = new TreeSet<>();
    replicate.getCommandSpec().options().forEach(option -> expected.add(option.longestName()));
    expected.removeAll(NO_SETTINGS);
    assertThat(settings).isEqualTo(expected);
    assertThat(settings).contains("--sync-interval", "--listen", "--log-level", "--enable-wal");
  }

  /** Returns a value that is no default, for each setting. */
  static String other(OptionSpec option) {
    if (option.completionCandidates() != null) {
      for (String value : option.completionCandidates()) {
        if (!value.equalsIgnoreCase(option.defaultValue())) {
          return value.toLowerCase(Locale.ROOT);
        }
      }
    }
    return switch (option.paramLabel()) {
      case "TIME" -> "77m";
      case "TIME|off", "HOST:PORT|off" -> "off".equals(option.defaultValue()) ? "77m" : "off";
      case "SIZE" -> "12345";
      case "true|false" -> "true";
      case "DIR", "FILE" -> "\"/srv/st ate: #\\\\$${x}\\n\"";
      default -> throw new AssertionError("what is a " + option.paramLabel() + "?");
    };
  }

  /** What a setting is when read back from how {@link #other} writes it. */
  private static String meant(OptionSpec option) {
    return Set.of("DIR", "FILE").contains(option.paramLabel())
        ? "/srv/st ate: #\\${x}\n"
        : other(option);
  }

  @Test
  void everySettingComesBackFromWhatIsPrinted() throws IOException {
    StringBuilder yaml = new StringBuilder();
    for (OptionSpec option : Settings.options()) {
      yaml.append(Settings.key(option)).append(": ").append(other(option)).append('\n');
    }
    yaml.append(
        "url: s3://bkt/base\ndatabases:\n- path: a.db\n- directory: /srv/x y\n  pattern: '*'\n");
    yaml.append("  url: s3://bkt/x\n  sync-interval: 9s\n- glob: '/z/${NONE:-$}{a,b}'\n");
    Path file = write(yaml.toString());
    String printed = print(Map.of(), "--config", file.toString()).succeeded().out();
    Path second = Files.writeString(dir.resolve("printed.yaml"), printed);
    assertThat(print(Map.of(), "--config", second.toString()).succeeded().out()).isEqualTo(printed);

    AgentPlan before = plan(Map.of(), file);
    AgentPlan after = plan(Map.of(), second);
    for (OptionSpec option : Settings.options()) {
      String key = Settings.key(option);
      assertThat(option.defaultValue()).as(key).isNotEqualTo(meant(option));
      assertThat(before.values().text(key)).as(key).contains(meant(option));
      assertThat(after.values().text(key)).as(key).contains(meant(option));
    }
    assertThat(after.sources())
        .usingRecursiveComparison()
        .ignoringFields("options.clock")
        .isEqualTo(before.sources());
    assertThat(withoutComments(printed))
        .contains("databases:", "  - path: a.db", "    sync-interval: 9s", "sync-interval: 77m")
        .contains(
            "    url: s3://bkt/base/a.db", "  - directory: \"/srv/x y\"", "    pattern: \"*\"");
  }

  @Test
  void theDefaultsArePrintedWithWhatTheyMean() throws IOException {
    String printed = print(Map.of()).succeeded().out();
    assertThat(printed)
        .contains(
            """
            # Ship at most one segment in this time, but the first after a quiet spell at once (default 1s).
            sync-interval: 1s
            """)
        .contains("\n# state-dir:\n", "\nno-pauses: false\n", "\nlisten: \"127.0.0.1:9180\"\n")
        .doesNotContain("${");
    for (OptionSpec option : Settings.options()) {
      assertThat(printed).containsPattern("\n(# )?" + Settings.key(option) + ":");
    }
    Path file = write(printed);
    assertThat(print(Map.of(), "--config", file.toString()).succeeded().out()).isEqualTo(printed);
    // Without databases it holds settings for those of the command line.
    assertThat(
            withoutComments(
                print(Map.of(), "--config", file.toString(), "a.db", "s3://bkt/a").out()))
        .endsWith("databases:", "  - path: a.db", "    url: s3://bkt/a");
    CliRun run = CliRun.of("replicate", "--config", file.toString()).failedWith(ExitCode.USAGE);
    assertThat(run.err())
        .isEqualTo(
            """
            error: say what to replicate: DB and URL, or --config with a file that has 'databases'
            Try 'sidewal replicate --help'.
            """);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "sync-interval: 5 | 1 | 'sync-interval': '5' is not a duration: write a whole number with"
            + " ms, s, m, h or d, as in 5s",
        "sync-interval: off | 1 | 'sync-interval': 'off' is not a duration: write a whole number"
            + " with ms, s, m, h or d, as in 5s",
        "sync-interval: ${SECRET} | 1 | 'sync-interval': the value of '${SECRET}' is not a duration:"
            + " write a whole number with ms, s, m, h or d, as in 5s",
        "snapshot-interval: 0s | 1 | 'snapshot-interval': 0 is no interval: write off to switch it"
            + " off",
        "spool-limit: 1TiB | 1 | 'spool-limit': '1TiB' is not a size: write a whole number of"
            + " bytes, or one with KiB, MiB or GiB, as in 64MiB",
        "retire: never | 1 | 'retire': expected one of [AUTO, TAG, DELETE, NONE] (case-insensitive)"
            + " but was 'never'",
        "listen: here | 1 | 'listen': 'here' is no address to listen on: write HOST:PORT, as in"
            + " 127.0.0.1:9180",
        "log-level: loud | 1 | 'log-level': expected one of [OFF, ERROR, WARN, INFO, DEBUG, TRACE]"
            + " (case-insensitive) but was 'loud'",
        "hourly-retention: 0d | 1 | 'hourly-retention' is 0 days; give more than nothing, and at"
            + " most 36500d",
        "scan-interval: 0s | 1 | 'scan-interval' is 0 ms; give 100ms or more",
        "databases:;- path: a;  url: s3://bkt/a;  retention: 40000d | 4 | 'retention' is 40000 days;"
            + " give more than nothing, and at most 36500d",
        "databases:;- path: a;  url: s3://bkt/a;  pack-age: 1 | 4 | 'pack-age': '1' is not a duration:"
            + " write a whole number with ms, s, m, h or d, as in 5s",
        "sync-intervall: 1s | 1 | there is no key 'sync-intervall'. Did you mean 'sync-interval'?",
        "once: true | 1 | there is no key 'once'",
        "debug: true | 1 | there is no key 'debug'",
      })
  void aBadValueIsToldWithItsLine(String yaml, int line, String message) throws IOException {
    Path file = write(yaml.replace(';', '\n') + "\n");
    CliRun run =
        CliRun.with(
                Map.of("SECRET", "hunter2"),
                "replicate",
                "--config",
                file.toString(),
                "--print-config")
            .failedWith(ExitCode.USAGE);
    assertThat(run.err())
        .isEqualTo(
            "error: "
                + file
                + ", line "
                + line
                + ": "
                + message
                + "\nTry 'sidewal replicate --help'.\n");
  }

  @Test
  void wrongKeysAndWrongValuesAreToldTogether() throws IOException {
    Path file =
        write(
            """
            sync-intervall: 2s
            retention: 7
            url: ftp://x
            databases:
              - pth: /srv/app.db
                pack-age: soon
            """);
    assertThat(CliRun.of("replicate", "--config", file.toString()).failedWith(ExitCode.USAGE).err())
        .startsWith("error: " + file + " has 4 errors:\n  line 1: there is no key")
        .contains("\n  line 2: 'retention': '7' is not", "\n  line 5: there is no key 'pth'.")
        .contains("\n  line 6: 'pack-age': 'soon' is not");
  }

  @Test
  void badFilesEndWithoutAStackTrace() throws IOException {
    for (String yaml : List.of("", "\tx: 1", "a: 'x", "a: *b", "a: !!x y", "[".repeat(100_000))) {
      Path file = write(yaml);
      CliRun run = CliRun.of("replicate", "--config", file.toString()).failedWith(ExitCode.USAGE);
      assertThat(run.err()).startsWith("error: " + file + ", line 1: ");
      assertThat(run.err().lines()).hasSize(2);
    }
    assertThat(CliRun.of("replicate", "--config", "none.yaml").failedWith(ExitCode.USAGE).err())
        .startsWith("error: there is no configuration file none.yaml\n");
  }

  @Test
  void theEnvironmentGivesSettings() throws IOException {
    Map<String, String> environment = new HashMap<>();
    environment.put("SIDEWAL_LISTEN", "off");
    environment.put("SIDEWAL_ENABLE_WAL", "true");
    environment.put("SIDEWAL_LOG_FORMAT", "json");
    environment.put("SIDEWAL_RETENTION", "");
    environment.put("SIDEWAL_STATE_DIR", "/x/${HOME}");
    CliRun run = print(environment, "a.db", "s3://bkt/a").succeeded();
    assertThat(withoutComments(run.out()))
        .contains("listen: off", "enable-wal: true", "log-format: json", "retention: 7d")
        .contains("state-dir: \"/x/$${HOME}\"");
    assertThat(run.logging()).containsExactly("info text false", "info json false");
    Path file = write("sync-interval: 3s\n");
    environment.put("SIDEWAL_CONFIG", file.toString());
    assertThat(print(environment).succeeded().out()).contains("\nsync-interval: 3s\n");
    // Who names a database has not asked for the file of the environment.
    assertThat(print(environment, "a.db", "s3://bkt/a").succeeded().out())
        .contains("\nsync-interval: 1s\n");

    environment.put("SIDEWAL_PACK_AGE", "1");
    assertThat(print(environment).failedWith(ExitCode.USAGE).err())
        .startsWith("error: SIDEWAL_PACK_AGE in the environment: '1' is not a duration: write");
  }

  @Test
  void unknownVariablesOfSidewalAreWarnedOf() throws IOException {
    Map<String, String> environment =
        Map.of(
            "SIDEWAL_SYNC_INTERVALL", "2s",
            "SIDEWAL_COLOUR", "red",
            "SIDEWAL_MINE", "s3://bkt/mine",
            "SIDEWAL_JAVA_OPTS", "-Xmx1g",
            "SIDEWAL_CONFIG", "x",
            "SIDEWAL_RETIRE", "tag",
            "PATH", "/bin");
    Path file = write("databases: [{path: a.db, url: '${SIDEWAL_MINE}'}]\n");
    assertThat(plan(environment, file).warnings())
        .containsExactly(
            "the variable 'SIDEWAL_COLOUR' means nothing to Sidewal",
            "the variable 'SIDEWAL_SYNC_INTERVALL' means nothing to Sidewal; did you mean"
                + " SIDEWAL_SYNC_INTERVAL?");
  }

  @Test
  void aBadValueOfAFlagIsNotBlamedOnTheFile() throws IOException {
    Path file = write("retention: 3d\ndatabases: [{path: a.db, url: s3://bkt/a}]\n");
    assertThatThrownBy(() -> plan(Map.of(), file, "--retention=0d"))
        .isInstanceOf(UsageException.class)
        .hasMessageStartingWith("--retention is 0 days");
    assertThatThrownBy(() -> plan(Map.of("SIDEWAL_RETENTION", "0d"), file))
        .isInstanceOf(UsageException.class)
        .hasMessageStartingWith("--retention is 0 days");
  }

  @Test
  void databasesAreNamedInOnePlace() throws IOException {
    Path file = write("databases: [{path: a.db, url: s3://bkt/a}]\n");
    CliRun run =
        CliRun.of("replicate", "--config", file.toString(), "b.db", "s3://bkt/b")
            .failedWith(ExitCode.USAGE);
    assertThat(run.err())
        .startsWith("error: DB is given, and " + file + " has databases, too: leave out");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--no-pauses a.db s3://bkt/a",
        "a.db --no-pauses s3://bkt/a",
        "a.db s3://bkt/a --no-pauses",
        "--no-pauses=true a.db s3://bkt/a"
      })
  void switchesTakeNoDatabaseForTheirValue(String line) {
    assertThat(withoutComments(print(Map.of(), line.split(" ", -1)).succeeded().out()))
        .contains("no-pauses: true", "  - path: a.db");
  }

  @Test
  @Timeout(60)
  void aThousandEntriesAreReadQuickly() throws IOException {
    StringBuilder yaml = new StringBuilder("url: s3://bkt/p\ndatabases:\n");
    for (int i = 0; i < 1000; i++) {
      yaml.append("- path: /srv/").append(i).append(".db\n");
      yaml.append("  sync-interval: ").append(1 + i % 3).append("s\n");
    }
    assertThat(plan(Map.of(), write(yaml.toString())).sources()).hasSize(1000);
  }
}
