package dev.sidewal.torture;

import dev.sidewal.fault.CrashPoint;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;

/** What happened, counted by name. Safe for use by several threads. */
final class Figures {

  /** The figures of the summary line, in its order. */
  private static final String[] SUMMARY = {
    "rounds",
    "checks",
    "kills",
    "crash points",
    "stops",
    "starts",
    "rivals",
    "superseded",
    "generations",
    "continuing",
    "snapshots",
    "later snapshots",
    "deltas",
    "gaps",
    "segments",
    "packs",
    "transactions",
    "fenced",
    "commits",
    "acknowledged",
    "restores",
    "with a later snapshot",
    "with a delta",
    "with a pack",
    "prunes",
    "writer kills",
    "store refused",
    "faults"
  };

  private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();

  void count(String name) {
    add(name, 1);
  }

  void add(String name, long amount) {
    counts.computeIfAbsent(name, n -> new LongAdder()).add(amount);
  }

  long get(String name) {
    LongAdder count = counts.get(name);
    return count == null ? 0 : count.sum();
  }

  /** Returns how many times the agent was ended without being asked. */
  long kills() {
    return get("kills") + get("crash points");
  }

  /** Counts that a crash point was set for a life of an agent. */
  void armed(CrashPoint point) {
    count("armed " + point);
  }

  /** Counts that an agent ended at a crash point. */
  void reached(CrashPoint point) {
    count("reached " + point);
    count("crash points");
  }

  /** Returns one line with everything that matters. */
  String summary() {
    StringBuilder line = new StringBuilder();
    for (String name : SUMMARY) {
      line.append(line.isEmpty() ? "" : ", ").append(get(name)).append(' ').append(name);
    }
    return line.toString();
  }

  /** Returns a table of the crash points, and the counts that the summary does not show. */
  String table() {
    StringBuilder table = new StringBuilder("crash point       reached   armed\n");
    for (CrashPoint point : CrashPoint.values()) {
      table.append(
          "%-16s %8d%8d%n".formatted(point, get("reached " + point), get("armed " + point)));
    }
    return table
        + counts.keySet().stream()
            .filter(n -> !n.startsWith("armed ") && !n.startsWith("reached "))
            .sorted()
            .filter(n -> !java.util.List.of(SUMMARY).contains(n))
            .map(n -> n + " " + get(n))
            .collect(Collectors.joining(", "));
  }
}
