package dev.sidewal.config;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Puts values of the environment into text: <code>${NAME}</code> is the value of a variable that
 * must be set, <code>${NAME:-default}</code> has a default for one that is not set or empty, and
 * <code>$${</code> stands for <code>${</code> itself.
 *
 * <p>It works on single values after the file was parsed, and once: whatever a variable holds can
 * become neither structure of the file nor another reference. Not safe for use by several threads.
 */
final class Substitution {

  private static final Pattern REFERENCE =
      Pattern.compile("\\$?\\$\\{(?:([A-Za-z_][A-Za-z0-9_]*)(:-([^}]*))?(}))?");

  /** What a value refers to cannot be put in. */
  static final class SubstitutionException extends Exception {
    private static final long serialVersionUID = 1L;

    SubstitutionException(String message) {
      super(message);
    }
  }

  private final Map<String, String> environment;
  private final Set<String> used = new LinkedHashSet<>();

  Substitution(Map<String, String> environment) {
    this.environment = environment;
  }

  /** Returns the names of the variables that were referred to. */
  Set<String> used() {
    return used;
  }

  /** Returns the text with the values in it. */
  String apply(String text) throws SubstitutionException {
    StringBuilder out = new StringBuilder();
    Matcher m = REFERENCE.matcher(text);
    int copied = 0;
    while (m.find(copied)) {
      out.append(text, copied, m.start());
      if (m.group().startsWith("$$")) {
        out.append("${");
        copied = m.start() + "$${".length();
        continue;
      }
      if (m.group(4) == null) {
        throw new SubstitutionException(
            "'${' begins no reference: write ${NAME} or ${NAME:-default}, or $${ for ${ itself");
      }
      out.append(value(m.group(1), m.group(2) == null ? null : m.group(3)));
      copied = m.end();
    }
    return out.append(text, copied, text.length()).toString();
  }

  private String value(String name, String fallback) throws SubstitutionException {
    used.add(name);
    String value = environment.get(name);
    if (fallback != null) {
      return value == null || value.isEmpty() ? fallback : value;
    }
    if (value == null) {
      throw new SubstitutionException(
          "the environment has no variable "
              + name
              + ": set it, or write ${"
              + name
              + ":-default}");
    }
    return value;
  }
}
