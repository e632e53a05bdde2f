package dev.sidewal.cli;

import dev.sidewal.sqlite.DatabaseFile;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.time.Clock;
import java.util.Arrays;
import java.util.Map;

/**
 * The entry of the program: connects the commands to the process's streams, clock and logging, runs
 * one of them and exits with its code.
 */
public final class Main {

  private Main() {}

  /** Runs the command that the arguments name and ends the process. */
  public static void main(String[] args) {
    // Before the first logger: SLF4J asks for its provider once. A program that embeds Sidewal
    // never comes through here and keeps its own logging.
    System.setProperty("slf4j.provider", LogProvider.class.getName());
    System.setProperty("slf4j.internal.verbosity", "WARN");
    NativeLibraries.locate();
    String training = System.getProperty(Training.PROPERTY);
    if (training != null) {
      System.exit(train(training.equals("s3")));
    }
    // In this process nobody else has connections to a database.
    DatabaseFile.closeUnused();
    ErrorOutput err = ErrorOutput.of(new FileOutputStream(FileDescriptor.err), Terminals.stderr());
    CliContext context =
        new CliContext(
            Output.of(new FileOutputStream(FileDescriptor.out)),
            err,
            Clock.systemUTC(),
            (level, format, debug) -> LogProvider.configure(level, format, debug, err),
            System.getenv());
    System.exit(run(context, args));
  }

  /** Fills a class archive; the results go nowhere. */
  private static int train(boolean s3) {
    ErrorOutput err = ErrorOutput.of(new FileOutputStream(FileDescriptor.err), false);
    CliContext context =
        new CliContext(
            Output.of(OutputStream.nullOutputStream()),
            ErrorOutput.of(OutputStream.nullOutputStream(), false),
            Clock.systemUTC(),
            (level, format, debug) ->
                LogProvider.configure(
                    level, format, debug, ErrorOutput.of(OutputStream.nullOutputStream(), false)),
            Map.of());
    try {
      return Training.run(context, s3);
    } catch (Exception e) {
      return new Failures(err).report(e, "sidewal --make-cache", true).code();
    }
  }

  private static int run(CliContext context, String[] args) {
    try {
      return Cli.run(context, args);
    } catch (Throwable t) {
      // Errors such as a native library that does not load: picocli lets these pass.
      boolean debug = Arrays.asList(args).contains("--debug");
      return new Failures(context.err()).report(t, "sidewal", debug).code();
    }
  }
}
