package dev.sidewal.config;

import java.util.Set;
import java.util.TreeSet;

/**
 * The keys that a configuration file may hold, beside those that say where databases are.
 *
 * @param agent settings of the agent as a whole
 * @param replication settings of every database, which its entry may override
 * @param switches those of both that are {@code true} or {@code false}
 */
public record ConfigKeys(Set<String> agent, Set<String> replication, Set<String> switches) {

  /** The key of the list of databases. */
  public static final String DATABASES = "databases";

  /** The key of a replica, and of the URL below which there are replicas. */
  public static final String URL = "url";

  /** The key of one database. */
  public static final String PATH = "path";

  /** The key of a directory with databases. */
  public static final String DIRECTORY = "directory";

  /** The key that says which files of a directory are databases. */
  public static final String PATTERN = "pattern";

  /** The key of a pattern for whole paths. */
  public static final String GLOB = "glob";

  private static final Set<String> PLACE = Set.of(PATH, DIRECTORY, PATTERN, GLOB);

  /** Copies the sets. */
  public ConfigKeys {
    agent = Set.copyOf(agent);
    replication = Set.copyOf(replication);
    switches = Set.copyOf(switches);
  }

  /** Returns whether a key of an entry says where databases are. */
  public static boolean isPlace(String key) {
    return PLACE.contains(key);
  }

  /** Returns the keys that may stand at the top of a file. */
  public Set<String> top() {
    Set<String> keys = new TreeSet<>(agent);
    keys.addAll(replication);
    keys.add(URL);
    keys.add(DATABASES);
    return keys;
  }

  /** Returns the keys that may stand in an entry of {@link #DATABASES}. */
  public Set<String> entry() {
    Set<String> keys = new TreeSet<>(replication);
    keys.addAll(PLACE);
    keys.add(URL);
    return keys;
  }

  /** Says why a key that is none here is none; empty if there is no such key at all. */
  String misplaced(String key, boolean inEntry) {
    if (inEntry && agent.contains(key)) {
      return " here: it is of the agent as a whole, and stands at the top of the file";
    }
    if (inEntry && key.equals(DATABASES)) {
      return " here";
    }
    if (!inEntry && PLACE.contains(key)) {
      return " here: it belongs to an entry of 'databases'";
    }
    return "";
  }
}
