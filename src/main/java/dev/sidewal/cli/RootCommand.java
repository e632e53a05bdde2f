package dev.sidewal.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code sidewal} without a command: its help and its version. */
@Command(
    name = "sidewal",
    description =
        "Keeps SQLite databases continuously replicated to S3 and restores them to any committed"
            + " transaction.",
    synopsisSubcommandLabel = "COMMAND",
    versionProvider = Version.class,
    footer = {
      "",
      "A replica URL is s3://bucket/prefix (optional ?endpoint=...&region=...&path-style=true),",
      "file:///absolute/dir or file:relative/dir. Credentials come from the AWS default chain.",
      "'sidewal COMMAND --help' shows a command's options, an example and its exit codes."
    })
final class RootCommand implements Runnable {

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }
}
