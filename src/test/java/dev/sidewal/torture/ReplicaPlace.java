package dev.sidewal.torture;

import java.nio.file.Path;
import java.util.Map;
import java.util.Random;

/** Where the replica of a round lies, and what goes wrong on the way there. */
interface ReplicaPlace extends AutoCloseable {

  /** Returns the URL for agents, on whose way things go wrong. */
  String agentUrl();

  /** Returns the URL for looking afterwards, on whose way nothing goes wrong. */
  String url();

  /** Returns what agents need in their environment. */
  Map<String, String> environment();

  /** Lets things go wrong from now on, or not. */
  void trouble(Random random);

  /** Lets nothing go wrong from now on. */
  void heal();

  /** Returns whether anything may have gone wrong since the last {@link #trouble}. */
  boolean troubled();

  /** Puts what lies there into a directory, for people. */
  void dump(Path directory);

  @Override
  void close();

  /** A directory, where nothing goes wrong. */
  record Directory(Path path) implements ReplicaPlace {
    @Override
    public String agentUrl() {
      return "file://" + path;
    }

    @Override
    public String url() {
      return agentUrl();
    }

    @Override
    public Map<String, String> environment() {
      return Map.of();
    }

    @Override
    public void trouble(Random random) {}

    @Override
    public void heal() {}

    @Override
    public boolean troubled() {
      return false;
    }

    @Override
    public void dump(Path directory) {}

    @Override
    public void close() {}
  }
}
