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

  private static final List<String> VERSION = List.of("-V", "--version");

  /** The one with commands below it. */
  private static final String LIFECYCLE = "lifecycle";

  /** The names of all commands, in the order of help; a new one is added here and below. */
  private static final List<String> NAMES =
      List.of(
          "replicate",
          "restore",
          "backup",
          "info",
          "log",
          "bisect",
          "diff",
          "inspect",
          "verify",
          "dump",
          "check",
          "prune",
          "snapshot",
          "sync",
          "status",
          "doctor",
          LIFECYCLE);

  private Cli() {}

  /** Makes the command of a name: the classes of the others are not even loaded. */
  private static SidewalCommand command(String name, CliContext context) {
    return switch (name) {
      case "replicate" -> new ReplicateCommand(context);
      case "restore" -> new RestoreCommand(context);
      case "backup" -> new BackupCommand(context);
      case "info" -> new InfoCommand(context);
      case "log" -> new LogCommand(context);
      case "bisect" -> new BisectCommand(context);
      case "diff" -> new DiffCommand(context);
      case "inspect" -> new InspectCommand(context);
      case "verify" -> new VerifyCommand(context);
      case "dump" -> new DumpCommand(context);
      case "check" -> new CheckCommand(context);
      case "prune" -> new PruneCommand(context);
      case "snapshot" -> new SnapshotCommand(context);
      case "sync" -> new SyncCommand(context);
      case "status" -> new StatusCommand(context);
      case "doctor" -> new DoctorCommand(context);
      default -> throw new IllegalArgumentException(name);
    };
  }

  /** Returns the parser with all commands. */
  static CommandLine commandLine(CliContext context) {
    return commandLine(context, NAMES);
  }

  /**
   * Returns the parser that is enough for these arguments. The first one nearly always names the
   * command; then the others cannot play a part, and to describe them to the parser would take
   * longer than most commands run.
   */
  static CommandLine commandLine(CliContext context, String... args) {
    if (args.length == 1 && VERSION.contains(args[0])) {
      return commandLine(context, List.of());
    }
    boolean named = args.length > 0 && NAMES.contains(args[0]);
    return commandLine(context, named ? List.of(args[0]) : NAMES);
  }

  private static CommandLine commandLine(CliContext context, List<String> names) {
    CommandLine root = new CommandLine(new RootCommand());
    describe(root, EnumSet.allOf(ExitCode.class));
    root.getCommandSpec()
        .addOption(
            OptionSpec.builder(VERSION.toArray(String[]::new))
                .type(boolean.class)
                .versionHelp(true)
                .description("Print the version and exit.")
                .build());
    for (String name : names) {
      if (name.equals(LIFECYCLE)) {
        root.addSubcommand(lifecycle(context));
      } else {
        add(root, command(name, context));
      }
    }
    return root;
  }

  private static CommandLine lifecycle(CliContext context) {
    CommandLine lifecycle = new CommandLine(new LifecycleCommand());
    EnumSet<ExitCode> codes = EnumSet.noneOf(ExitCode.class);
    for (SidewalCommand command : LifecycleCommand.commands(context)) {
      add(lifecycle, command);
      codes.addAll(command.exitCodes());
    }
    describe(lifecycle, codes);
    return lifecycle;
  }

  private static void add(CommandLine parent, SidewalCommand command) {
    CommandLine sub = new CommandLine(command);
    describe(sub, command.exitCodes());
    parent.addSubcommand(sub);
  }

  /** Runs the command that the arguments name and returns the process's exit code. */
  static int run(CliContext context, String... args) {
    CommandLine root = commandLine(context, args);
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
