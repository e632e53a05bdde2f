package dev.sidewal.cli;

import dev.sidewal.error.UsageException;

/** What all paths on the command line have in common. */
final class PathArguments {

  private PathArguments() {}

  /** Refuses a path that is probably an option in the place of a value that was left out. */
  static void refuseOption(String path) {
    if (path.startsWith("-")) {
      throw new UsageException(
          "'" + path + "' looks like an option; write ./" + path + " if it is meant");
    }
  }
}
