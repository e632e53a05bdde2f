package dev.sidewal.restore;

import dev.sidewal.error.DatabaseException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Who a file belongs to, by number: names may be missing where the file is, in a container perhaps.
 *
 * @param user the user's number
 * @param group the group's number
 */
record Ownership(int user, int group) {

  /** Returns whose a file is; empty if there is no such file, or no such thing on this system. */
  static Optional<Ownership> of(Path file) {
    try {
      Map<String, Object> a = Files.readAttributes(file, "unix:uid,gid");
      return Optional.of(new Ownership((Integer) a.get("uid"), (Integer) a.get("gid")));
    } catch (UnsupportedOperationException | IllegalArgumentException e) {
      return Optional.empty();
    } catch (IOException e) {
      if (Files.exists(file)) {
        throw new DatabaseException("Could not look at " + file + ": " + e + ".", e);
      }
      return Optional.empty();
    }
  }

  /**
   * Gives a new file to them, as far as this process may.
   *
   * @param asked the owner that was asked for, as in {@link FileAttributes}: what it names is left
   *     to it
   * @return one sentence for what could not be kept
   */
  List<String> keepFor(Path file, Optional<String> asked) {
    List<String> warnings = new ArrayList<>();
    Optional<Ownership> now = of(file);
    int colon = asked.map(a -> a.indexOf(':')).orElse(-1);
    boolean userAsked = asked.isPresent() && colon != 0;
    boolean groupAsked = colon >= 0 && colon + 1 < asked.orElseThrow().length();
    // The group first: who gives a file away may not change it any more.
    if (!groupAsked && now.isPresent() && now.get().group() != group) {
      set(file, "unix:gid", group, "group", now.get().group()).ifPresent(warnings::add);
    }
    if (!userAsked && now.isPresent() && now.get().user() != user) {
      set(file, "unix:uid", user, "user", now.get().user()).ifPresent(warnings::add);
    }
    return warnings;
  }

  private static Optional<String> set(
      Path file, String attribute, int value, String what, int instead) {
    try {
      Files.setAttribute(file, attribute, value);
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(
          "the file that was replaced belonged to "
              + what
              + " "
              + value
              + ", and this process may not give the new one to it: it belongs to "
              + what
              + " "
              + instead
              + ". See that the application may read and write it, or restore as root.");
    }
  }
}
