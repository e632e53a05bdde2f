package dev.sidewal.cli;

import ch.qos.logback.classic.Level;
import java.util.Locale;

/** What {@code --log-level} takes. */
enum LogLevel {
  OFF,
  ERROR,
  WARN,
  INFO,
  DEBUG,
  TRACE;

  /** Returns what the logging library calls it. */
  Level level() {
    return Level.toLevel(name());
  }

  /** The spelling in help texts. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
