package dev.sidewal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.error.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Whatever is wrong on the command line: code 2, one message, and a hint. */
final class UsageTest {

  private static String[] split(String line) {
    return line.isEmpty() ? new String[0] : line.split(" ", -1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "\"\" | a command is missing",
        "restor | there is no command 'restor'",
        "--versio | there is no option '--versio'",
        "restore | Missing required parameter: 'URL'",
        "restore file:/x | --output FILE (-o) is missing",
        "restore file:/x -o | Missing required parameter for option '--output'",
        "restore file:/x -o --force | Expected parameter for option '--output'",
        "restore file:/x -o --forse | looks like an option",
        "restore file:/x -o y --forse | there is no option '--forse'",
        "restore file:/x file:/z -o y | too many arguments: 'file:/z'",
        "restore http://x -o y | The replica URL 'http://x' has an unknown scheme",
        "restore s3:// -o y | has no bucket",
        "restore /var/backup -o y | has no scheme",
        "restore s3://bucket/p?endpint=x -o y | unknown parameter 'endpint'",
        "restore file:/x -o y --timestamp yesterday | 'yesterday' is not a time",
        "restore file:/x -o y --timestamp 2026-11-21T10:00:00 | has no zone",
        "restore file:/x -o y --timestamp 90m | an age has a minus: -90m",
        "restore file:/x -o y --timestamp | Missing required parameter for option '--timestamp'",
        "restore file:/x -o y --txid 0x1f | '0x1f' is not",
        "restore file:/x -o y --txid 0 | --txid is 0",
        "restore file:/x -o y --txid -5 | --txid is -5",
        "restore file:/x -o y --txid 99999999999999999999 | '99999999999999999999' is not",
        "restore file:/x -o y --txid 1 --timestamp now | contradict each other",
        "restore file:/x -o y --txid 1 --txid 2 | should be specified only once",
        "restore file:/x -o y --force --if-not-exists | contradict each other",
        "restore file:/x -o y --check some | but was 'some'",
        "restore file:/x -o y --parallelism 0 | --parallelism is 0",
        "restore file:/x -o y --parallelism 65 | --parallelism is 65",
        "restore file:/x -o y --mode 0999 | '0999' is no mode",
        "restore file:/x -o y --mode 4755 | '4755' is no mode",
        "restore file:/x -o y --log-level loud | but was 'loud'",
        "backup | Missing required parameters: 'DB', 'DEST'",
        "backup x.db | Missing required parameter: 'DEST'",
        "backup x.db y.db z.db | too many arguments: 'z.db'",
        "backup x.db y.db --method copy | but was 'copy'",
        "backup x.db y.db --check some | but was 'some'",
        "backup x.db y.db --compress xz | but was 'xz'",
        "backup x.db y.db --level 3 | --level is 3",
        "backup x.db y.db --compress gzip --level 10 | --level is 10",
        "backup x.db y.db --keep 7d | remove old backups from a directory",
        "backup x.db y/ --keep 7 | '7' is not a duration",
        "backup x.db y/ --keep-last 0 | --keep-last is 0",
        "backup x.db y/ --force | --force replaces a file",
        "backup x.db y.db --take-over | --take-over is for a replica",
        "backup x.db s3:// | has no bucket",
        "backup x.db file:/x --compress zstd | a replica has its own format",
        "backup x.db - --json | both go to standard output",
        "backup x.db - --mode 0600 | are for files",
        "backup x.db y.db --copy-retries -1 | --copy-retries is -1",
        "backup x.db y.db --journal-mode wal | but was 'wal'",
        "restore file:/x --table t | --table needs --into DB",
        "restore file:/x --into db | --into needs --table TABLE",
        "restore file:/x --table t --into db -o y | give one of them",
        "restore file:/x --table t --into db --force | are for a file that is made",
        "restore file:/x --table t --into db --check full | are for a file that is made",
        "restore file:/x --table t --table u --into db --as v | names the copy of one table",
        "restore file:/x --table t --into db --as v --replace | names the copy of one table",
        "restore file:/x --table t --into db --as sqlite_x | can be no table's name",
        "restore file:/x --table t --into db --busy-timeout 5 | '5' is not a duration",
        "restore file:/x -o y --replace | say how --table is brought back",
        "diff | Missing required parameter: 'URL'",
        "diff file:/x | say where to begin: --from T or --from-txid N",
        "diff file:/x --from -1h --from-txid 3 | --from and --from-txid contradict each other",
        "diff file:/x --from-txid 3 --to now --to-txid 4 | --to and --to-txid contradict each other",
        "diff file:/x --from-txid 0 | --from-txid is 0",
        "diff file:/x --from-txid 1 --to-txid 0 | --to-txid is 0",
        "diff file:/x --from-txid 1 --to-txid 2 --against db | --against stands for the later moment",
        "diff file:/x --from-txid 1 --limit 0 | --limit is 0",
        "info | Missing required parameter: 'URL'",
        "info ftp://x | has an unknown scheme",
        "log s3://bucket --from 1h | an age has a minus",
        "log s3://bucket --table | Missing required parameter for option '--table'",
        "log s3://bucket --tables --parallelism 0 | --parallelism is 0",
        "bisect | Missing required parameter: 'URL'",
        "bisect file:/x | say what is good",
        "bisect file:/x --good ok | say what is good",
        "bisect file:/x --check quick --good ok | --check stands in place of",
        "bisect file:/x --check some | but was 'some'",
        "bisect file:/x --check quick --from now --to -1h | is later than --to",
        "bisect file:/x --check quick --parallelism 65 | --parallelism is 65",
        "inspect | Missing required parameter: 'OBJECT'",
        "inspect s3://bucket | does not name an object",
        "lifecycle | say what to do: print, apply or check",
        "lifecycle chek s3://bucket | there is no command 'chek'",
        "lifecycle check | Missing required parameter: 'URL'",
        "lifecycle check s3://bucket x | too many arguments: 'x'",
        "lifecycle apply file:/x | has no lifecycle rules: 'sidewal prune' deletes",
        "lifecycle print file:/x | has no lifecycle rules: 'sidewal prune' deletes",
        "lifecycle print --format xml s3://bucket | but was 'xml'",
        "lifecycle print --retention 30 s3://bucket | '30' is not a duration",
        "restore file:/x -o y --exact | --exact says how --timestamp is meant",
        "verify | Missing required parameter: 'URL'",
        "verify file:/x --level some | but was 'some'",
        "verify file:/x --txid 1 --timestamp now | contradict each other",
        "verify file:/x --txid 1 --against y | looks for the moment itself",
        "verify file:/x --rows | compares with the live database of --against",
        "verify file:/x --txid 1 --level list | say what --level restore restores",
        "verify file:/x --txid 0 | --txid is 0",
        "verify file:/x --parallelism 65 | --parallelism is 65",
        "dump | Missing required parameter: 'URL",
        "dump x y | too many arguments: 'y'",
        "dump x --txid 1 | which has no past",
        "dump x --timestamp -1d | which has no past",
        "dump file:pom.xml | is a file, not the directory of a replica",
        "dump ftp://x -o y --force --table | Missing required parameter for option '--table'",
        "dump file:/x --txid 1 --timestamp now | contradict each other",
        "dump x --schema-only --data-only | contradict each other",
        "dump x --force | --force is about the file of --output",
        "dump x -o --force | Expected parameter for option '--output'",
        "dump file:/x --parallelism 0 | --parallelism is 0",
        "check | Missing required parameter: 'DB'",
        "check y z | too many arguments: 'z'",
        "check y --limit 0 | --limit is 0",
        "check y --limit x | 'x' is not",
        "check y --copy --live | contradict each other",
        "prune file:/x | Missing required option: '--retention=TIME'",
        "prune file:/x --retention 0d | --retention is 0",
        "prune file:/x --retention 7 | '7' is not a duration",
        "prune file:/x --retention 7d --daily-retention never | 'never' is not a duration",
        "doctor | Missing required parameter: 'DB'",
        "doctor x ftp://y | has an unknown scheme",
        "doctor x file:/y z | too many arguments: 'z'",
        "doctor x --watch 5 | '5' is not a duration",
        "doctor x --watch 2h | --watch is 2h",
        "doctor x --as-user root | 'root' is no user",
        "doctor x --endpoint nowhere | is no endpoint",
      })
  void isRefused(String line, String message) {
    CliRun run = CliRun.of(split(line)).failedWith(ExitCode.USAGE);
    assertThat(run.err()).contains(message);
    assertThat(run.err().lines().toList().get(run.err().lines().toList().size() - 1))
        .matches("Try 'sidewal( \\w+){0,2} --help'\\.");
  }

