package dev.sidewal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** Only the command that is called is described to the parser. */
final class CliTest {

  @Test
  void aCommandIsTheSameAloneAndAmongAll() {
    Map<String, CommandLine> all = CliRun.parser().getSubcommands();
    assertThat(all).hasSizeGreaterThan(15);
    all.forEach(
        (name, command) -> {
          CommandLine alone = Cli.commandLine(CliRun.context(), name, "--help");
          assertThat(alone.getSubcommands()).containsOnlyKeys(name);
          CommandLine it = alone.getSubcommands().get(name);
          assertThat(it.getUsageMessage()).isEqualTo(command.getUsageMessage());
          assertThat(it.getCommandSpec().qualifiedName()).isEqualTo("sidewal " + name);
          assertThat(it.getSubcommands().keySet()).isEqualTo(command.getSubcommands().keySet());
        });
  }

  @Test
  void whatIsNoCommandMeetsAllOfThem() {
    for (String[] args : new String[][] {{}, {"--help"}, {"restor"}, {"--version", "restore"}}) {
      assertThat(Cli.commandLine(CliRun.context(), args).getSubcommands())
          .containsOnlyKeys(CliRun.parser().getSubcommands().keySet());
    }
  }
}
