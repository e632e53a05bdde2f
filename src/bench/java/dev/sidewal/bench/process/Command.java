package dev.sidewal.bench.process;

import java.util.List;
import java.util.Map;

/** A command line, and what its environment has beyond ours. */
public record Command(List<String> words, Map<String, String> environment) {

  ProcessBuilder builder() {
    ProcessBuilder builder = new ProcessBuilder(words);
    builder.environment().putAll(environment);
    return builder;
  }
}
