package dev.sidewal.config;

import dev.sidewal.error.UsageException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;

/**
 * Collects what is wrong with a configuration file, so that whoever mends it hears of everything at
 * once. Not safe for use by several threads.
 */
public final class ConfigProblems {

  /** More than these are counted only. */
  private static final int MOST_TOLD = 20;

  /** Longer texts of a file are cut in messages. */
  private static final int MOST_QUOTED = 80;

  private record Problem(int line, String message) {}

  private final Path file;
  private final TreeSet<Problem> problems =
      new TreeSet<>(Comparator.comparingInt(Problem::line).thenComparing(Problem::message));

  /** Begins with none. */
  public ConfigProblems(Path file) {
    this.file = Objects.requireNonNull(file, "file");
  }

  /**
   * Adds one.
   *
   * @param line the line, counted from 1
   * @param message what is wrong, without the line
   */
  public void add(int line, String message) {
    problems.add(new Problem(line, message));
  }

  /** Adds one and gives up: what follows cannot be read. */
  UsageException fatal(int line, String message) {
    add(line, message);
    return exception();
  }

  /** Returns whether there are none. */
  public boolean none() {
    return problems.isEmpty();
  }

  /**
   * Ends with all that was added.
   *
   * @throws UsageException if anything was
   */
  public void throwIfAny() {
    if (!problems.isEmpty()) {
      throw exception();
    }
  }

  private UsageException exception() {
    if (problems.size() == 1) {
      Problem only = problems.first();
      return new UsageException(file + ", line " + only.line() + ": " + only.message());
    }
    StringBuilder text = new StringBuilder().append(file).append(" has ");
    text.append(problems.size()).append(" errors:");
    List<Problem> told = problems.stream().limit(MOST_TOLD).toList();
    for (Problem problem : told) {
      text.append("\n  line ").append(problem.line()).append(": ").append(problem.message());
    }
    if (told.size() < problems.size()) {
      text.append("\n  and ").append(problems.size() - told.size()).append(" more");
    }
    return new UsageException(text.toString());
  }

  /** Returns text of a file in quotes, on one line and not too long. */
  public static String quote(String text) {
    StringBuilder out = new StringBuilder("'");
    text.codePoints()
        .limit(MOST_QUOTED)
        .map(c -> Character.isISOControl(c) || c == 0x2028 || c == 0x2029 ? '?' : c)
        .forEach(out::appendCodePoint);
    if (text.codePointCount(0, text.length()) > MOST_QUOTED) {
      out.append("...");
    }
    return out.append('\'').toString();
  }
}
