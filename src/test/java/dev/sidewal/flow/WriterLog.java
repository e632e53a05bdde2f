package dev.sidewal.flow;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.zip.CRC32;

/**
 * What the writers of {@code hammer.py} say that they wrote: for every {@code meta.seq} what the
 * database held. See the header of the script for its lines.
 */
public final class WriterLog {

  private static final long MODULUS = (1L << 61) - 1;

  /**
   * What a database held.
   *
   * @param seq how many transactions had written it
   * @param rows rows of the table
   * @param sum sum of the rows' checksums
   * @param product sum of id times checksum, modulo 2^61 - 1
   */
  public record State(long seq, long rows, long sum, long product) {

    /** Reads it from a database, and checks that every row is what its checksum says. */
    public static State of(Path database) throws SQLException {
      try (Connection connection = Databases.open(database);
          Statement statement = connection.createStatement()) {
        long rows = 0;
        long sum = 0;
        long product = 0;
        try (ResultSet row = statement.executeQuery("SELECT id, h, v FROM t")) {
          while (row.next()) {
            long h = row.getLong(2);
            CRC32 crc = new CRC32();
            crc.update(row.getBytes(3));
            if (crc.getValue() != h) {
              throw new AssertionError("row " + row.getLong(1) + " is not what its checksum says");
            }
            rows++;
            sum += h;
            product = (product + Math.floorMod(row.getLong(1) * h, MODULUS)) % MODULUS;
          }
        }
        try (ResultSet seq = statement.executeQuery("SELECT seq FROM meta")) {
          seq.next();
          return new State(seq.getLong(1), rows, sum, product);
        }
      }
    }
  }

  private final Map<Long, Set<State>> states = new HashMap<>();
  private final Map<Long, Long> begun = new HashMap<>();
  private final Map<Long, Long> committed = new HashMap<>();
  private long vacuumsBegun;
  private long vacuumsDone;

  private WriterLog() {}

  /** Reads a log; {@code initial} is what the database held before the writers began. */
  public static WriterLog read(Path file, State initial) throws IOException {
    WriterLog log = new WriterLog();
    log.states.put(initial.seq, Set.of(initial));
    log.begun.put(initial.seq, 0L);
    for (String line : Files.readAllLines(file)) {
      String[] words = line.split(" ", -1);
      switch (words[0]) {
        case "P" -> {
          long seq = Long.parseLong(words[1]);
          State state =
              new State(
                  seq,
                  Long.parseLong(words[2]),
                  Long.parseLong(words[3]),
                  Long.parseLong(words[4]));
          log.states.computeIfAbsent(seq, k -> new HashSet<>()).add(state);
          log.begun.merge(seq, Long.parseLong(words[5]), Math::min);
        }
        case "C" -> log.committed.put(Long.parseLong(words[1]), Long.parseLong(words[2]));
        case "v" -> log.vacuumsBegun++;
        case "V" -> log.vacuumsDone++;
        default -> throw new IOException("not a line of the writers' log: " + line);
      }
    }
    return log;
  }

  /** Returns whether the writers had the database in a state, or may have had. */
  public boolean knows(State state) {
    return states.getOrDefault(state.seq, Set.of()).contains(state);
  }

  /** Returns the greatest seq that is known to be committed. */
  public long lastCommitted() {
    return committed.keySet().stream().mapToLong(Long::longValue).max().orElse(0);
  }

  /** Returns how many transactions are known to be committed. */
  public long commits() {
    return committed.size();
  }

  /** Returns a time before the commit of a transaction, in milliseconds since 1970. */
  public long timeBefore(long seq) {
    return begun.get(seq);
  }

  /** Returns a time after the commit of a transaction; empty if no writer lived to tell. */
  public OptionalLong timeAfter(long seq) {
    Long time = committed.get(seq);
    return time == null ? OptionalLong.empty() : OptionalLong.of(time);
  }

  /** Returns how many VACUUMs were begun. */
  public long vacuumsBegun() {
    return vacuumsBegun;
  }

  /** Returns how many VACUUMs are known to be done. */
  public long vacuumsDone() {
    return vacuumsDone;
  }
}
