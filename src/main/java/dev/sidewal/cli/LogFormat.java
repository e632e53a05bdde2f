package dev.sidewal.cli;

import java.util.Locale;

/** What {@code --log-format} takes. */
enum LogFormat {
  /** A line for people. */
  TEXT,
  /** One JSON object a line. */
  JSON;

  /** The spelling in help texts. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
