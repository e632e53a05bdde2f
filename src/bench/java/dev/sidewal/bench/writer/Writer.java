package dev.sidewal.bench.writer;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Writes a database as it is told to.
 *
 * <pre>
 *   Writer commits|load|lag DATABASE key=value...
 *   prints  ready              its database is there, in WAL mode, and it has warmed up on another
 *   reads   a line             begins
 *   prints  key=value ...      what it measured, on one line
 *   reads   a line             closes the database and ends
 * </pre>
 */
public final class Writer {

  private Writer() {}

  /** Runs it. */
  public static void main(String[] arguments)
      throws IOException, SQLException, InterruptedException {
    Map<String, String> options = new HashMap<>();
    Arrays.stream(arguments)
        .skip(2)
        .map(option -> option.split("=", 2))
        .forEach(pair -> options.put(pair[0], pair[1]));
    Path database = Path.of(arguments[1]);
    Job job = job(arguments[0], options);
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    warmUp(job, database, Duration.ofMillis(Long.parseLong(options.getOrDefault("warm", "0"))));
    try (Connection connection = open(database)) {
      job.create(connection);
      out.println("ready");
      if (in.readLine() == null) {
        return; // Whoever started this is gone.
      }
      StringBuilder line = new StringBuilder();
      job.run(connection, new LogSize(database), new SplittableRandom(1), Long.MAX_VALUE)
          .forEach((key, value) -> line.append(key).append('=').append(value).append(' '));
      out.println(line.toString().strip());
      in.readLine();
    }
  }

  private static Job job(String kind, Map<String, String> options) {
    return switch (kind) {
      case "commits" -> new CommitsJob(Integer.parseInt(options.get("count")));
      case "load" ->
          new LoadJob(
              Long.parseLong(options.get("megabytes")) * 1_000_000,
              options.get("values").equals("text"));
      case "lag" ->
          new LagJob(
              Integer.parseInt(options.get("count")),
              Duration.ofMillis(Long.parseLong(options.get("from"))),
              Duration.ofMillis(Long.parseLong(options.get("to"))));
      default -> throw new IllegalArgumentException(kind);
    };
  }

  /** Does the same on a database beside, so that the code is compiled when it is measured. */
  private static void warmUp(Job job, Path database, Duration time)
      throws IOException, SQLException, InterruptedException {
    if (time.isZero()) {
      return;
    }
    Path other = database.resolveSibling("warm-up.sqlite-bench");
    try (Connection connection = open(other)) {
      job.create(connection);
      long deadline = System.nanoTime() + time.toNanos();
      while (System.nanoTime() < deadline) {
        job.run(connection, new LogSize(other), new SplittableRandom(2), deadline);
      }
    }
    Files.delete(other);
  }

  private static Connection open(Path database) throws SQLException {
    Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA journal_mode=WAL");
      statement.execute("PRAGMA synchronous=NORMAL");
      statement.execute("PRAGMA busy_timeout=5000");
    }
    return connection;
  }

  /** What is written. */
  interface Job {
    /** Makes the tables. */
    void create(Connection connection) throws SQLException;

    /**
     * Writes.
     *
     * @param deadline the {@link System#nanoTime} at which it may stop early
     * @return what was measured, in an order of its own
     */
    Map<String, String> run(
        Connection connection, LogSize log, SplittableRandom random, long deadline)
        throws IOException, SQLException, InterruptedException;
  }

  /** How long the database's log was, at its longest. */
  static final class LogSize {
    private final Path file;
    private long longest;

    LogSize(Path database) {
      file = database.resolveSibling(database.getFileName() + "-wal");
    }

    void look() throws IOException {
      longest = Math.max(longest, Files.size(file));
    }

    String megabytes() {
      return Double.toString(longest / 1e6);
    }
  }
}