  @ParameterizedTest
  @CsvSource({
    "restor, Did you mean restore",
    "restore file:/x -o y --forse, --force",
    "info --jsn file:/x, Did you mean --json",
  })
  void theNearestIsSuggested(String line, String suggestion) {
    assertThat(CliRun.of(split(line)).failedWith(ExitCode.USAGE).err()).contains(suggestion);
  }

  static Stream<String> commands() {
    return Stream.of(
        "restore", "backup", "dump", "info", "log", "bisect", "diff", "inspect", "verify", "check",
        "prune", "doctor");
  }

  static Stream<String> commandsThatReport() {
    // What dump writes is the text itself.
    return Stream.concat(
        commands().filter(c -> !c.equals("dump")), Stream.of("lifecycle check", "lifecycle apply"));
  }

  @Test
  void helpOfLifecycleListsWhatItDoes() {
    assertThat(CliRun.of("lifecycle", "--help").succeeded().out())
        .startsWith("Usage: sidewal lifecycle ")
        .containsPattern("\n  print +[A-Z]")
        .containsPattern("\n  apply +[A-Z]")
        .containsPattern("\n  check +[A-Z]")
        .containsPattern("\nExit codes:\n  0 +done\n")
        .doesNotContain("--log-level");
    assertThat(CliRun.of("lifecycle", "print", "--help").succeeded().out())
        .contains("--format", "--retention", "--versioned", "--log-level");
  }

