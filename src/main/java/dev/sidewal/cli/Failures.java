package dev.sidewal.cli;

import dev.sidewal.error.ExitCode;
import dev.sidewal.error.SidewalException;
import dev.sidewal.error.UsageException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Tells failures: one message on standard error that begins with {@code error:}, what caused it if
 * that adds something, and a stack trace only with {@code --debug}.
 */
final class Failures implements IExecutionExceptionHandler, IParameterExceptionHandler {

  /** Longer texts of foreign causes are cut; {@code --debug} has them whole. */
  private static final int MAX_CAUSE = 400;

  private final ErrorOutput err;

  Failures(ErrorOutput err) {
    this.err = err;
  }

  @Override
  public int handleExecutionException(Exception e, CommandLine command, ParseResult result) {
    boolean debug = command.getCommand() instanceof SidewalCommand c && c.debug();
    return report(e, command.getCommandSpec().qualifiedName(), debug).code();
  }

  @Override
  public int handleParseException(ParameterException e, String[] args) {
    String command = e.getCommandLine().getCommandSpec().qualifiedName();
    StringBuilder text =
        new StringBuilder("error: ")
            .append(e instanceof UnmatchedArgumentException u ? unmatched(u) : message(e));
    if (e instanceof UnmatchedArgumentException unmatched) {
      List<String> near = unmatched.getSuggestions();
      if (!near.isEmpty()) {
        text.append("\nDid you mean ")
            .append(String.join(" or ", near.subList(0, Math.min(near.size(), 3))))
            .append('?');
      }
    }
    err.line(text.append('\n').append(hint(command)).toString());
    return ExitCode.USAGE.code();
  }

  /** Tells a failure and returns the code to exit with. */
  ExitCode report(Throwable failure, String command, boolean debug) {
    ExitCode code = ExitCode.UNEXPECTED;
    StringBuilder text = new StringBuilder("error: ");
    if (failure instanceof SidewalException known) {
      code = known.exitCode();
      text.append(failure.getMessage());
      appendCause(text, failure);
    } else if (failure instanceof OutputException) {
      text.append(failure.getMessage());
    } else if (isNative(failure)) {
      // Both SQLite and zstd are unpacked and loaded when they are first needed.
      code = ExitCode.USAGE;
      text.append("a native library (SQLite or zstd) could not be unpacked to ")
          .append(System.getProperty("java.io.tmpdir"))
          .append(" and loaded from there: that directory must be there, writable, not mounted")
          .append(" noexec, and have 4 MB free. Name another one with")
          .append(" SIDEWAL_JAVA_OPTS=-Djava.io.tmpdir=DIR.\ncause: ")
          .append(failure.getClass().getSimpleName())
          .append(": ")
          .append(cut(oneLine(String.valueOf(failure.getMessage()))));
    } else {
      Throwable named =
          failure instanceof UncheckedIOException wrapper ? wrapper.getCause() : failure;
      text.append("unexpected ").append(named.getClass().getSimpleName());
      if (named.getMessage() != null) {
        text.append(": ").append(oneLine(named.getMessage()));
      }
      appendCause(text, named);
      if (!debug) {
        text.append("\nRun the same command with --debug for the details.");
      }
    }
    if (failure instanceof UsageException) {
      text.append('\n').append(hint(command));
    }
    if (debug) {
      StringWriter stack = new StringWriter();
      failure.printStackTrace(new PrintWriter(stack));
      text.append('\n').append(stack.toString().stripTrailing());
    }
    err.line(text.toString());
    return code;
  }

  /** Appends the first cause that says something new. */
  private static void appendCause(StringBuilder text, Throwable failure) {
    Throwable cause = failure.getCause();
    for (int depth = 0; cause != null && depth < 8; depth++, cause = cause.getCause()) {
      String message = cause.getMessage() == null ? "" : oneLine(cause.getMessage());
      String said = cause.getClass().getSimpleName() + (message.isEmpty() ? "" : ": " + message);
      boolean wrapsNext =
          cause.getCause() != null && message.equals(String.valueOf(cause.getCause()));
      if (!wrapsNext && (message.isEmpty() || text.indexOf(message) < 0)) {
        text.append("\ncause: ").append(cut(said));
        return;
      }
      if (!message.isEmpty() && text.indexOf(message) >= 0) {
        // The message quotes its cause already; what lies deeper is for --debug.
        return;
      }
    }
  }

  private static boolean isNative(Throwable failure) {
    return failure instanceof UnsatisfiedLinkError
        || (failure instanceof ExceptionInInitializerError
            && String.valueOf(failure.getMessage()).contains("libzstd"));
  }

  private static String cut(String text) {
    return text.length() > MAX_CAUSE ? text.substring(0, MAX_CAUSE) + "..." : text;
  }

  private static String unmatched(UnmatchedArgumentException e) {
    List<String> arguments = e.getUnmatched();
    boolean commandMissing = !e.getCommandLine().getSubcommands().isEmpty();
    String first = arguments.get(0);
    if (first.startsWith("-")) {
      return "there is no option '" + first + "'";
    }
    return commandMissing
        ? "there is no command '" + first + "'"
        : "too many arguments: '" + String.join("', '", arguments) + "'";
  }

  private static String message(ParameterException e) {
    String message = oneLine(String.valueOf(e.getMessage()));
    if (e.getValue() != null && message.contains("InvalidPathException")) {
      return "'"
          + e.getValue()
          + "' is no path on this system. If it is right, the locale lacks its characters: set"
          + " LC_ALL=C.UTF-8";
    }
    // Which of the one or two values is meant shows from the value itself.
    return message.replaceFirst(
        "^Invalid value for positional parameter at index \\d+ \\(\\w+\\): ", "");
  }

  private static String hint(String command) {
    return "Try '" + command + " --help'.";
  }

  private static String oneLine(String text) {
    return text.strip().replaceAll("\\s*[\\r\\n]+\\s*", " ");
  }
}
