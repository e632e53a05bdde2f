package dev.sidewal.bench;

import dev.sidewal.bench.writer.Writer;
import java.nio.file.Path;
import java.util.List;

/** How the application is started whose commits are measured. */
final class Writers {

  private Writers() {}

  /** Returns the words of a command, its arguments missing. */
  static List<String> command(String name, Path home) {
    return switch (name) {
      // Its own JIT and GC are not to be measured: it compiles once, early, and hardly ever
      // collects.
      case "java" ->
          List.of(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-XX:TieredStopAtLevel=1",
              "-XX:+UseSerialGC",
              "-XX:-UsePerfData",
              "-Xms128m",
              "-Xmx128m",
              "-Xmn96m",
              "-cp",
              System.getProperty("java.class.path"),
              Writer.class.getName());
      case "python3" -> List.of("python3", home.resolve("src/bench/writer.py").toString());
      default -> throw new IllegalArgumentException("--writer is java or python3, not " + name);
    };
  }
}