  @ParameterizedTest
  @MethodSource("commandsThatReport")
  void helpHasAnExampleAndTheExitCodes(String command) {
    String help = CliRun.of(split(command + " --help")).succeeded().out();
    assertThat(help)
        .startsWith("Usage: sidewal " + command)
        .containsPattern("\nExit codes:\n  0 +done\n")
        .containsPattern("\nExamples?:\n  sidewal " + command + " ")
        .contains("--json", "--log-level", "--debug");
    assertThat(help.lines()).allMatch(line -> line.length() <= 100);
  }

  @Test
  void theRootsHelpListsCommandsAndAllExitCodes() {
    String help = CliRun.of("--help").succeeded().out();
    commands().forEach(command -> assertThat(help).containsPattern("\n  " + command + " +[A-Z]"));
    List<String> codes =
        help.lines().filter(line -> line.matches("  \\d+ +[a-z].*")).map(String::strip).toList();
    assertThat(codes).hasSize(ExitCode.values().length);
    for (ExitCode code : ExitCode.values()) {
      assertThat(codes.get(code.code())).startsWith(code.code() + " ");
    }
  }

  @Test
  void theVersionIsALine() {
    assertThat(CliRun.of("--version").succeeded().out()).isEqualTo("sidewal development\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--timestamp -90m", "--timestamp=-90m", "--timestamp now"})
  void agesMayStandApartOrNot(String option) {
    CliRun.of(split("restore " + option + " -o y --dry-run file:target/no-such-replica"))
        .failedWith(ExitCode.NO_BACKUP);
  }

  @Test
  void logOptionsReachTheLog() {
    assertThat(CliRun.of(split("info file:target/no-such-replica")).logging())
        .containsExactly("warn text false");
    assertThat(
            CliRun.of(split("info --log-format JSON --log-level Info file:target/no-such-replica"))
                .logging())
        .containsExactly("info json false");
    assertThat(CliRun.of(split("info --debug file:target/no-such-replica")).logging())
        .containsExactly("debug text true");
  }

  @Test
  void everyPublicNameIsInTheDocumentation() throws IOException {
    String documentation = Files.readString(Path.of("docs/commands.md"));
    CommandLine root = Cli.commandLine(CliRun.context());
    for (CommandLine command : root.getSubcommands().values()) {
      String name = command.getCommandName();
      assertThat(documentation).contains("\n## " + name + "\n");
      int begin = documentation.indexOf("\n## " + name + "\n");
      int end = documentation.indexOf("\n## ", begin + 1);
      String section = documentation.substring(begin, end < 0 ? documentation.length() : end);
      Stream.concat(Stream.of(command), command.getSubcommands().values().stream())
          .flatMap(c -> c.getCommandSpec().options().stream())
          .map(option -> option.longestName())
          .filter(
              option ->
                  !List.of("--help", "--debug", "--log-level", "--log-format").contains(option))
          .forEach(option -> assertThat(section).as(name).contains("`" + option));
    }
  }
}
