package dev.sidewal.cli;

import java.util.regex.Pattern;

/** Words of a command line that is printed for somebody to paste into a shell. */
final class ShellWord {

  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:=@%+,-]+");

  private ShellWord() {}

  /** Returns a word that a POSIX shell reads as this text, whatever is in it. */
  static String of(String text) {
    return PLAIN.matcher(text).matches() ? text : "'" + text.replace("'", "'\\''") + "'";
  }
}
