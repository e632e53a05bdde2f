package dev.sidewal.cli;

import dev.sidewal.error.ExitCode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** What help says of the exit codes. */
final class ExitCodeTexts {

  private ExitCodeTexts() {}

  /** Returns the texts of some codes by their numbers, ascending. */
  static Map<String, String> of(Set<ExitCode> codes) {
    Map<String, String> texts = new LinkedHashMap<>();
    for (ExitCode code : ExitCode.values()) {
      if (codes.contains(code)) {
        texts.put(Integer.toString(code.code()), text(code));
      }
    }
    return texts;
  }

  private static String text(ExitCode code) {
    return switch (code) {
      case DONE -> "done";
      case UNEXPECTED -> "unexpected failure";
      case USAGE -> "wrong usage or configuration";
      case NO_BACKUP -> "the store answered, and there is no backup";
      case STORE -> "store unreachable or refused";
      case HISTORY_DAMAGED -> "history damaged or incomplete";
      case TARGET_UNAVAILABLE -> "target outside what can be restored";
      case WOULD_OVERWRITE -> "would overwrite something";
      case VERIFICATION_FAILED -> "verification failed";
      case SUPERSEDED -> "superseded by another agent";
      case DATABASE -> "database missing, locked or not usable";
    };
  }
}
