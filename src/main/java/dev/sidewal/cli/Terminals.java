package dev.sidewal.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whether a person watches standard error.
 *
 * <p>Java does not say. {@link System#console()} is about standard input and output together, and
 * from JDK 22 on it exists without any terminal; {@code Console.isTerminal()} asks about the same
 * two. But {@code sidewal restore … > log} has a terminal on standard error, and {@code 2> log} has
 * none. So the launcher, which can ask the system ({@code test -t 2}), passes the answer on as the
 * system property {@value #PROPERTY}; without the launcher Linux tells by what descriptor 2 links
 * to; elsewhere there is no progress bar.
 */
final class Terminals {

  /** Set by the launcher to {@code true} or {@code false}. */
  static final String PROPERTY = "sidewal.stderr.terminal";

  private static final Path STDOUT = Path.of("/proc/self/fd/1");
  private static final Path STDERR = Path.of("/proc/self/fd/2");

  private Terminals() {}

  /** Returns whether standard error is a terminal that can move its cursor. */
  static boolean stderr() {
    if ("dumb".equals(System.getenv("TERM"))) {
      return false;
    }
    String told = System.getProperty(PROPERTY);
    return told == null ? linksToTerminal(STDERR) : Boolean.parseBoolean(told);
  }

  /** Returns whether standard output is a terminal, as far as the system says. */
  static boolean stdout() {
    return linksToTerminal(STDOUT);
  }

  private static boolean linksToTerminal(Path descriptor) {
    try {
      String device = Files.readSymbolicLink(descriptor).toString();
      return device.startsWith("/dev/pts/") || device.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException notLinux) {
      // Nothing is lost but the progress bar.
      return false;
    }
  }
}
