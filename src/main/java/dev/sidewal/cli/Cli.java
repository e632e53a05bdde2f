package dev.sidewal.cli;

import dev.sidewal.error.ExitCode;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** The commands under their root, and how one of them is run. */
final class Cli {

  private Cli() {}

  /** Returns every command that has none below it; a new one is added here. */
  private static List<SidewalCommand> commands(CliContext context) {
    return List.of(
        new ReplicateCommand(context),
        new RestoreCommand(context),
        new BackupCommand(context),
        new InfoCommand(context),
        new LogCommand(context),
        new BisectCommand(context),
        new DiffCommand(context),
        new InspectCommand(context),
        new VerifyCommand(context),
        new DumpCommand(context),
        new CheckCommand(context),
        new PruneCommand(context),
        new SnapshotCommand(context),
        new SyncCommand(context),
        new StatusCommand(context),
        new DoctorCommand(context));
  }

  /** Returns the parser with all commands. */
  static CommandLine commandLine(CliContext context) {
    CommandLine root = new CommandLine(new RootCommand());
    describe(root, EnumSet.allOf(ExitCode.class));
    root.getCommandSpec()
        .addOption(
            OptionSpec.builder("-V", "--version")
                .type(boolean.class)
                .versionHelp(true)
                .description("Print the version and exit.")
                .build());
    commands(context).forEach(command -> add(root, command));
    CommandLine lifecycle = new CommandLine(new LifecycleCommand());
    EnumSet<ExitCode> codes = EnumSet.noneOf(ExitCode.class);
    for (SidewalCommand command : LifecycleCommand.commands(context)) {
      add(lifecycle, command);
      codes.addAll(command.exitCodes());
    }
    describe(lifecycle, codes);
    root.addSubcommand(lifecycle);
    return root;
  }

  private static void add(CommandLine parent, SidewalCommand command) {
    CommandLine sub = new CommandLine(command);
    describe(sub, command.exitCodes());
    parent.addSubcommand(sub);
  }

  /** Runs the command that the arguments name and returns the process's exit code. */
  static int run(CliContext context, String... args) {
    CommandLine root = commandLine(context);
    // Help and what the parser says past the handlers are short: collected, then written like all
    // else.
    StringWriter help = new StringWriter();
    StringWriter complaints = new StringWriter();
    Failures failures = new Failures(context.err());
    root.setExecutionExceptionHandler(failures)
        .setParameterExceptionHandler(failures)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExpandAtFiles(false)
        .setUsageHelpAutoWidth(false)
        .setUsageHelpWidth(100)
        .setHelpFactory(FlowingHelp::new)
        .setOut(new PrintWriter(help))
        .setErr(new PrintWriter(complaints));
    int code = root.execute(args);
    try {
      root.getOut().flush();
      root.getErr().flush();
      context.out().text(help.toString());
      context.out().flush();
      if (complaints.getBuffer().length() > 0) {
        context.err().line(complaints.toString().stripTrailing());
      }
      return code;
    } catch (OutputException e) {
      return failures.report(e, "sidewal", false).code();
    }
  }

  private static void describe(CommandLine command, Set<ExitCode> codes) {
    command
        .getCommandSpec()
        .addOption(
            OptionSpec.builder("-h", "--help")
                .type(boolean.class)
                .usageHelp(true)
                .description("Print this help and exit.")
                .build())
        .usageMessage()
        .exitCodeListHeading("%nExit codes:%n")
        .exitCodeList(ExitCodeTexts.of(codes));
  }
}
