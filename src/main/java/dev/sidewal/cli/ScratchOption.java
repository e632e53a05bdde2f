package dev.sidewal.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where temporary files are made. */
final class ScratchOption {

  @Option(
      names = "--scratch",
      paramLabel = "DIR",
      description = {
        "Where the temporary file is made; it needs the room of the database. Default: the first of",
        "the system's temporary directory, /var/tmp and the working directory that has it.",
      })
  private Optional<Path> scratch = Optional.empty();

  /** Returns the directories, the first one that has the room is taken. */
  List<Path> directories() {
    return scratch
        .map(List::of)
        .orElseGet(
            () ->
                List.of(
                    Path.of(System.getProperty("java.io.tmpdir")),
                    Path.of("/var/tmp"),
                    Path.of("").toAbsolutePath()));
  }
}
